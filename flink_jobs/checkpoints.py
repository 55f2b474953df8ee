"""Where a job left off: the newest checkpoint that is complete, and a folder that one copy at a time works in."""

import fcntl
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from schemas.errors import Misconfigured

ORPHAN_SECONDS = 15.0
"""How long a Java process whose parent was killed may take to notice: PyFlink's watchdog takes 2 s."""


@dataclass(frozen=True, slots=True)
class Past:
    """The folder of a job's checkpoints and the newest of them, if there is one."""

    folder: Path
    newest: Path | None


def prepared(folder: Path, name: str) -> Past:
    """What ``folder`` keeps for the job called ``name``; all else in it is removed."""
    own = folder / name
    own.mkdir(parents=True, exist_ok=True)
    newest = latest(own)
    _sweep(folder, keep=own)
    _sweep(own, keep=newest.parent if newest else None)
    return Past(own, newest)


def latest(folder: Path) -> Path | None:
    """The newest checkpoint below ``folder`` (``<job id>/chk-<n>``); `_metadata` appears when it is whole."""
    complete = max(folder.glob("*/chk-*/_metadata"), key=_ended, default=None)
    return complete.parent if complete else None


def _ended(metadata: Path) -> int:
    try:
        return metadata.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _sweep(folder: Path, *, keep: Path | None) -> None:
    for left in folder.iterdir():
        if left != keep:
            shutil.rmtree(left, ignore_errors=True)


def claim(state: Path) -> int:
    """Lock ``state`` for this process and return the lock's descriptor. Raises Misconfigured while another has it."""
    state.mkdir(parents=True, exist_ok=True)
    lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Misconfigured(f"another copy of the job works in {state}; stop it or name another --state") from None
    return lock


def await_orphan(pid_file: Path) -> None:
    """Wait for the Java process of a run that was killed: two would delete each other's checkpoints."""
    orphan = _java(pid_file)
    deadline = time.monotonic() + ORPHAN_SECONDS
    while orphan and orphan.is_running() and time.monotonic() < deadline:
        time.sleep(0.1)
    if orphan and orphan.is_running():
        orphan.kill()


def _java(pid_file: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int(pid_file.read_text()))
        return process if "PythonGatewayServer" in " ".join(process.cmdline()) else None
    except (OSError, ValueError, psutil.Error):
        return None
