"""The timers of a conversation follow from its state: what changed between two states is set, moved or taken back."""

import msgspec

from agents.dialogue.conversation import Conversation
from agents.ports import Wake

ANSWER, BURST, PERSON, FORGET = "answer", "burst", "person", "forget"
"""An answer is given up, a burst is over, a person is not waited for any more, the memory is over."""
_KINDS = (ANSWER, BURST, PERSON, FORGET)
STEPS = 64
"""Parts of a memory's length in which its end moves: it is not written anew with every message."""


def wakes(before: Conversation, after: Conversation, fired: str = "") -> list[Wake]:
    """What is set, moved or taken back; a timer that has ``fired`` is set no more."""
    was, now = _times(before), _times(after)
    if was == now and not fired:
        return []
    return [
        Wake(at, what) for what, at, old in zip(_KINDS, now, was, strict=True) if at != (None if what == fired else old)
    ]


def lasting(state: Conversation, now: float, memory: float) -> Conversation:
    """The state with the time at which it is forgotten where nothing happens any more."""
    grain = max(int(memory / STEPS), 1)
    expires = -int(-(now + memory) // grain) * grain
    return state if expires == state.expires else msgspec.structs.replace(state, expires=expires)


def _times(state: Conversation) -> tuple[float | None, ...]:
    """When each of the kinds is due, in their order."""
    return (
        state.pending.until if state.pending is not None else None,
        state.gathered.until if state.gathered is not None else None,
        state.handed.until if state.handed is not None else None,
        float(state.expires) if state.expires else None,
    )
