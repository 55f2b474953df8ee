"""What clients send: bodies as values, with Rejected as the only failure."""

from typing import Any, Literal, TypeVar

import msgspec
from starlette.requests import Request

from schemas.errors import Rejected
from schemas.messages import Event, InboundMessage

T = TypeVar("T")
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


class QueryContext(Event, frozen=True, kw_only=True):
    """Who asks, in which session; the conversation is the session's, else the user's, else a new one."""

    user_id: str = ""
    session_id: str = ""


class QueryBody(Event, frozen=True, kw_only=True):
    """A question whose answer is waited for."""

    query: str
    context: QueryContext = QueryContext()


class FeedbackBody(Event, frozen=True, kw_only=True):
    """What a person thought of a reply."""

    reply_id: str
    rating: Literal["like", "dislike"]
    comment: str = ""
    correction: str = ""
    conversation_id: str = ""


class PersonBody(Event, frozen=True, kw_only=True):
    """What a person does with a conversation; ``text`` is what is said or noted, ``reason`` why it is returned."""

    agent_id: str
    text: str = ""
    reason: str = ""


class SocketMessage(InboundMessage, frozen=True, kw_only=True):
    """An InboundMessage over a socket: what names no channel comes from the web."""

    channel: str = "web"


def read(kind: type[T], body: bytes | str) -> T:
    """Decode a body. Raises Rejected with what to change."""
    decoder = _decoders.setdefault(kind, msgspec.json.Decoder(kind))
    try:
        value: T = decoder.decode(body)
    except msgspec.ValidationError as problem:
        raise Rejected(f"not a valid {kind.__name__}: {problem}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Rejected(f"the body is not JSON in UTF-8: {problem}") from None
    except RecursionError:
        raise Rejected("the JSON is nested too deeply") from None
    return value


async def body_of(request: Request, kind: type[T]) -> T:
    return read(kind, await request.body())
