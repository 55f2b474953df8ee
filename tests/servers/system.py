"""Everything of ``make run`` for tests: ``kefu up`` on free ports, whose processes may be killed."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.servers.ports import free_port

KEFU = Path(sys.executable).with_name("kefu")
READY_SECONDS = 180.0
STOP_SECONDS = 40.0


@dataclass
class System:
    """One copy of kefu. ``said`` are the lines that it printed."""

    folder: Path
    more: dict[str, str] = field(default_factory=dict)
    kafka: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    clickhouse: str = field(default_factory=lambda: f"http://127.0.0.1:{free_port()}")
    http: int = field(default_factory=free_port)
    business: str = field(default_factory=lambda: f"http://127.0.0.1:{free_port()}")
    said: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    listener: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "KEFU_HOME": str(self.folder),
            "KEFU_KAFKA": self.kafka,
            "KEFU_CLICKHOUSE_URL": self.clickhouse,
            "KEFU_HTTP_PORT": str(self.http),
            "KEFU_OLLAMA_URLS": "",
            "KEFU_BUSINESS_URL": self.business,
        }
        return dict(os.environ) | own | self.more

    def start(self) -> None:
        """Returns once a message can be answered."""
        self.process = subprocess.Popen([KEFU, "up"], env=self.environment, stdout=subprocess.PIPE, text=True)
        lines: queue.Queue[str | None] = queue.Queue()
        self.listener = threading.Thread(target=self._listen, args=(self.process, lines), daemon=True)
        self.listener.start()
        deadline = time.monotonic() + READY_SECONDS
        with suppress(queue.Empty):
            while (line := lines.get(timeout=max(deadline - time.monotonic(), 0.1))) is not None:
                if line.startswith("Ready: "):
                    assert line.strip() == f"Ready: {self.url}"
                    return
        raise AssertionError(f"kefu did not become ready; it said\n{''.join(self.said)}\n{self.logs(last=2000)}")

    def _listen(self, process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line)
            lines.put(line)
        process.stdout.close()
        lines.put(None)

    def processes(self) -> list[psutil.Process]:
        """All processes of this copy, ``kefu up`` first."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def kill(self, name: str) -> None:
        """kill -9 of the one process whose command holds ``name``, its children included."""
        (victim,) = [
            p for p in self.processes()[1:] if name in " ".join(p.cmdline()) and "supervisord" not in p.cmdline()[1]
        ]
        for process in [*victim.children(recursive=True), victim]:
            process.kill()

    def stop(self) -> list[psutil.Process]:
        """Ctrl-C; what of it still runs afterwards, which should be nothing."""
        assert self.process is not None
        everything = self.processes()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_SECONDS)
        assert self.listener is not None
        self.listener.join(STOP_SECONDS)
        return [process for process in everything if process.is_running()]

    def query(self, sql: str) -> str:
        """What ClickHouse answers, as text."""
        answer = httpx.post(
            self.clickhouse, params={"database": "kefu"}, content=sql.encode(), timeout=30, trust_env=False
        )
        assert answer.status_code == 200, answer.text
        return answer.text.strip()

    def logs(self, last: int) -> str:
        """The last so many characters of each process's log."""
        files = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"{file.name}: {file.read_text(errors='replace')[-last:]}" for file in files)

    def kefu(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a kefu command against this copy."""
        return subprocess.run(
            [KEFU, *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )


@contextmanager
def running(folder: Path, **more: str) -> Iterator[System]:
    """A copy that is ready; ended at the end of the test, whatever happened."""
    system = System(folder, more)
    try:
        system.start()
        yield system
    finally:
        if system.process is not None and system.process.poll() is None:
            assert system.stop() == []
