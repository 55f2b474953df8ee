"""When each article of a shelf is valid, and to which domain it belongs, as columns by slot."""

from array import array
from bisect import bisect_right
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from schemas import times
from schemas.operations import Article

_ALWAYS = (-float("inf"), float("inf"))


class Validity:
    """Columns by slot: valid from a time on, before a time; the domain as a number."""

    def __init__(self) -> None:
        self._begins, self._ends, self._domains = array("d"), array("d"), array("q")
        self._names: dict[str, int] = {}
        self._limited: set[int] = set()
        self._turns: list[float] | None = None
        self._hidden: tuple[int, list[int]] | None = None

    def put(self, slot: int, article: Article) -> None:
        """Note an article's times and domain. Raises ValueError for a time that is none."""
        begin, end = span(article)
        if slot == len(self._begins):
            self._begins.append(0.0)
            self._ends.append(0.0)
            self._domains.append(0)
        self._begins[slot], self._ends[slot] = begin, end
        self._domains[slot] = self._names.setdefault(article.domain, len(self._names))
        if (begin, end) != _ALWAYS:
            self._limited.add(slot)
            self._turns = self._hidden = None

    def clear(self, slot: int) -> None:
        """Free a slot."""
        if slot in self._limited:
            self._limited.discard(slot)
            self._turns = self._hidden = None

    def period(self, at: float | None) -> int:
        """Which of the spans of time, in each of which the same articles are valid, ``at`` lies in; None: -1."""
        if at is None:
            return -1
        if self._turns is None:
            self._turns = sorted(turn for slot in self._limited for turn in (self._begins[slot], self._ends[slot]))
        return bisect_right(self._turns, at)

    def hide(self, scores: NDArray[np.float64], at: float | None, domains: Collection[str]) -> None:
        """Set the scores of the slots that are not wanted to 0."""
        if at is not None and self._limited:
            scores[self._invalid(at)] = 0.0
        if domains:
            known = [number for name in domains if (number := self._names.get(name)) is not None]
            scores[~np.isin(np.frombuffer(self._domains, np.int64), known)] = 0.0

    def _invalid(self, at: float) -> list[int]:
        """The slots of the articles that are not valid at a time; they are the same for the whole of its period."""
        period = self.period(at)
        if self._hidden is None or self._hidden[0] != period:
            slots = [slot for slot in self._limited if not self._begins[slot] <= at < self._ends[slot]]
            self._hidden = period, slots
        return self._hidden[1]


def span(article: Article) -> tuple[float, float]:
    """From when, in seconds since the epoch, and until before when an article is valid. Raises ValueError."""
    begin = times.seconds(article.valid_from) if article.valid_from else _ALWAYS[0]
    end = times.seconds(article.valid_until) if article.valid_until else _ALWAYS[1]
    return begin, end
