"""What a plugin is: a class that says what the tool takes and needs, and does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agents.tools.spec import ToolSpec
from schemas.messages import JsonValue
from streams.tools.business import Business, Refused


@dataclass(frozen=True, slots=True)
class Context:
    """One call. ``arguments`` fit the schema; ``request_id`` is the same when the call is repeated.

    A business system must be given ``request_id`` with what changes something, so that a repeat does nothing twice.
    """

    request_id: str
    message_id: str
    conversation_id: str
    tenant: str
    channel: str
    user_id: str
    language: str
    arguments: Mapping[str, Any]
    business: Business


class Plugin(Protocol):
    """A tool. Its attributes are those of agents.tools.spec.ToolSpec; plain class attributes will do."""

    @property
    def name(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def arguments(self) -> dict[str, JsonValue]: ...
    @property
    def scopes(self) -> tuple[str, ...]: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def changes(self) -> bool: ...

    async def execute(self, context: Context) -> Mapping[str, JsonValue] | Refused:
        """The answer as plain data, or Refused where a rule says no.

        Raises Unavailable where the call may succeed later: it is then made again, with the same ``request_id``.
        Raises Rejected for an answer that makes no sense. It may be cancelled at any await, and must not block.
        """


def spec_of(plugin: Plugin) -> ToolSpec:
    """What a plugin says of itself; what it leaves out has ToolSpec's default."""
    more = {name: getattr(plugin, name) for name in ("scopes", "timeout_s", "changes") if hasattr(plugin, name)}
    return ToolSpec(name=plugin.name, about=plugin.about, arguments=plugin.arguments, **more)
