"""What a person said, on its way into chat.inbound: checked, completed, masked, appended."""

import msgspec

from schemas import codec, times
from schemas.codec import Origin
from schemas.errors import Rejected
from schemas.messages import InboundMessage
from schemas.topics import INBOUND
from streams.gateway.keys import Claim
from streams.gateway.ports import Inbox
from streams.gateway.vault import Vault

LONGEST_ID = 256
_IDS = ("message_id", "conversation_id", "tenant", "channel", "user_id")


def checked(message: InboundMessage, now: float) -> InboundMessage:
    """The message, when the dialogue agent would read it. Raises Rejected with what to change."""
    for name in _IDS:
        checked_id(name, getattr(message, name))
    codec.inbound(b"any", codec.encode(message), Origin(INBOUND.name, 0, 0, now))
    return message


def checked_id(name: str, text: str) -> None:
    if len(text) > LONGEST_ID:
        raise Rejected(f"{name} has {len(text)} characters; send at most {LONGEST_ID}")


def completed(message: InboundMessage, claim: Claim, now: float) -> InboundMessage:
    """The message with the ids and the time that its sender left out."""
    by_user = f"{message.channel}:{message.user_id}" if message.user_id else ""
    return msgspec.structs.replace(
        message,
        message_id=message.message_id or claim.id("msg"),
        conversation_id=message.conversation_id or by_user or claim.id("conv"),
        occurred_at=message.occurred_at or times.rfc3339(now),
    )


class Intake:
    """Appends messages. Personal data never gets past ``vault`` into anything durable."""

    def __init__(self, inbox: Inbox, vault: Vault) -> None:
        self._inbox, self._vault = inbox, vault

    async def take(self, message: InboundMessage) -> None:
        """Return once Kafka has the completed message. Raises Unavailable, Rejected when it is too large."""
        masked = await self._vault.masked(message)
        await self._inbox.append(INBOUND, INBOUND.key_of(masked), codec.encode(masked))
