"""Where settled states stand: what States needs of it, and the shelf in memory."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from streams import state_frame

AHEAD_S = 3600.0
"""Seconds for which timers are looked up ahead: looking takes some tenth of a second for a million states."""


@dataclass(frozen=True, slots=True)
class Log:
    """A changelog partition as the broker has it: its identity, its first offset, and the one after its last."""

    origin: str
    start: int
    end: int


class Shelf(Protocol):
    """Encoded states by partition and key. A partition that was not resumed is a KeyError."""

    def keep(self, partitions: Collection[int]) -> None:
        """Let go of all other partitions. Raises Misconfigured where the place cannot be used."""

    def resume(self, partition: int, log: Log) -> int:
        """The offset to read on from. What comes from another log, or from beyond the end of this one, is forgotten."""

    def get(self, partition: int, key: bytes) -> bytes | None: ...

    def update(self, partition: int, values: Mapping[bytes, bytes | None], mark: int | None) -> None:
        """Take over new values (None forgets the key). With them, all from before offset ``mark`` is here."""

    def waking(self, partition: int, now: float) -> tuple[Iterable[tuple[bytes, float]], float]:
        """Keys with the time of their first timer; and the time up to which these are all that there are."""

    def size(self) -> int:
        """How many keys have a state."""


class Memory:
    """In memory: a dictionary per partition."""

    def __init__(self) -> None:
        self._tables: dict[int, dict[bytes, bytes]] = {}
        self._origins: dict[int, str] = {}
        self._marks: dict[int, int] = {}

    def keep(self, partitions: Collection[int]) -> None:
        for partition in [known for known in self._tables if known not in partitions]:
            del self._tables[partition], self._origins[partition], self._marks[partition]

    def resume(self, partition: int, log: Log) -> int:
        if self._origins.get(partition) != log.origin or not log.start <= self._marks[partition] <= log.end:
            self._tables[partition], self._origins[partition], self._marks[partition] = {}, log.origin, log.start
        return self._marks[partition]

    def get(self, partition: int, key: bytes) -> bytes | None:
        return self._tables[partition].get(key)

    def update(self, partition: int, values: Mapping[bytes, bytes | None], mark: int | None) -> None:
        table = self._tables[partition]
        table.update(values)  # type: ignore[arg-type]
        for key in [key for key, value in values.items() if value is None]:
            del table[key]
        if mark is not None:
            self._marks[partition] = mark

    def waking(self, partition: int, now: float) -> tuple[Iterable[tuple[bytes, float]], float]:
        until = now + AHEAD_S
        return (state_frame.due_until(self._tables[partition].items(), until), until) if until > 0 else ([], -math.inf)

    def size(self) -> int:
        return sum(map(len, self._tables.values()))
