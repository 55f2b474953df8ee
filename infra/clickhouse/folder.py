"""The data folder: owned by one process at a time, and never taken for something that it is not."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.clickhouse.errors import Unusable

LOCK = "kefu.lock"
"""File in the folder that its owner holds locked; it holds the owner's process id."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Own the folder, made when missing, inside the block. Raises Unusable.

    The kernel drops the lock with its process, so that one left behind by a kill is taken over.
    """
    try:
        file = _opened(folder)
    except OSError as problem:
        reason = problem.strerror
        raise Unusable(f"{folder} is not writable ({reason}); change its owner or choose another --data") from None
    try:
        _lock(folder, file)
        _check_whole(folder)
        yield
    finally:
        os.close(file)


def _opened(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / LOCK).exists() and any(folder.iterdir()):
        raise Unusable(f"{folder} holds other files; choose an empty folder or a new one as --data")
    return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock(folder: Path, file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.pread(file, 20, 0).decode(errors="replace").strip() or "unknown"
        raise Unusable(f"{folder} is in use by process {owner}; stop it or choose another --data") from None
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)


def _check_whole(folder: Path) -> None:
    # data/ has a link for each table; without the other two the engine would take the folder for an empty one.
    # The engine's own logs are there as well; they begin anew with each start.
    tables = any(link.parent.name != "system" for link in (folder / "data").glob("*/*"))
    missing = [part for part in ("metadata", "store") if tables and not (folder / part).is_dir()]
    if missing:
        raise Unusable(
            f"{folder} is half made: {missing[0]} is missing; restore it, or remove the folder to start empty"
        )
