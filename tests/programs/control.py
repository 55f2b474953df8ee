"""Starts, kills, stops and supervises workers of tests.programs as processes."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from streams.delivery import Guarantee
from tests import topics

PATIENT_S, HASTY_S = 20.0, 6.0
"""Seconds of silence after which a worker's partitions go to another: more than a busy machine lets one wait, and, for
tests that wait for it, the least that a broker grants by default."""


@dataclass
class Counting:
    """Workers on the chats of ``source``, which they count or ask; each has a name that it keeps over restarts."""

    bootstrap: str
    source: str
    folder: Path
    nap: float = 0.0
    guarantee: Guarantee = "exactly_once"
    program: str = "counting"
    session_s: float = PATIENT_S
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    supervised: dict[str, threading.Thread] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def create_topics(self, config: dict[str, str] | None = None) -> None:
        names = self.source, f"{self.source}-more", f"{self.source}-out", f"dlq.{self.source}"
        topics.create(self.bootstrap, *names, config=config)
        topics.create(self.bootstrap, f"state.{self.source}.v1", config={"cleanup.policy": "compact"})

    def start(self, name: str = "w1", *, die: Sequence[str] = (), stalled_s: float = 60.0) -> None:
        arguments = [self.bootstrap, self.source, str(self.folder), name, self.guarantee, str(self.nap), *die]
        command = [sys.executable, "-m", f"tests.programs.{self.program}", *arguments]
        with (self.folder / f"{name}.log").open("ab") as log:
            environment = os.environ | {"STALLED_S": str(stalled_s), "SESSION_S": str(self.session_s)}
            self.running[name] = subprocess.Popen(command, stderr=log, stdout=log, env=environment)

    def supervise(self, name: str) -> None:
        """Start it, and again whenever it ends, as the supervisor of ``kefu up`` does."""
        self.start(name)
        self.supervised[name] = threading.Thread(target=self._keep, args=(name,), daemon=True)
        self.supervised[name].start()

    def kill(self, name: str = "w1") -> None:
        """kill -9; one that is supervised starts again."""
        process = self.running[name] if name in self.supervised else self.running.pop(name)
        process.kill()
        process.wait()

    def sleep(self, name: str) -> None:
        """SIGSTOP: it does nothing until ``wake``."""
        self.running[name].send_signal(signal.SIGSTOP)

    def wake(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGCONT)

    def died(self, name: str = "w1") -> int:
        """Wait until it has ended by itself; its exit code."""
        code = self.running[name].wait(60)
        del self.running[name]
        return code

    def stop(self, name: str = "w1") -> int:
        process = self.running[name]
        process.terminate()
        code = process.wait(30)
        del self.running[name]
        return code

    def end(self) -> None:
        """Nothing runs afterwards."""
        self.ended.set()
        for name, process in self.running.items():
            process.kill()
            process.wait()
            if name in self.supervised:
                self.supervised[name].join()

    def said(self, last: int = 0) -> str:
        """Everything that the workers logged, or the last so many characters of each."""
        return "\n".join(
            f"{file.name}: {file.read_text(errors='replace')[-last:]}" for file in self.folder.glob("*.log")
        )

    def _keep(self, name: str) -> None:
        while not self.ended.wait(0.05):
            if self.running[name].poll() is not None and not self.ended.wait(0.5):
                self.start(name)
        self.running[name].kill()
        self.running[name].wait()


@contextmanager
def counting(
    bootstrap: str,
    source: str,
    *,
    nap: float = 0.0,
    guarantee: Guarantee = "exactly_once",
    program: str = "counting",
    session_s: float = PATIENT_S,
    config: dict[str, str] | None = None,
    create: bool = True,
) -> Iterator[Counting]:
    """A set of workers on topics of their own; what still runs at the end is killed."""
    with tempfile.TemporaryDirectory(prefix="kefu-") as folder:
        workers = Counting(bootstrap, source, Path(folder), nap, guarantee, program, session_s)
        if create:
            workers.create_topics(config)
        try:
            yield workers
        except BaseException as problem:
            problem.add_note(f"what the workers said at last:\n{workers.said(3000)}")
            raise
        finally:
            workers.end()
