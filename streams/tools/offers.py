"""What models may ask for, tenant by tenant: the installed tools, and the grants as they are now."""

from collections.abc import Sequence

from agents.tools import offered
from agents.tools.offered import Wanted
from agents.tools.toolbox import Toolbox
from schemas.inference import ToolCall
from schemas.messages import JsonValue
from schemas.operations import Setting
from streams.tools.grants import Grants


class Offers:
    """Without a toolbox there is nothing to ask for."""

    def __init__(self, toolbox: Toolbox | None = None, grants: Grants | None = None) -> None:
        self._toolbox, self._grants = toolbox or Toolbox(), grants or Grants(frozenset())

    def offered(self, tenant: str) -> tuple[dict[str, JsonValue], ...]:
        """The tools that only read and that the tenant grants, in the form of Ollama's ``tools``."""
        return offered.offered(self._toolbox, self._grants.of(tenant))

    def wanted(self, calls: Sequence[ToolCall], tenant: str) -> tuple[Wanted, ...]:
        """The calls of one round, each checked."""
        return offered.wanted(calls, self._toolbox, self._grants.of(tenant))

    def setting_changed(self, name: str, setting: Setting | None) -> None:
        """Follow the grants."""
        self._grants.setting_changed(name, setting)
