"""How far each partition has been worked through: what may be committed, and what must not be worked on again."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """A topic's partition."""

    topic: str
    partition: int


@dataclass(slots=True)
class _Span:
    first: int
    next: int
    open: int


@dataclass(slots=True)
class Progress:
    """Spans of offsets that were begun, in order; a span is finished when all of its work is.

    ``floor`` is the next offset to work on in this assignment; ``safe`` never passes an unfinished span.
    """

    _spans: dict[Place, deque[_Span]] = field(default_factory=dict)
    _floor: dict[Place, int] = field(default_factory=dict)
    _handed: dict[Place, int] = field(default_factory=dict)
    _committed: dict[Place, int] = field(default_factory=dict)
    finished: int = 0

    def floor(self, place: Place) -> int:
        return self._floor.get(place, 0)

    def hand_over(self, place: Place, after: int) -> None:
        """Records below ``after`` were given to an agent."""
        self._handed[place] = after

    def waiting(self, place: Place) -> int:
        """Offsets that an agent was given and has not begun."""
        return max(self._handed.get(place, 0) - self.floor(place), 0)

    def begin(self, place: Place, first: int, after: int, pieces: int = 1) -> _Span:
        """Offsets ``first`` up to, not including, ``after`` are being worked on, in so many pieces."""
        span = _Span(first, after, pieces)
        self._spans.setdefault(place, deque()).append(span)
        self._floor[place] = after
        return span

    def finish(self, span: _Span) -> None:
        """One piece of the span is done."""
        span.open -= 1
        self.finished += 1

    def worked(self) -> int:
        """A number that changes whenever work is begun or finished."""
        return self.finished + sum(self._floor.values())

    def committable(self) -> dict[Place, int]:
        """The offsets that may be committed now and were not before."""
        return {
            place: offset for place in self._spans if (offset := self._safe(place)) > self._committed.get(place, -1)
        }

    def committed(self, offsets: dict[Place, int]) -> None:
        self._committed.update(offsets)

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
