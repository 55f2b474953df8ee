"""Masks what comes in and fills what goes out; makes the keys of conversations and forgets those that are deleted."""

import asyncio
import secrets
from collections.abc import Callable

import msgspec

from agents.understanding.mask import mask
from agents.understanding.vault import fill, key_of, opened, sealed
from schemas import codec, times
from schemas.errors import Unavailable
from schemas.messages import InboundMessage, Reply
from schemas.operations import ConversationKey
from schemas.topics import KEYS
from streams.gateway.ports import Inbox

SALT_BYTES = 16
PATIENCE_S = 5.0
"""Seconds that a message with personal data may wait for the keys to be read at the start."""


class Vault:
    """Lives on one event loop. The newest key of a conversation counts, here as in the compacted topic."""

    def __init__(self, inbox: Inbox, secret: bytes, clock: Callable[[], float]) -> None:
        self._inbox, self._secret, self._clock = inbox, secret, clock
        self._salts: dict[str, str] = {}
        self._making: dict[str, asyncio.Task[str]] = {}
        self.caught_up = asyncio.Event()

    async def masked(self, message: InboundMessage) -> InboundMessage:
        """The message with placeholders and what they stand for, sealed; its key is in Kafka before it.

        What the sender says about placeholders is not believed. Raises Unavailable where no key can be made.
        """
        masked = mask(message.text)
        if not masked.found:
            return msgspec.structs.replace(message, personal={}) if message.personal else message
        conversation = message.conversation_id
        key = key_of(self._secret, await self._salt(conversation), conversation)
        held = sealed(masked.values, key, conversation)
        return msgspec.structs.replace(message, text=masked.text, personal=held)

    def filled(self, reply: Reply) -> Reply:
        """The reply as its person is to read it; placeholders whose key is gone stay."""
        if not reply.personal:
            return reply
        conversation = reply.conversation_id
        salt = self._salts.get(conversation)
        values = opened(reply.personal, key_of(self._secret, salt, conversation), conversation) if salt else {}
        return msgspec.structs.replace(reply, text=fill(reply.text, values), personal={})

    def key_changed(self, key: ConversationKey) -> None:
        """A key was made, here or by another gateway, or deleted."""
        if key.salt:
            self._salts[key.conversation_id] = key.salt
        else:
            self._salts.pop(key.conversation_id, None)

    async def _salt(self, conversation_id: str) -> str:
        if not self.caught_up.is_set():
            await self._read()
        if conversation_id in self._salts:
            return self._salts[conversation_id]
        if conversation_id not in self._making:
            task = asyncio.create_task(self._made(conversation_id))
            self._making[conversation_id] = task
            task.add_done_callback(lambda _: self._making.pop(conversation_id, None))
        return await asyncio.shield(self._making[conversation_id])

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.caught_up.wait()
        except TimeoutError:
            raise Unavailable("the keys to personal data are still being read; send it again in some seconds") from None

    async def _made(self, conversation_id: str) -> str:
        salt = secrets.token_hex(SALT_BYTES)
        key = ConversationKey(conversation_id=conversation_id, salt=salt, occurred_at=times.rfc3339(self._clock()))
        await self._inbox.append(KEYS, KEYS.key_of(key), codec.encode(key))
        return self._salts.setdefault(conversation_id, salt)
