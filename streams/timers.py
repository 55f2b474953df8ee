"""Which timers are due: a heap of hints, one per key, each checked against its state when the time comes."""

import heapq
from collections.abc import Callable, Mapping, Sequence

import msgspec

Wakes = Callable[[int, bytes], Mapping[str, float]]
"""From partition and key to the timers that the state has now."""


class Due(msgspec.Struct, frozen=True, gc=False):
    """A timer whose time has come: partition and key of its state, its name, when it was due (seconds since epoch)."""

    partition: int
    key: bytes
    what: str
    at: float


class Timers:
    """When to look at which key. A timer that was moved later or taken back since then is found out by the look."""

    def __init__(self) -> None:
        self._hints: list[tuple[float, int, bytes]] = []
        self._first: dict[tuple[int, bytes], float] = {}

    def add(self, partition: int, key: bytes, at: float) -> None:
        """Look at a key at a time, unless it is looked at before."""
        known = self._first.get((partition, key))
        if known is None or at < known:
            self._first[partition, key] = at
            heapq.heappush(self._hints, (at, partition, key))

    def clear(self) -> None:
        self._hints.clear()
        self._first.clear()

    def due(self, now: float, limit: int, wakes: Wakes) -> list[Due]:
        """At most ``limit`` timers whose time has come, the earliest first; they stay due until their states change."""
        hints, found = self._hints, list[Due]()
        looked: dict[tuple[int, bytes], float] = {}
        while hints and _asked_for(hints[0][0], now, found, limit):
            at, partition, key = heapq.heappop(hints)
            if self._first.get((partition, key)) == at:
                del self._first[partition, key]
                timers = wakes(partition, key)
                found += [Due(partition, key, what, when) for what, when in timers.items() if when <= now]
                if timers:
                    looked[partition, key] = min(timers.values())
        for (partition, key), first in looked.items():
            self.add(partition, key, first)
        return sorted(found, key=_order)[:limit]


def _order(due: Due) -> tuple[float, int, bytes, str]:
    return due.at, due.partition, due.key, due.what


def _asked_for(at: float, now: float, found: Sequence[Due], limit: int) -> bool:
    return at <= now if len(found) < limit else at < sorted(due.at for due in found)[limit - 1]
