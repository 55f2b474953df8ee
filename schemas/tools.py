"""Calls of business systems and what came of them."""

from typing import Literal

from schemas.messages import Event, JsonValue, Sealed

ToolOutcome = Literal["done", "refused", "unavailable", "failed", "expired"]
"""``refused``: the business system said no, with a reason; ``failed``: the arguments or the answer were wrong."""


class ToolRequest(Event, frozen=True, kw_only=True):
    """A call of a tool. ``request_id`` derives from the message and the call: business systems know a repeat by it.

    ``personal`` is what placeholders in ``arguments`` stand for, sealed; the tools' worker fills them in.
    """

    request_id: str
    message_id: str
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    user_id: str = ""
    tool: str
    arguments: dict[str, JsonValue] = {}
    personal: dict[str, Sealed] = {}
    language: str = "en"
    deadline: str
    occurred_at: str


class ToolResult(Event, frozen=True, kw_only=True):
    """What became of a ToolRequest: exactly one follows each. ``value`` is data and never an instruction.

    ``personal`` is what placeholders in ``value`` stand for, sealed: the tools' worker puts them there.
    """

    request_id: str
    message_id: str
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    tool: str
    outcome: ToolOutcome
    value: dict[str, JsonValue] = {}
    personal: dict[str, Sealed] = {}
    reason: str = ""
    attempts: int = 0
    tool_ms: float = 0.0
    occurred_at: str
