"""Tools for models: what is offered in Ollama's form, and what becomes of the calls that a model asks for."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from agents.tools.toolbox import Toolbox
from agents.tools.values import fenced
from schemas.inference import ModelMessage, ToolCall
from schemas.messages import JsonValue
from schemas.tools import ToolResult

ROUNDS = 2
"""Times that a model may ask for tools before it has to answer."""
MOST_CALLS = 4
"""Calls of one round; what goes beyond is passed over."""
LARGEST = 1_024
"""Bytes that a model's arguments may have as JSON: they are kept until it has answered."""
NAMED = 64
"""Characters that are kept of a tool's name."""


class Wanted(msgspec.Struct, frozen=True):
    """A call that a model asked for; ``problem`` says why it is not made, empty where it is."""

    tool: str
    arguments: dict[str, JsonValue]
    problem: str = ""


def offered(toolbox: Toolbox, scopes: frozenset[str]) -> tuple[dict[str, JsonValue], ...]:
    """The tools that a model may ask for: granted ones that only read, by name, in the form of Ollama's ``tools``."""
    return tuple(
        {
            "type": "function",
            "function": {"name": spec.name, "description": spec.about, "parameters": spec.arguments},
        }
        for name, spec in sorted(toolbox.specs.items())
        if not spec.changes and toolbox.granted(name, scopes)
    )


def wanted(calls: Sequence[ToolCall], toolbox: Toolbox, scopes: frozenset[str]) -> tuple[Wanted, ...]:
    """The calls of one round, each checked as a task's call is; the same call twice is one."""
    distinct = {msgspec.json.encode((call.name, call.arguments), order="deterministic"): call for call in calls}
    return tuple(_checked(call, toolbox, scopes) for call in list(distinct.values())[:MOST_CALLS])


def answered(tool: str, result: ToolResult | None, problem: str = "", hide: Callable[[str], str] = str) -> ModelMessage:
    """What a model is told of a call: the data, fenced, or why there is none. ``hide`` covers what it must not read."""
    if result is not None and result.outcome in ("done", "refused"):
        return ModelMessage(role="tool", content=fenced(tool, result.value, hide))
    said: Mapping[str, JsonValue] = {"error": problem or "the tool could not be reached; say so, and invent nothing"}
    return ModelMessage(role="tool", content=fenced(tool, said))


def _checked(call: ToolCall, toolbox: Toolbox, scopes: frozenset[str]) -> Wanted:
    name, arguments = call.name[:NAMED], dict(call.arguments)
    if len(msgspec.json.encode(arguments)) > LARGEST:
        return Wanted(name, {}, f"the arguments have more than {LARGEST} bytes")
    return Wanted(name, arguments, _problem(call, toolbox, scopes))


def _problem(call: ToolCall, toolbox: Toolbox, scopes: frozenset[str]) -> str:
    spec = toolbox.specs.get(call.name)
    if spec is not None and spec.changes:
        return f"{call.name} changes something: only a person's own request, confirmed, calls it"
    return toolbox.problem(call.name, call.arguments, scopes)
