"""The business system for tests: its application in this process, or a process of its own that may be killed."""

import datetime
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from infra.business.app import Service
from infra.business.store import Store
from tests.servers.ports import free_port

TODAY = datetime.date(2026, 3, 2)
NOW = "2026-03-02T09:15:30.000Z"


@contextmanager
def service(folder: Path, token: str = "") -> Iterator[Any]:
    """Its ASGI application with faults, on the second of March 2026."""
    store = Store(folder / "business.sqlite", TODAY)
    try:
        yield Service(store, token=token, clock=lambda: NOW).with_faults()
    finally:
        store.close()


@dataclass
class Process:
    """The service as a process on its folder; it keeps its port over a restart."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        where = ["--data", str(self.folder), "--port", str(self.port), "--faults"]
        environment = os.environ | {"KEFU_BUSINESS_TOKEN": ""}
        self.process = subprocess.Popen([sys.executable, "-m", "infra.business", *where], env=environment)
        deadline = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < deadline, "the business system does not start"
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def fail(self, *faults: dict[str, Any]) -> None:
        """From now on it fails so; without faults it works again."""
        answer = httpx.post(f"{self.url}/admin/faults", json={"faults": faults}, timeout=10, trust_env=False)
        assert answer.status_code == 200, answer.text

    def rows(self, sql: str) -> list[Any]:
        """What its file holds."""
        with sqlite3.connect(self.folder / "business.sqlite", timeout=10) as db:
            return db.execute(sql).fetchall()


@contextmanager
def running(folder: Path) -> Iterator[Process]:
    """A running one; ended at the end."""
    server = Process(folder)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
