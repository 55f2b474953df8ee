"""A real Kafka broker for tests: the embedded one, a process of its own on free ports, that a test may kill."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.servers.ports import free_port

JARS = Path(sys.prefix, "share", "kefu", "jars", "kafka")
_START_SECONDS = 100.0
_STOP_SECONDS = 15.0


@dataclass
class Broker:
    """A broker on its folder; it keeps its address over a restart. Its log is in ``folder/broker.log``."""

    folder: Path
    partitions: int = 12
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(self._command(), stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + _START_SECONDS
        while not answers(self.bootstrap):
            assert self.process.poll() is None and time.monotonic() < deadline, self.said()

    def kill(self) -> None:
        """kill -9: no flush, no farewell."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stops it as a supervisor would; its exit code."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def restart(self) -> None:
        self.kill()
        self.start()

    def said(self) -> str:
        return (self.folder / "broker.log").read_text(errors="replace")

    def _command(self) -> list[str]:
        where = ["--data", str(self.folder), "--listen", self.bootstrap, "--jars", str(JARS)]
        return [sys.executable, "-m", "infra.kafka", *where, "--partitions", str(self.partitions)]


@contextmanager
def running(folder: Path, partitions: int = 12) -> Iterator[Broker]:
    """A running broker that the test may kill and restart."""
    server = Broker(folder, partitions)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@contextmanager
def broker(folder: Path, partitions: int = 12) -> Iterator[str]:
    """A running broker; gives its bootstrap address, such as ``127.0.0.1:43210``."""
    with running(folder, partitions) as server:
        yield server.bootstrap


def answers(bootstrap: str) -> bool:
    """Whether a broker tells its metadata within a second."""
    try:
        AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(timeout=1)
    except KafkaException:
        return False
    return True
