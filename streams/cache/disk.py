"""Last level of the answer cache: RocksDB in a folder of this worker. What it loses is only asked again."""

import contextlib
import logging
import shutil
from pathlib import Path

from streams import rocks

log = logging.getLogger("kefu.cache")

ENTRIES = 10_000_000
PARTS = 16
"""Where there are too many, one in so many is dropped: keys are hashes, so a range of them is a fair sample."""


class Disk:
    """Entries that outlive the process; old ones go by themselves. Implements agents.cache.answers.Level.

    A write is in the log of the database before it returns to the next: kill -9 loses no more than the last ones, and
    never half of one. An error of the disk counts as a miss, and is said once.
    """

    name = "disk"

    def __init__(self, folder: Path, *, keep_s: float, entries: int = ENTRIES) -> None:
        self._opened = rocks.opened(folder, cache_mib=16, buffer_mib=8, keep_s=keep_s)
        self._entries = entries
        self._count = int(self._opened.property_int_value("rocksdb.estimate-num-keys") or 0)
        self._turn = 0
        self._said = False

    def get(self, key: bytes) -> bytes | None:
        try:
            value: bytes | None = self._opened.get(key)
        except Exception as problem:
            self._say(problem)
            return None
        return value

    def put(self, key: bytes, value: bytes) -> None:
        try:
            self._opened.put(key, value)
            self._count += 1
            if self._count > self._entries:
                self._thin_out()
        except Exception as problem:
            self._say(problem)

    def drop(self, key: bytes) -> None:
        try:
            self._opened.delete(key)
        except Exception as problem:
            self._say(problem)

    def size(self) -> int:
        """How many entries there are at most: what was written again counts twice until the next start."""
        return self._count

    def close(self) -> None:
        self._opened.close()

    def _thin_out(self) -> None:
        """Drop the next part of the keys, in turn."""
        width = 256 // PARTS
        first, after = self._turn * width, (self._turn + 1) * width
        self._opened.delete_range(bytes((first,)), bytes((after,)) if after < 256 else b"\xff" * 17)
        self._turn = (self._turn + 1) % PARTS
        self._count -= self._count // PARTS

    def _say(self, problem: Exception) -> None:
        if not self._said:
            log.warning("the answer cache on disk is left out: %s; look at the disk of KEFU_HOME", problem)
        self._said = True


def open_disk(folder: Path, *, keep_s: float, entries: int = ENTRIES) -> Disk | None:
    """The level in ``folder``: begun anew where it cannot be read, left out where another process has it."""
    with contextlib.suppress(_Broken):
        return _tried(folder, keep_s, entries)
    log.warning("the answer cache in %s cannot be read and is begun anew", folder)
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(_Broken):
        return _tried(folder, keep_s, entries)
    log.warning("the answer cache in %s cannot be written and is left out", folder)
    return None


class _Broken(Exception):
    """The database cannot be opened."""


def _tried(folder: Path, keep_s: float, entries: int) -> Disk | None:
    try:
        return Disk(folder, keep_s=keep_s, entries=entries)
    except Exception as problem:
        if not rocks.in_use(problem):
            raise _Broken from problem
    log.warning("the answer cache in %s is in use by another process and left out; give each worker its own", folder)
    return None
