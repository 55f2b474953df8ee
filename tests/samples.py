"""Sample values that many tests start from."""

from typing import Any

import msgspec

from agents.dialogue.decide import Thresholds
from agents.dialogue.step import Heard
from agents.knowledge import Hit
from agents.ports import When
from agents.understanding import Understanding
from agents.understanding.sensitive import Rule, SensitiveWords
from schemas.inference import ModelResult
from schemas.messages import Attachment, InboundMessage, Intent, Sentiment
from schemas.operations import Article

NOW = When(now=1_772_442_931.0, written=1_772_442_930.99)
RETURNS = Article(
    article_id="returns-window.en",
    language="en",
    title="How long you can return",
    text="You can return goods within 7 days.",
    intents=("return_policy",),
)


class SampleDesk:
    """A desk with two scripts and as much knowledge as the test gives it."""

    def __init__(self, hits: tuple[Hit, ...] = (), *, online: bool = True, words: tuple[Rule, ...] = ()) -> None:
        self.thresholds, self.hits, self.models_online = Thresholds(), hits, online
        self.knowledge_version, self.words = "k1", SensitiveWords(words)

    def script(self, name: str, language: str, seed: str) -> str | None:
        known = {
            "greeting": {"zh": "您好!", "en": "Hello!"},
            "fallback": {"zh": "抱歉,我不清楚。", "en": "Sorry, I do not know."},
            "soothe": {"zh": "非常抱歉。", "en": "I am so sorry."},
            "handover": {"zh": "已转交同事。", "en": "A colleague takes over."},
            "unknown": {"zh": "这不归我们管。", "en": "That is not ours."},
            "attachment": {"zh": "图片收到了。", "en": "Got your picture."},
        }
        return known.get(name, {}).get(language)

    def search(self, question: Any) -> tuple[Hit, ...]:
        return self.hits


def heard(number: int, text: str = "hi", **understood: Any) -> Heard:
    """Message ``m<number>`` in conversation c1, understood as said."""
    message = InboundMessage(message_id=f"m{number}", conversation_id="c1", channel="web", user_id="u1", text=text)
    base = Understanding(
        language="en",
        intents=(),
        intent=Intent(),
        entities=(),
        sentiment=Sentiment(),
        masked=text,
        personal_data=(),
    )
    return Heard(message, msgspec.structs.replace(base, **understood))


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
