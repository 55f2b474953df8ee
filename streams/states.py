"""State by key: on a shelf in memory or on disk, and in a compacted changelog topic from which it is read back."""

import asyncio
import math
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

from agents.ports import LARGEST_EVENT, Kept, TooLarge
from schemas.errors import Misconfigured
from streams import state_frame
from streams.changelog import Changelog, Wanted
from streams.read_back import ReadBack
from streams.shelf import Log, Memory, Shelf
from streams.timers import Due, Timers

__all__ = ["Due", "States"]

WARM = 10_000
"""States that are kept decoded after they were settled."""

Entry = tuple[Kept[Any], bytes | None]
"""A state, decoded and encoded; None for one that is forgotten."""


class States:
    """The states of one agent, one table per partition.

    ``put`` changes them here, ``take`` gives what changed since the last ``settle`` for a commit, ``settle`` says that
    the commit stands: only then it comes to the shelf. ``shelf`` makes the shelf for a changelog's name.
    ``silence_s``: seconds without an answer after which the broker is given up.
    """

    def __init__(
        self,
        bootstrap: str,
        changelog: str,
        state: type[Any],
        shelf: Callable[[str], Shelf] = lambda _: Memory(),
        silence_s: float = 30.0,
    ) -> None:
        self.changelog = changelog
        self.opened = False
        self._log = Changelog(bootstrap, changelog, silence_s)
        self._shelf = shelf(changelog)
        self._empty: Kept[Any] = Kept(state())
        self._decode = state_frame.decoder(state)
        self._changed: dict[int, dict[bytes, Entry]] = {}
        self._taken: dict[int, dict[bytes, Entry]] = {}
        self._marks: dict[int, int] = {}
        self._warm: dict[tuple[int, bytes], Kept[Any]] = {}
        self._timers = Timers()
        self._looked_to = math.inf
        self._reading = threading.Lock()

    def get(self, partition: int, key: bytes) -> Kept[Any]:
        """The state of a key; the empty state where there is none. Raises Misconfigured when it cannot be read."""
        entry = self._changed[partition].get(key) or self._taken[partition].get(key)
        if entry is not None:
            return entry[0]
        warm = self._warm.get((partition, key))
        if warm is not None:
            return warm
        stored = self._shelf.get(partition, key)
        try:
            return self._empty if stored is None else self._decode(stored)
        except state_frame.UNREADABLE as problem:
            raise Misconfigured(
                f"{self.changelog}-{partition} holds a state under key {key!r:.80} that this version cannot read "
                f"({problem}): run the version that wrote it, or write an empty value under that key to forget it"
            ) from None

    def put(self, partition: int, key: bytes, kept: Kept[Any]) -> None:
        """Change a state. Raises TooLarge, and leaves it as it was, where the changelog would not take it."""
        value = state_frame.encode(kept)
        if len(key) + len(value) > LARGEST_EVENT:
            raise TooLarge(f"a state of {len(key) + len(value)} bytes is larger than {self.changelog} takes")
        self._changed[partition][key] = kept, value
        if kept.wakes:
            self._expect(partition, key, kept)

    def forget(self, partition: int, key: bytes) -> None:
        """Take a state out, with its timers: the changelog gets an empty value, which its compaction removes too."""
        self._changed[partition][key] = self._empty, None

    def take(self) -> list[tuple[int, bytes, bytes | None]]:
        """(partition, key, value) of every key that changed since the last ``settle``, for the changelog."""
        self._marks |= self._log.decided()
        self._log.ask_decided(self._changed)
        for partition, changed in self._changed.items():
            self._taken[partition].update(changed)
            changed.clear()
        return [
            (partition, key, value) for partition, taken in self._taken.items() for key, (_, value) in taken.items()
        ]

    def settle(self) -> None:
        """What ``take`` gave is committed: from now on it is on the shelf.

        The commit stands, so nobody but us wrote before it: what was decided when it began had been taken, and with
        this it is on the shelf. That is the mark.
        """
        marks, self._marks = self._marks, {}
        if len(self._warm) > WARM:
            self._warm.clear()
        for partition, taken in self._taken.items():
            if taken or partition in marks:
                values = {key: value for key, (_, value) in taken.items()}
                self._shelf.update(partition, values, marks.get(partition))
                self._warm.update({(partition, key): kept for key, (kept, _) in taken.items()})
                taken.clear()

    def due(self, now: float, limit: int = 100) -> list[Due]:
        """Timers whose time has come at ``now``, seconds since the epoch, the earliest first.

        Each is given until a ``put`` takes it out of its state, or moves it.
        """
        if not self.opened:
            return []
        if now >= self._looked_to:
            self._look_ahead(self._changed, now)
        return self._timers.due(now, limit, self._wakes)

    def size(self) -> int:
        """How many keys have a settled state here."""
        return self._shelf.size()

    def close(self) -> None:
        """The assignment ended: nothing may be worked on before ``open``, and what is not settled is forgotten."""
        self.opened = False
        self._changed, self._taken = {}, {}
        self._warm.clear()
        self._marks = {}
        self._log.forget_decided()

    async def open(self, partitions: Collection[int], wanted: Wanted = lambda: True) -> None:
        """Bring the tables of exactly these partitions up to the end of the changelog; after ``close``.

        Ends quietly, not ``opened``, within some 0.2 s once ``wanted`` (called from another thread) says no. Raises
        Unavailable where the broker does not answer, Misconfigured where the shelf cannot be used.
        """
        self.close()
        left = threading.Event()

        def still_wanted() -> bool:
            return not left.is_set() and wanted()

        try:
            loop = asyncio.get_running_loop()
            done = await loop.run_in_executor(None, self._bring_up, sorted(partitions), still_wanted)
        finally:
            left.set()
        if done:
            self._changed = {partition: {} for partition in partitions}
            self._taken = {partition: {} for partition in partitions}
            self.opened = True

    def _bring_up(self, partitions: Collection[int], wanted: Wanted) -> bool:
        with self._reading:
            if not wanted():
                return False
            self._timers.clear()
            self._shelf.keep(partitions)
            logs = self._log.logs(partitions, wanted) if partitions else {}
            if logs is None or not self._read_back(logs, wanted):
                return False
            self._look_ahead(partitions, -math.inf)
            return True

    def _read_back(self, logs: Mapping[int, Log], wanted: Wanted) -> bool:
        starts = {partition: self._shelf.resume(partition, log) for partition, log in logs.items()}
        ends = {partition: log.end for partition, log in logs.items()}
        return ReadBack(self._log, starts, ends, self._shelf.update).run(wanted)

    def _wakes(self, partition: int, key: bytes) -> Mapping[str, float]:
        entry = self._changed[partition].get(key) or self._taken[partition].get(key)
        return state_frame.wakes(self._shelf.get(partition, key)) if entry is None else entry[0].wakes

    def _expect(self, partition: int, key: bytes, kept: Kept[Any]) -> None:
        """Later ones are found when the time has come up to which we have looked ahead."""
        first = min(kept.wakes.values(), default=math.inf)
        if first < self._looked_to:
            self._timers.add(partition, key, first)

    def _look_ahead(self, partitions: Collection[int], now: float) -> None:
        looked_to = math.inf
        for partition in partitions:
            firsts, until = self._shelf.waking(partition, now)
            for key, at in firsts:
                self._timers.add(partition, key, at)
            looked_to = min(looked_to, until)
        self._looked_to = looked_to
        for tables in (self._changed, self._taken):
            for partition, entries in tables.items():
                for key, (kept, _) in entries.items():
                    self._expect(partition, key, kept)
