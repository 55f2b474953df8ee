"""The shelf on disk, for states larger than memory: RocksDB, with where in the changelog it stands beside the states.

A record of the changelog that was here already comes again after a restart, the newest of a key last, and does no harm.
So the mark may lag, and must never lead: it is written in one piece with the states that make it true.

Keys: ``s`` partition key -> the state's value; ``w`` partition time key -> empty, where a state that came had its
first timer; ``m`` partition -> origin, mark, when it was noted. Partition as u32, time as f64, both big-endian.
"""

import itertools
import math
import struct
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from rocksdict import Rdict, WriteBatch

from schemas.errors import Misconfigured
from streams import rocks, state_frame
from streams.shelf import Log, Shelf

LAYOUT = 1
STALE_S = 6 * 3600.0
"""Seconds after which a mark is not read on from: the changelog drops the record that forgets a key after a day."""
AHEAD_S = 60.0
"""Seconds for which timers are looked up ahead."""

_time = struct.Struct(">d")


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Up to which offset of which log the states are here, and when that was so."""

    origin: str
    offset: int
    noted: float


def disk(folder: Path) -> Callable[[str], Shelf]:
    """Shelves in ``folder``, which belongs to one worker; each changelog gets a folder of its own there."""
    return lambda changelog: Disk(folder / changelog)


class Disk:
    """States in a RocksDB of their own; those of partitions that moved away stay, in case these come back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: Rdict | None = None
        self._prefixes: dict[int, bytes] = {}
        self._origins: dict[int, str] = {}

    def keep(self, partitions: Collection[int]) -> None:
        if self._opened is None:
            self._opened = _open(self._folder)
        self._prefixes = {known: prefix for known, prefix in self._prefixes.items() if known in partitions}

    def resume(self, partition: int, log: Log) -> int:
        origin, mark = f"{LAYOUT}:{log.origin}", self._mark(partition)
        self._prefixes[partition], self._origins[partition] = _prefix(b"s", partition), origin
        if mark is None or mark.origin != origin or not log.start <= mark.offset <= log.end:
            return self._start_afresh(partition, log.start)
        if mark.offset == log.end:
            self.update(partition, {}, mark.offset)
        elif time.time() - mark.noted > STALE_S:
            return self._start_afresh(partition, log.start)
        return mark.offset

    def _start_afresh(self, partition: int, offset: int) -> int:
        batch = WriteBatch(raw_mode=True)
        for kind in (b"s", b"w"):
            batch.delete_range(_prefix(kind, partition), _prefix(kind, partition + 1))
        self._note(batch, partition, offset)
        self._db.write(batch)
        return offset

    def get(self, partition: int, key: bytes) -> bytes | None:
        value: bytes | None = self._db.get(self._prefixes[partition] + key)
        return value

    def update(self, partition: int, values: Mapping[bytes, bytes | None], mark: int | None) -> None:
        prefix, batch = self._prefixes[partition], WriteBatch(raw_mode=True)
        for key, value in values.items():
            if value is None:
                batch.delete(prefix + key)
            else:
                batch.put(prefix + key, value)
                if value >= state_frame.TIMED and (at := state_frame.first_wake(value)) is not None:
                    batch.put(_prefix(b"w", partition) + _order(at) + key, b"")
        if mark is not None:
            self._note(batch, partition, mark)
        self._db.write(batch)

    def waking(self, partition: int, now: float) -> tuple[Iterable[tuple[bytes, float]], float]:
        """Timers that have changed since they were written are found out here, and dropped."""
        until, prefix = now + AHEAD_S, _prefix(b"w", partition)
        if until < 0:
            return [], -math.inf
        found, gone = [], WriteBatch(raw_mode=True)
        for entry in self._keys(prefix, prefix + _order(until)):
            at, key = entry[len(prefix) : len(prefix) + _time.size], entry[len(prefix) + _time.size :]
            first = state_frame.first_wake(self.get(partition, key))
            if first is not None and _order(first) == at:
                found.append((key, first))
            else:
                gone.delete(entry)
        self._db.write(gone)
        return found, until

    def size(self) -> int:
        """How many keys have a state. They are counted one by one: seconds for a million."""
        return sum(1 for part in self._prefixes for _ in self._keys(_prefix(b"s", part), _prefix(b"s", part + 1)))

    @property
    def _db(self) -> Rdict:
        assert self._opened is not None, "keep comes first"
        return self._opened

    def _note(self, batch: WriteBatch, partition: int, offset: int) -> None:
        mark = Mark(self._origins[partition], offset, time.time())
        batch.put(_prefix(b"m", partition), msgspec.msgpack.encode(mark))

    def _mark(self, partition: int) -> Mark | None:
        noted = self._db.get(_prefix(b"m", partition))
        return None if noted is None else msgspec.msgpack.decode(noted, type=Mark)

    def _keys(self, first: bytes, end: bytes) -> Iterator[bytes]:
        keys: Iterator[Any] = self._db.keys(from_key=first)
        return itertools.takewhile(lambda key: key < end, keys)


def _prefix(kind: bytes, partition: int) -> bytes:
    return kind + partition.to_bytes(4, "big")


def _order(at: float) -> bytes:
    return _time.pack(max(at, 0.0))


def _open(folder: Path) -> Rdict:
    try:
        return rocks.opened(folder, cache_mib=64, buffer_mib=32)
    except Exception as problem:
        if rocks.in_use(problem):
            raise Misconfigured(
                f"the states in {folder} are in use by another process: give each worker a folder of its own "
                "(KEFU_HOME, KEFU_WORKER), or end the other one"
            ) from None
        raise Misconfigured(
            f"the states in {folder} cannot be opened ({problem}): remove the folder, they are read back from Kafka"
        ) from None
