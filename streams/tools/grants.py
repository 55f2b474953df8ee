"""What each tenant's tools may do: the setting's scopes, unless the tenant has its own on control.settings."""

import logging
from typing import Any

from schemas.operations import Setting

log = logging.getLogger("kefu.tools")

PREFIX = "tools.scopes."
"""The setting ``tools.scopes.<tenant>`` holds a list of scopes; an empty record gives the tenant the default back."""


class Grants:
    """Scopes by tenant; ``*`` stands for all of them."""

    def __init__(self, default: frozenset[str]) -> None:
        self._default, self._own = default, dict[str, frozenset[str]]()

    def of(self, tenant: str) -> frozenset[str]:
        return self._own.get(tenant, self._default)

    def setting_changed(self, name: str, setting: Setting | None) -> None:
        """Follow a setting; one that is no list of texts grants nothing."""
        if not name.startswith(PREFIX):
            return
        tenant, value = name.removeprefix(PREFIX), setting.value if setting is not None else None
        if value is None:
            self._own.pop(tenant, None)
        else:
            self._own[tenant] = _scopes(name, value)


def scopes(text: str) -> frozenset[str]:
    """Scopes as the setting KEFU_TOOLS_SCOPES writes them."""
    return frozenset(filter(None, (part.strip() for part in text.split(","))))


def _scopes(name: str, value: Any) -> frozenset[str]:
    if isinstance(value, list) and all(isinstance(scope, str) for scope in value):
        return frozenset(value)
    log.warning('%s is no list such as ["orders:read"]: it grants nothing', name)
    return frozenset()
