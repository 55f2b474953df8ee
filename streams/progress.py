"""How far each partition has been worked through: what may be committed, and what must not be worked on again."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """A topic's partition."""

    topic: str
    partition: int


@dataclass(slots=True)
class Span:
    """Offsets from ``first`` up to, not including, ``next``."""

    first: int
    next: int
    open: bool = True


@dataclass(slots=True)
class Progress:
    """Spans of offsets that were begun, in order.

    ``floor`` is the next offset to work on in this assignment; ``committable`` never passes an unfinished span.
    """

    _spans: dict[Place, deque[Span]] = field(default_factory=dict)
    _floor: dict[Place, int] = field(default_factory=dict)
    _handed: dict[Place, int] = field(default_factory=dict)
    _committed: dict[Place, int] = field(default_factory=dict)
    finished: int = 0

    def assigned(self, committed: Mapping[Place, int]) -> None:
        """An assignment begins, with what its group has committed; what lies below is not worked on."""
        self.forget()
        self._floor.update(committed)
        self._committed.update(committed)

    def floor(self, place: Place) -> int:
        return self._floor.get(place, 0)

    def hand_over(self, place: Place, after: int) -> None:
        """Records below ``after`` were given to an agent."""
        self._handed[place] = after

    def waiting(self, place: Place) -> int:
        """Offsets that an agent was given and has not begun."""
        return max(self._handed.get(place, 0) - self.floor(place), 0)

    def idle(self) -> bool:
        """Whether all that was handed over has been begun."""
        return not any(map(self.waiting, self._handed))

    def begin(self, place: Place, first: int, after: int) -> Span:
        """Offsets ``first`` up to, not including, ``after`` are being worked on."""
        span = Span(first, after)
        self._spans.setdefault(place, deque()).append(span)
        self._floor[place] = after
        return span

    def finish(self, span: Span) -> None:
        span.open = False
        self.finished += 1

    def worked(self) -> int:
        """A number that changes whenever work is begun or finished."""
        return self.finished + sum(self._floor.values())

    def committable(self) -> dict[Place, int]:
        """The offsets that may be committed now and were not before."""
        return {
            place: offset for place in self._spans if (offset := self._safe(place)) > self._committed.get(place, -1)
        }

    def committed(self, offsets: Mapping[Place, int]) -> None:
        self._committed.update(offsets)

    def standing(self, place: Place) -> int:
        """The offset that the group has for a place, or the beginning."""
        return self._committed.get(place, 0)

    def forget(self) -> None:
        """The assignment ended."""
        self._spans.clear()
        self._floor.clear()
        self._handed.clear()
        self._committed.clear()

    def _safe(self, place: Place) -> int:
        spans = self._spans[place]
        while len(spans) > 1 and not spans[0].open:
            spans.popleft()
        return spans[0].first if spans[0].open else spans[0].next
