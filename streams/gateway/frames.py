"""What a socket says: JSON objects with a ``type``."""

from typing import Any

import msgspec

from schemas.messages import Event, Reply, ReplyChunk

MODELS_SETTING = "models.status"
POOL_SETTING = "models.pool."
"""Settings of this prefix and an inference worker's name hold its view of the pool."""
"""The setting by which the inference worker says whether models can be asked."""


class Models(Event, frozen=True):
    """Whether models can be asked, and if not, why."""

    status: str = "offline"
    reason: str = "no inference worker has reported yet"


def models_of(value: Any) -> Models:
    """Read the setting's value; what cannot be read means offline."""
    if not isinstance(value, dict):
        return Models()
    online = value.get("status") == "online"
    return Models("online" if online else "offline", str(value.get("reason", "")))


def status(models: Models, conversation_id: str) -> str:
    return _frame("status", {"models": models.status, "reason": models.reason, "conversation_id": conversation_id})


def accepted(message_id: str, conversation_id: str) -> str:
    return _frame("accepted", {"message_id": message_id, "conversation_id": conversation_id})


def chunk(piece: ReplyChunk) -> str:
    return _frame("chunk", msgspec.to_builtins(piece))


def reply(answer: Reply) -> str:
    return _frame("reply", msgspec.to_builtins(answer))


def error(problem: dict[str, Any], message_id: str) -> str:
    return _frame("error", {"problem": problem, **({"message_id": message_id} if message_id else {})})


def _frame(kind: str, fields: dict[str, Any]) -> str:
    return msgspec.json.encode({"type": kind, **fields}).decode()
