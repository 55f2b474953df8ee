"""The processes of a start, written down so that nobody outlives it: neither this end nor the next start."""

import json
import os
import signal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

GRACE_S = 5.0
SUPERVISOR = "supervisor"


class Roster:
    """Name, pid and start time of each running process, in ``run/processes.json``."""

    def __init__(self, home: Path) -> None:
        self._path = home / "run" / "processes.json"

    def write(self, pids: Mapping[str, int]) -> None:
        entries = {name: [pid, started] for name, pid in pids.items() if (started := _started(pid)) is not None}
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(entries))
        fresh.replace(self._path)

    def alive(self) -> dict[str, psutil.Process]:
        """Those written down that still run; a pid that the system has given to another program is none of them."""
        try:
            entries = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return {name: psutil.Process(pid) for name, (pid, started) in entries.items() if _started(pid) == started}


def end(roster: Roster, *, first: str, grace_s: float) -> list[str]:
    """Ends what still runs: ``first`` with time to end the others, then the rest; the names of all that were found."""
    found = roster.alive()
    if supervisor := found.get(first):
        _signal([supervisor], signal.SIGTERM)
        psutil.wait_procs([supervisor], timeout=grace_s)
    rest = list(roster.alive().values())
    _signal(rest, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(rest, timeout=GRACE_S if rest else 0)
    _signal(stubborn, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=GRACE_S)
    return list(found)


def kill(roster: Roster) -> None:
    """Ends everything now."""
    _signal(roster.alive().values(), signal.SIGKILL)


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """To the process and to its group, which supervisord has made for it: Flink's Java is in its Python's."""
    for process in processes:
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            group = os.getpgid(process.pid)
            os.killpg(group, number) if group == process.pid else process.send_signal(number)


def _started(pid: int) -> float | None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return process.create_time()
    return None
