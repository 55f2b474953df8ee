"""The topics: name, value, key, how long they keep what they hold. All have one and the same partition count."""

from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.inference import ModelRequest, ModelResult
from schemas.messages import DeliveryReceipt, Event, InboundMessage, Reply, ReplyChunk
from schemas.operations import Alert, Article, ConversationKey, Feedback, HandoverEvent, LogEvent, Setting
from schemas.tools import ToolRequest, ToolResult

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MAX_RECORD_BYTES = 1_048_576
"""The largest record that the topics take; the consumers fetch twice of it."""


COMPACTED: dict[str, str] = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.1",
    "segment.ms": str(HOUR_MS),
}
"""The segment that is being written is neither deleted nor compacted: so it must not stay open for long."""


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """A topic as data. ``retention_ms`` None means compacted: the last value of each key is kept for ever."""

    name: str
    value: type[Event]
    key: str
    retention_ms: int | None
    about: str

    def key_of(self, event: Event) -> bytes:
        key: str = getattr(event, self.key)
        return key.encode()

    @property
    def dead_letter(self) -> str:
        return f"dlq.{self.name}"

    def config(self) -> dict[str, str]:
        """Settings for the creation of the topic, as Kafka names them."""
        common = {"max.message.bytes": str(MAX_RECORD_BYTES), "message.timestamp.type": "CreateTime"}
        if self.retention_ms is None:
            return common | COMPACTED
        segment_ms = str(min(self.retention_ms // 4, DAY_MS))
        return common | {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms), "segment.ms": segment_ms}


class Send(msgspec.Struct, frozen=True, gc=False):
    """An event on its way to a topic: what a step answers with."""

    topic: Topic
    event: Event


INBOUND = Topic("chat.inbound.v1", InboundMessage, "conversation_id", 7 * DAY_MS, "what people say, from any producer")
REHOMED = Topic("chat.rehomed.v1", InboundMessage, "conversation_id", DAY_MS, "inbound, moved to its key's partition")
OUTBOUND = Topic("chat.outbound.v1", Reply, "conversation_id", 7 * DAY_MS, "the one reply to each message")
CHUNKS = Topic("chat.chunks.v1", ReplyChunk, "conversation_id", HOUR_MS, "pieces of an answer while a model writes it")
DELIVERY = Topic("chat.delivery.v1", DeliveryReceipt, "conversation_id", 7 * DAY_MS, "what became of each reply")
REQUESTS = Topic("inference.requests.v1", ModelRequest, "conversation_id", DAY_MS, "questions to the models")
PRIORITY = Topic("inference.priority.v1", ModelRequest, "conversation_id", DAY_MS, "questions that go first")
RESULTS = Topic("inference.results.v1", ModelResult, "conversation_id", DAY_MS, "one result for each question")
TOOL_REQUESTS = Topic("tools.requests.v1", ToolRequest, "conversation_id", DAY_MS, "calls of business systems")
TOOL_RESULTS = Topic("tools.results.v1", ToolResult, "conversation_id", DAY_MS, "one result for each call")
HANDOVER = Topic("handover.events.v1", HandoverEvent, "conversation_id", 7 * DAY_MS, "passing to a person and back")
FEEDBACK = Topic("feedback.inbound.v1", Feedback, "conversation_id", 30 * DAY_MS, "likes, dislikes, corrections")
LOG = Topic("conversation.log.v1", LogEvent, "conversation_id", 14 * DAY_MS, "every step of every message")
ARTICLES = Topic("knowledge.articles.v1", Article, "article_id", None, "knowledge; an empty value deletes")
SETTINGS = Topic("control.settings.v1", Setting, "name", None, "settings that every worker follows")
KEYS = Topic(
    "control.keys.v1", ConversationKey, "conversation_id", None, "keys to personal data; an empty value erases"
)
ALERTS = Topic("quality.alerts.v1", Alert, "subject", 30 * DAY_MS, "what the monitors saw")

ALL: tuple[Topic, ...] = (
    INBOUND, REHOMED, OUTBOUND, CHUNKS, DELIVERY, REQUESTS, PRIORITY, RESULTS,
    TOOL_REQUESTS, TOOL_RESULTS, HANDOVER, FEEDBACK, LOG, ARTICLES, SETTINGS, KEYS,
    ALERTS,
)  # fmt: skip
BY_NAME: dict[str, Topic] = {topic.name: topic for topic in ALL}

DEAD_LETTER_CONFIG: dict[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": str(30 * DAY_MS),
    "max.message.bytes": str(2 * MAX_RECORD_BYTES),
}
STATE_CONFIG: dict[str, str] = COMPACTED | {"max.message.bytes": str(MAX_RECORD_BYTES)}


def created() -> dict[str, dict[str, str]]:
    """Every topic that is created at the start, dead letters included, with its settings."""
    wanted: dict[str, dict[str, Any]] = {topic.name: topic.config() for topic in ALL}
    return wanted | {topic.dead_letter: DEAD_LETTER_CONFIG for topic in ALL}
