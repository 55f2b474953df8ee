"""Fills in what placeholders stand for, just before a business system is told; covers what it answers, just after."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from agents.tools.calling import Called, Caller
from agents.tools.covering import covered
from agents.understanding.vault import fill, key_of, opened, sealed
from schemas.messages import JsonValue, Sealed
from schemas.operations import ConversationKey
from schemas.tools import ToolRequest

SALT_BYTES = 16

MakeKey = Callable[[str, str], Awaitable[None]]
"""Writes the salt of a conversation where all others read it."""


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

    def salt(self, conversation_id: str) -> str:
        """The conversation's salt, empty where it has none."""
        return self._salts.get(conversation_id, "")

    def sealed(self, conversation_id: str, values: dict[str, str], salt: str) -> dict[str, Sealed]:
        return sealed(values, key_of(self._secret, salt, conversation_id), conversation_id)

    def _known(self, conversation_id: str) -> tuple[str, ...]:
        """The salts of what channels sealed, and of what the dialogue sealed itself: it has none."""
        salt = self._salts.get(conversation_id)
        return ("",) if salt is None else ("", salt)


class Sealing:
    """Implements agents.tools.calling.Caller: whatever personal data a tool answers, its placeholders go out."""

    def __init__(self, caller: Caller, values: Values, make_key: MakeKey) -> None:
        self._caller, self._values, self._make_key = caller, values, make_key

    async def call(self, request: ToolRequest) -> Called:
        called = await self._caller.call(request)
        value, said = covered(called.value)
        if not said:
            return called
        personal = self._values.sealed(request.conversation_id, said, await self._salt(request.conversation_id))
        return msgspec.structs.replace(called, value=value, personal=personal)

    async def _salt(self, conversation_id: str) -> str:
        """The conversation's salt; its first one is in Kafka before anything is sealed with it."""
        salt = self._values.salt(conversation_id)
        if salt:
            return salt
        salt = secrets.token_hex(SALT_BYTES)
        await self._make_key(conversation_id, salt)
        self._values.key_changed(conversation_id, ConversationKey(conversation_id=conversation_id, salt=salt))
        return salt


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, dict):
        return {name: _filled(part, values) for name, part in value.items()}
    return [_filled(part, values) for part in value] if isinstance(value, list) else value
