"""Questions to a model and their answers."""

from typing import Literal

from schemas.messages import Event


class ModelMessage(Event, frozen=True, kw_only=True):
    """One line of a prompt, in Ollama's chat form; ``images`` are base64."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: tuple[str, ...] = ()


class ModelRequest(Event, frozen=True, kw_only=True):
    """A question to a model. ``request_id`` derives from the message; ``deadline`` is an RFC 3339 time."""

    request_id: str
    reply_id: str
    message_id: str
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    model: str = ""
    prompt_version: str
    messages: tuple[ModelMessage, ...]
    deadline: str
    occurred_at: str


class ModelResult(Event, frozen=True, kw_only=True):
    """What became of a ModelRequest: exactly one follows each, whatever happened to the servers."""

    request_id: str
    reply_id: str
    message_id: str
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    outcome: Literal["answered", "unavailable", "expired", "failed"]
    text: str = ""
    model: str = ""
    server: str = ""
    reason: str = ""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    attempts: int = 0
    model_ms: float = 0.0
    thought: int = 0
    experiment: str = ""
    occurred_at: str
