"""The mood of a conversation: how its messages' scores run, kept in its state."""

import msgspec

NOW_WEIGHT = 0.7
FALL = 0.2
ENOUGH = 2


class Mood(msgspec.Struct, frozen=True):
    """``mean`` is that of all scores so far, ``now`` one in which the latest weighs seven tenths.

    ``lowest`` is the worst of them, ``seen`` their number, ``low`` how many were below 0 in a row at the end.
    """

    mean: float = 0.0
    now: float = 0.0
    lowest: float = 0.0
    seen: int = 0
    low: int = 0

    @property
    def falling(self) -> bool:
        """Whether the latest messages, more than one, are bad, and clearly worse than the conversation has been."""
        return self.low >= ENOUGH and self.now <= self.mean - FALL

    @property
    def rising(self) -> bool:
        """Whether the latest messages are clearly better than the conversation has been."""
        return self.seen >= ENOUGH and self.now >= self.mean + FALL


def step(mood: Mood, score: float) -> Mood:
    """The mood after one more message with ``score`` in [-1, 1]."""
    seen = mood.seen + 1
    now = score if seen == 1 else mood.now + (score - mood.now) * NOW_WEIGHT
    low = mood.low + 1 if score < 0 else 0
    return Mood(mood.mean + (score - mood.mean) / seen, now, min(mood.lowest, score), seen, low)
