"""Tools agent: makes the call that was asked for and says what became of it, to the conversation and to the log."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from agents.ports import When
from schemas import ids, times
from schemas.messages import JsonValue, Sealed
from schemas.operations import LogEvent
from schemas.tools import ToolOutcome, ToolRequest, ToolResult
from schemas.topics import LOG, TOOL_RESULTS, Send


class Called(msgspec.Struct, frozen=True):
    """What came of a call. ``tool_ms`` from the first try to the end; ``personal`` as in ToolResult."""

    outcome: ToolOutcome
    value: dict[str, JsonValue] = {}
    reason: str = ""
    attempts: int = 0
    tool_ms: float = 0.0
    personal: dict[str, Sealed] = {}


class Caller(Protocol):
    """Makes calls."""

    async def call(self, request: ToolRequest) -> Called:
        """Never raises for what a tool or a business system does."""


def calling(caller: Caller, clock: Callable[[], float]) -> Callable[[ToolRequest, When], Awaitable[list[Send]]]:
    """The agent's ``ask`` over a caller."""

    async def ask(request: ToolRequest, when: When) -> list[Send]:
        if _over(request, when.now):
            called = Called("expired", reason="nobody could take the call before its deadline")
        else:
            called = await caller.call(request)
        return _outputs(request, called, times.rfc3339(clock()))

    return ask


def _over(request: ToolRequest, now: float) -> bool:
    """Whether its time is over; it is where the deadline is no time."""
    try:
        return times.seconds(request.deadline) < now
    except ValueError:
        return True


def _outputs(request: ToolRequest, called: Called, occurred_at: str) -> list[Send]:
    result = ToolResult(
        request_id=request.request_id,
        message_id=request.message_id,
        conversation_id=request.conversation_id,
        tenant=request.tenant,
        channel=request.channel,
        tool=request.tool,
        outcome=called.outcome,
        value=called.value,
        personal=called.personal,
        reason=called.reason,
        attempts=called.attempts,
        tool_ms=called.tool_ms,
        occurred_at=occurred_at,
    )
    return [Send(TOOL_RESULTS, result), Send(LOG, _logged(request, result))]


def _logged(request: ToolRequest, result: ToolResult) -> LogEvent:
    """The call without its arguments and its answer, which may be personal: their hashes stand for them."""
    detail: dict[str, JsonValue] = {
        "tool": result.tool,
        "outcome": result.outcome,
        "code": result.value.get("code", "") if result.outcome == "refused" else "",
        "reason": result.reason,
        "attempts": result.attempts,
        "request_id": result.request_id,
    }
    return LogEvent(
        event_id=ids.derived("log", "tool", request.conversation_id, request.request_id),
        kind="decided",
        conversation_id=request.conversation_id,
        message_id=request.message_id,
        tenant=request.tenant,
        channel=request.channel,
        occurred_at=result.occurred_at,
        actor="tools",
        language=request.language,
        source="tool",
        latency_ms=result.tool_ms,
        input_hash=ids.content_hash(msgspec.json.encode(request.arguments, order="deterministic").decode()),
        output_hash=ids.content_hash(msgspec.json.encode(result.value, order="deterministic").decode()),
        detail=detail,
    )
