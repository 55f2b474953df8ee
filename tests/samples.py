"""Sample values that many tests start from."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agents.cache.entry import Recalled, Remembered
from agents.dialogue.decide import Tasks, Thresholds
from agents.dialogue.hearing import Heard
from agents.dialogue.question import Question
from agents.knowledge import Hit
from agents.ports import When
from agents.rules.risk import Risk
from agents.tools import offered
from agents.tools.offered import Wanted
from agents.tools.toolbox import Toolbox
from agents.understanding import Understanding
from agents.understanding.mask import mask
from agents.understanding.sensitive import Rule, SensitiveWords
from schemas.inference import ModelResult, ToolCall
from schemas.messages import Attachment, Entity, InboundMessage, Intent, JsonValue, Sentiment
from schemas.operations import Article, HandoverEvent
from schemas.tools import ToolResult
from tests.sample_tasks import SampleTasks

NOW = When(now=1_772_442_931.0, written=1_772_442_930.99)
RETURNS = Article(
    article_id="returns-window.en",
    language="en",
    title="How long you can return",
    text="You can return goods within 7 days.",
    intents=("return_policy",),
)
SCRIPTS = {
    "greeting": {"zh": "您好!", "en": "Hello!"},
    "fallback": {"zh": "抱歉,我不清楚。", "en": "Sorry, I do not know."},
    "unknown": {"zh": "这不归我们管。", "en": "That is not ours."},
    "handover": {"zh": "已转给同事。", "en": "A colleague takes over."},
    "human_agent": {"zh": "好的,转人工。", "en": "Sure, a person will come."},
    "nobody_came": {"zh": "暂时没有人。", "en": "Nobody is free."},
    "went_silent": {"zh": "同事离开了。", "en": "My colleague has left."},
    "attachment": {"zh": "图片收到了。", "en": "Got your picture."},
    "emergency": {"zh": "请拨打120。", "en": "Please call an ambulance."},
}
SOOTHING = ("I am so sorry.", "I understand.", "My apologies.")
EVERYTHING = frozenset("*")
"""Scopes that grant every tool."""
UPSET = Sentiment(score=-0.8, label="negative")


class SampleDesk:
    """A desk with some scripts and as much of everything else as the test gives it.

    ``hits`` are found for every question, or by what its text begins with. ``risks`` by what is in the text.
    """

    def __init__(
        self,
        hits: tuple[Hit, ...] | Mapping[str, tuple[Hit, ...]] = (),
        *,
        online: bool = True,
        tasks: Tasks | None = None,
        risks: Mapping[str, Risk] | None = None,
        cached: Mapping[str, Recalled] | None = None,
        words: tuple[Rule, ...] = (),
        sees: bool = False,
        toolbox: Toolbox | None = None,
    ) -> None:
        self.thresholds, self.hits, self.models_online, self.sees = Thresholds(), hits, online, sees
        self.knowledge_version, self.words = "k1", SensitiveWords(words)
        self.tasks: Tasks = tasks or SampleTasks()
        self.risks, self.cached = risks or {}, cached or {}
        self.remembered: dict[str, Remembered] = {}
        self.toolbox = toolbox or Toolbox()

    def script(self, name: str, language: str, seed: str) -> str | None:
        return SCRIPTS.get(name, {}).get(language)

    def soothing(self, question: Question, last: str) -> tuple[str, str] | None:
        text = next(text for text in SOOTHING if text != last)
        return text, text

    def label(self, intent: str, language: str) -> str | None:
        return None

    def persona(self, tenant: str, language: str) -> str:
        return f"You are {tenant}'s desk."

    def search(self, question: Question) -> tuple[Hit, ...]:
        if not isinstance(self.hits, Mapping):
            return self.hits
        return next((hits for start, hits in self.hits.items() if question.text.startswith(start)), ())

    def recall(self, question: Question) -> Recalled | None:
        return self.cached.get(question.text)

    def remember(self, question: Question, answer: Remembered) -> bytes:
        self.remembered[question.text] = answer
        return question.text.encode()

    def offered(self, tenant: str) -> tuple[dict[str, JsonValue], ...]:
        return offered.offered(self.toolbox, EVERYTHING)

    def wanted(self, calls: Sequence[ToolCall], tenant: str) -> tuple[Wanted, ...]:
        return offered.wanted(calls, self.toolbox, EVERYTHING)

    def risk(self, question: Question) -> Risk | None:
        return next((risk for word, risk in self.risks.items() if word in question.text), None)


def heard(number: int, text: str = "hi", **understood: Any) -> Heard:
    """Message ``m<number>`` in conversation c1, understood as said."""
    message = InboundMessage(message_id=f"m{number}", conversation_id="c1", channel="web", user_id="u1", text=text)
    base = Understanding(
        language="en",
        intents=(),
        intent=Intent(),
        entities=(),
        sentiment=Sentiment(),
        masked=mask(text).text,
        personal_data=mask(text).found,
    )
    return Heard(message, msgspec.structs.replace(base, **understood))


def named(**values: str) -> tuple[Entity, ...]:
    """Entities of a message, by type."""
    return tuple(Entity(type=type_, value=value, start=0, end=1) for type_, value in values.items())


def wants(name: str) -> Intent:
    """An intent that is recognised."""
    return Intent(name=name, confidence=0.9)


def picture(number: int) -> Heard:
    """A message with nothing but a picture."""
    plain = heard(number, "")
    image = Attachment(kind="image", url="https://shop.example/1.jpg")
    return Heard(msgspec.structs.replace(plain.message, attachments=(image,)), plain.understanding)


def result(request_id: str, **fields: Any) -> ModelResult:
    """What a model answered."""
    base = ModelResult(
        request_id=request_id,
        reply_id="r",
        message_id="m",
        conversation_id="c1",
        outcome="answered",
        text="From the model.",
        model="tiny",
        occurred_at="2026-03-02T09:15:31.000Z",
    )
    return msgspec.structs.replace(base, **fields)


def tool_result(request_id: str, tool: str, **fields: Any) -> ToolResult:
    """What a tool answered."""
    base = ToolResult(
        request_id=request_id,
        message_id="m",
        conversation_id="c1",
        tool=tool,
        outcome="done",
        occurred_at="2026-03-02T09:15:31.000Z",
    )
    return msgspec.structs.replace(base, **fields)


def by_person(number: int, kind: Any, text: str = "", **fields: Any) -> HandoverEvent:
    """What a colleague does with conversation c1: event ``h<number>``."""
    base = HandoverEvent(
        event_id=f"h{number}",
        kind=kind,
        conversation_id="c1",
        channel="web",
        user_id="u1",
        agent_id="li.na",
        text=text,
        occurred_at="2026-03-02T09:15:31.000Z",
    )
    return msgspec.structs.replace(base, **fields)
