"""Writes the first key of a conversation, where a tool answers personal data before the customer has said any."""

import time
from collections.abc import Callable

from schemas import codec, times
from schemas.errors import KefuError
from schemas.operations import ConversationKey
from schemas.topics import KEYS
from streams.sender import Sender
from streams.settings import Settings


class KeySender:
    """Beside the transaction: a key is there before what it seals. Where Kafka does not take it, ``end`` is told."""

    def __init__(self, settings: Settings, end: Callable[[str], None]) -> None:
        self._sender, self._end = Sender(settings.kafka, client_id="kefu-tools-keys"), end

    async def make(self, conversation_id: str, salt: str) -> None:
        """Return once Kafka has it."""
        key = ConversationKey(conversation_id=conversation_id, salt=salt, occurred_at=times.rfc3339(time.time()))
        self._sender.send(KEYS.name, KEYS.key_of(key), codec.encode(key))
        try:
            await self._sender.flush()
        except KefuError as problem:
            self._end(str(problem))
