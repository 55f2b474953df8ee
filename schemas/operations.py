"""What people and programs say about the conversations: handover, feedback, knowledge, settings, alerts, the log."""

from typing import Literal

from schemas.messages import Event, JsonValue

LogKind = Literal[
    "received", "understood", "decided", "model_called", "replied", "delivered", "handed_over", "feedback", "rejected"
]


class HandoverEvent(Event, frozen=True, kw_only=True):
    """A step in the passing of a conversation to a person and back."""

    event_id: str
    kind: Literal["requested", "taken", "replied", "returned"]
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    user_id: str = ""
    agent_id: str = ""
    message_id: str = ""
    text: str = ""
    reason: str = ""
    occurred_at: str


class Feedback(Event, frozen=True, kw_only=True):
    """What a person thought of a reply."""

    feedback_id: str
    reply_id: str
    conversation_id: str = ""
    tenant: str = "default"
    rating: Literal["like", "dislike"]
    comment: str = ""
    correction: str = ""
    occurred_at: str


class Article(Event, frozen=True, kw_only=True):
    """A piece of knowledge: an answer that may be cited, with ways in which people ask for it."""

    article_id: str
    tenant: str = "default"
    language: Literal["zh", "en"]
    domain: str = "general"
    title: str
    text: str
    questions: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    version: int = 1
    updated_at: str = ""


class Setting(Event, frozen=True, kw_only=True):
    """A named value that every worker follows; an empty record removes it."""

    name: str
    value: JsonValue = None
    actor: str = ""
    occurred_at: str


class ConversationKey(Event, frozen=True, kw_only=True):
    """What the key to a conversation's personal data is made of, beside the installation's secret.

    An empty record deletes it: whatever the key has sealed stays unreadable from then on.
    """

    conversation_id: str
    salt: str = ""
    occurred_at: str = ""


class Alert(Event, frozen=True, kw_only=True):
    """Something that a monitor saw. ``alert_id`` derives from what, whom and when, so a repeat is equal."""

    alert_id: str
    rule: str
    subject: str
    severity: Literal["info", "warning", "critical"] = "warning"
    value: float
    limit: float
    baseline: float = 0.0
    message: str
    window_start: str
    window_end: str
    occurred_at: str


class LogEvent(Event, frozen=True, kw_only=True):
    """One step of one message, for audit, dashboards and learning. ``text`` is masked."""

    event_id: str
    kind: LogKind
    conversation_id: str
    message_id: str
    tenant: str = "default"
    channel: str = "api"
    occurred_at: str
    actor: str = ""
    language: str = ""
    intent: str = ""
    intent_confidence: float = 0.0
    sentiment: float = 0.0
    source: str = ""
    model: str = ""
    prompt_version: str = ""
    knowledge_version: str = ""
    experiment: str = ""
    latency_ms: float = 0.0
    input_hash: str = ""
    output_hash: str = ""
    text: str = ""
    detail: dict[str, JsonValue] = {}
