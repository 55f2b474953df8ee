"""What people say and what they are answered: inbound messages, replies, pieces of replies, receipts."""

from typing import Any, Literal

import msgspec

Source = Literal["script", "cache", "knowledge", "tool", "model", "fallback", "human", "handover"]
"""Who or what wrote an answer."""

JsonValue = Any
"""Anything that JSON can say; msgspec knows no recursive alias."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """A value on a topic: frozen, JSON, unknown fields are ignored so that producers may be newer than readers.

    No value leads back to itself: garbage collection need not look events through.
    """


class Attachment(Event, frozen=True, kw_only=True):
    """A file beside the text; ``url`` or ``data`` (base64) holds it."""

    kind: str
    url: str = ""
    mime: str = ""
    data: str = ""


class Sealed(Event, frozen=True, kw_only=True):
    """A value that a placeholder stands for: ``mark`` is equal for equal values of a conversation.

    ``box`` is the value sealed with the conversation's key, in base64; empty where nothing may fill it in again.
    """

    mark: str
    box: str = ""


class InboundMessage(Event, frozen=True, kw_only=True):
    """What a person said. Only ``text`` or one attachment is required; codec.inbound fills in the rest.

    ``personal`` is what a channel's placeholders in ``text`` stand for, by placeholder.
    """

    message_id: str = ""
    conversation_id: str = ""
    tenant: str = "default"
    channel: str = "api"
    user_id: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    locale: str = ""
    occurred_at: str = ""
    metadata: dict[str, JsonValue] = {}
    personal: dict[str, Sealed] = {}


class Intent(Event, frozen=True, kw_only=True):
    """What a message wants: the catalogue's name for it, with a confidence in [0, 1]."""

    name: str = "unknown"
    confidence: float = 0.0


class Entity(Event, frozen=True, kw_only=True):
    """A value named in a text, with its offsets in characters (end excluded)."""

    type: str
    value: str
    start: int
    end: int


class Sentiment(Event, frozen=True, kw_only=True):
    """The mood of a text: ``score`` in [-1, 1] on VADER's compound scale, in every language."""

    score: float = 0.0
    label: Literal["negative", "neutral", "positive"] = "neutral"


class Citation(Event, frozen=True, kw_only=True):
    """A knowledge article that an answer rests on; ``score`` in [0, 1]."""

    article_id: str
    title: str
    score: float = 0.0


class Reply(Event, frozen=True, kw_only=True):
    """The one answer to a message. ``latency_ms`` runs from the record's Kafka timestamp to the decision.

    ``personal`` is what the placeholders in ``text`` stand for; the channel fills them in on the way to the person.
    """

    reply_id: str
    in_reply_to: str
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    user_id: str = ""
    text: str
    source: Source
    language: str
    intent: Intent = Intent()
    entities: tuple[Entity, ...] = ()
    sentiment: Sentiment = Sentiment()
    citations: tuple[Citation, ...] = ()
    model: str = ""
    prompt_version: str = ""
    knowledge_version: str = ""
    experiment: str = ""
    latency_ms: float = 0.0
    occurred_at: str = ""
    in_reply_to_all: tuple[str, ...] = ()
    personal: dict[str, Sealed] = {}


class ReplyChunk(Event, frozen=True, kw_only=True):
    """A piece of an answer while the model writes it. ``index`` counts from 0; joined in order they are the text."""

    reply_id: str
    in_reply_to: str
    conversation_id: str
    index: int
    text: str
    done: bool = False


class DeliveryReceipt(Event, frozen=True, kw_only=True):
    """What became of a reply on its way to the person."""

    receipt_id: str
    reply_id: str
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    status: Literal["sent", "failed"] = "sent"
    reason: str = ""
    occurred_at: str
