"""Questions to a model and their answers."""

from typing import Literal

from schemas.messages import Event, JsonValue


class ToolCall(Event, frozen=True, kw_only=True):
    """A tool that a model asks for, with its arguments as the model gave them: unchecked."""

    name: str
    arguments: dict[str, JsonValue] = {}


class ModelMessage(Event, frozen=True, kw_only=True):
    """One line of a prompt in Ollama's chat form: ``images`` in base64, ``tool_calls`` that the assistant asked for."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    images: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()


class ModelRequest(Event, frozen=True, kw_only=True):
    """A question to a model. ``request_id`` derives from the message; ``deadline`` is an RFC 3339 time.

    ``supersedes`` is the request of this conversation that is void from now on: its answer is wanted no more. One
    without ``messages`` does nothing but that, and no result follows it. ``tools`` are what the model may ask for, in
    the form of Ollama's ``tools``.
    """

    request_id: str
    reply_id: str
    message_id: str
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    model: str = ""
    prompt_version: str
    messages: tuple[ModelMessage, ...]
    tools: tuple[dict[str, JsonValue], ...] = ()
    deadline: str
    occurred_at: str
    supersedes: str = ""


class ModelResult(Event, frozen=True, kw_only=True):
    """What became of a ModelRequest: exactly one follows each that asks something, whatever happens.

    Where the model asks for tools, ``tool_calls`` say which, and ``text`` may be empty.
    """

    request_id: str
    reply_id: str
    message_id: str
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    outcome: Literal["answered", "unavailable", "expired", "failed", "superseded"]
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
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
