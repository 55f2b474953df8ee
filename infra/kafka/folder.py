"""The broker's folder: one broker at a time, formatted once, mended only where that loses nothing."""

import base64
import fcntl
import os
import shutil
import subprocess
import uuid
from enum import Enum
from pathlib import Path

from infra.kafka.config import Broker
from infra.kafka.java import format_command
from infra.kafka.refused import Refused

METADATA = "__cluster_metadata-0"
IDENTITY = "meta.properties"


class State(Enum):
    """What a folder of logs is, as far as its files tell."""

    EMPTY = "empty"
    HALF_FORMATTED = "half formatted, and without any record"
    FORMATTED = "formatted"
    WITHOUT_IDENTITY = "holds records, but its meta.properties is missing or damaged"
    WITHOUT_METADATA = f"holds records, but its {METADATA} is missing"


def state(log: Path) -> State:
    """Kafka drops topics that its metadata does not know, so records without metadata must not be started on."""
    records = any(path.stat().st_size for path in log.glob("*/*.log") if path.parent.name != METADATA)
    if _has_identity(log / IDENTITY):
        return State.FORMATTED if (log / METADATA).is_dir() or not records else State.WITHOUT_METADATA
    if records:
        return State.WITHOUT_IDENTITY
    return State.HALF_FORMATTED if log.is_dir() and any(log.iterdir()) else State.EMPTY


def lock(folder: Path) -> int:
    """Locks the folder until this process, and what it executes itself into, has ended; answers the open file."""
    handle = os.open(folder / "broker.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(handle, 32).decode().strip() or "unknown"
        os.close(handle)
        raise Refused(
            f"another broker (pid {pid}) works in {folder}: stop it, or set KEFU_HOME to another folder"
        ) from None
    os.truncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    os.set_inheritable(handle, True)
    return handle


def ensure_formatted(broker: Broker) -> None:
    """Formats a folder that is new or half formatted. Raises Refused where records would be lost."""
    found = state(broker.log)
    if found in (State.WITHOUT_IDENTITY, State.WITHOUT_METADATA):
        raise Refused(
            f"{broker.log} {found.value}: put the missing file back from a copy, "
            "or start empty by moving the folder away (`make clean-state` removes it)"
        )
    if found is State.HALF_FORMATTED:
        shutil.rmtree(broker.log)
    if found is not State.FORMATTED:
        _format(broker)


def _format(broker: Broker) -> None:
    done = subprocess.run(  # noqa: S603 - our own command line
        format_command(broker, _cluster_id()), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise Refused(f"the folder {broker.log} cannot be formatted: {reason}")


def _cluster_id() -> str:
    """A random id as Kafka writes them: 16 bytes in base64 for addresses, not beginning with a dash."""
    text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return text if not text.startswith("-") else _cluster_id()


def _has_identity(path: Path) -> bool:
    try:
        names = {line.partition("=")[0].strip() for line in path.read_text(errors="replace").splitlines()}
    except FileNotFoundError:
        return False
    return {"version", "cluster.id", "node.id"} <= names
