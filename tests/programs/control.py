"""Starts, kills and stops the counting worker as processes."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.topics import create


@dataclass
class Counting:
    """Workers that count the chats of ``source``; each has a name that it keeps over restarts."""

    bootstrap: str
    source: str
    folder: Path
    nap: str = "0"
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def create_topics(self) -> None:
        create(self.bootstrap, self.source, f"{self.source}-out", f"dlq.{self.source}")
        create(self.bootstrap, f"state.{self.source}.v1", config={"cleanup.policy": "compact"})

    def start(self, name: str = "w1") -> None:
        arguments = [self.bootstrap, self.source, str(self.folder), name, self.nap]
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "tests.programs.counting", *arguments], stderr=log, stdout=log
        )
        log.close()

    def kill(self, name: str = "w1") -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str = "w1") -> int:
        process = self.running.pop(name)
        process.terminate()
        return process.wait(20)

    def said(self) -> str:
        return "\n".join(file.read_text(errors="replace") for file in self.folder.glob("*.log"))


@contextmanager
def counting(bootstrap: str, source: str, *, nap: float = 0.0) -> Iterator[Counting]:
    """A set of workers on topics of their own; what still runs at the end is killed."""
    with tempfile.TemporaryDirectory(prefix="kefu-") as folder:
        workers = Counting(bootstrap, source, Path(folder), str(nap))
        workers.create_topics()
        try:
            yield workers
        finally:
            for name in list(workers.running):
                workers.kill(name)
