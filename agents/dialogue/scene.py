"""What a step works in: the conversation, the desk as it is now, the time."""

import msgspec

from agents.dialogue.conversation import Conversation
from agents.dialogue.decide import Desk
from agents.dialogue.limits import Limits
from agents.ports import When
from schemas.topics import Send

Outcome = tuple[Conversation, list[Send]]
"""What a step leads to: the new state, and what is sent."""


class Scene(msgspec.Struct, frozen=True, gc=False):
    """Where and when a step happens."""

    conversation_id: str
    desk: Desk
    limits: Limits
    when: When
    secret: bytes = b""

    @property
    def now(self) -> float:
        return self.when.now
