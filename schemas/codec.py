"""From bytes to events and back. ``Rejected`` is the only way in which reading fails."""

from dataclasses import dataclass
from typing import Any

import msgspec

from schemas import times
from schemas.errors import Rejected
from schemas.ids import derived
from schemas.messages import Event, InboundMessage
from schemas.topics import BY_NAME, INBOUND, Topic

MAX_TEXT = 20_000
"""Characters of text that a message may have; a longer one is rejected."""

encode = msgspec.json.Encoder().encode
_decoders: dict[type[Event], msgspec.json.Decoder[Any]] = {
    topic.value: msgspec.json.Decoder(topic.value) for topic in BY_NAME.values()
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record stands, and when it was written (seconds since the epoch)."""

    topic: str
    partition: int
    offset: int
    timestamp: float


def decode(topic: Topic, value: bytes | None) -> Any:
    """Read a record's value as the topic's event. Raises Rejected with what to change."""
    if value is None:
        raise Rejected("the record has no value; send a JSON object")
    try:
        return _decoders[topic.value].decode(value)
    except msgspec.ValidationError as problem:
        raise Rejected(f"not a valid {topic.value.__name__}: {problem}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Rejected(f"not JSON in UTF-8: {problem}") from None
    except RecursionError:
        raise Rejected("the JSON is nested too deeply") from None


def inbound(key: bytes | None, value: bytes | None, origin: Origin) -> InboundMessage:
    """Read a record of chat.inbound and fill in what its producer left out. Raises Rejected with what to change."""
    message: InboundMessage = decode(INBOUND, value)
    if not message.text.strip() and not message.attachments:
        raise Rejected("the message has neither text nor an attachment; send one of them")
    if len(message.text) > MAX_TEXT:
        raise Rejected(f"the text has {len(message.text)} characters; send at most {MAX_TEXT}")
    return completed(message, _key_text(key), origin)


def completed(message: InboundMessage, key: str, origin: Origin) -> InboundMessage:
    """The message with its conversation, id, user and time; the same object where nothing is missing."""
    conversation = message.conversation_id or key or (f"{message.channel}:{message.user_id}" if message.user_id else "")
    if not conversation:
        raise Rejected("no conversation: send a record key, a conversation_id, or channel and user_id")
    missing: dict[str, str] = {}
    if not message.message_id:
        missing["message_id"] = derived("msg", origin.topic, str(origin.partition), str(origin.offset))
    if not message.conversation_id:
        missing["conversation_id"] = conversation
    if not message.occurred_at:
        missing["occurred_at"] = times.rfc3339(origin.timestamp)
    else:
        _checked_time(message.occurred_at)
    return msgspec.structs.replace(message, **missing) if missing else message


def _key_text(key: bytes | None) -> str:
    if key is None:
        return ""
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise Rejected("the record key is not UTF-8; send the conversation id as text") from None


def _checked_time(text: str) -> None:
    try:
        times.seconds(text)
    except ValueError:
        raise Rejected(f"occurred_at {text!r} is no RFC 3339 time, such as 2026-01-31T08:05:09.120Z") from None
