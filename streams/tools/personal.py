"""Fills in what placeholders stand for, just before a business system is told."""

from typing import Any

import msgspec

from agents.understanding.vault import fill, key_of, opened
from schemas.messages import JsonValue
from schemas.operations import ConversationKey
from schemas.tools import ToolRequest


class Values:
    """Follows the conversations' keys. ``secret`` is the installation's."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._salts: dict[str, str] = {}

    def key_changed(self, conversation_id: str, key: ConversationKey | None) -> None:
        """A key was made, or deleted: what it sealed stays sealed."""
        if key is not None and key.salt:
            self._salts[conversation_id] = key.salt
        else:
            self._salts.pop(conversation_id, None)

    def filled(self, request: ToolRequest) -> ToolRequest:
        """The request with the values that can be opened in the place of their placeholders."""
        if not request.personal:
            return request
        conversation, values = request.conversation_id, dict[str, str]()
        for salt in self._known(conversation):
            values |= opened(request.personal, key_of(self._secret, salt, conversation), conversation)
        arguments: dict[str, JsonValue] = _filled(request.arguments, values)
        return msgspec.structs.replace(request, arguments=arguments, personal={})

    def _known(self, conversation_id: str) -> tuple[str, ...]:
        """The salts of what channels sealed, and of what the dialogue sealed itself: it has none."""
        salt = self._salts.get(conversation_id)
        return ("",) if salt is None else ("", salt)


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, dict):
        return {name: _filled(part, values) for name, part in value.items()}
    return [_filled(part, values) for part in value] if isinstance(value, list) else value
