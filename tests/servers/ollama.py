"""Real Ollama servers for tests: built once with go, each a process of its own on a free port, that a test may kill."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import ollama
import pytest

from tests.servers import tiny_gguf
from tests.servers.ports import free_port

VERSION = "v0.9.6"
"""The newest one that `go install` builds: later ones need headers that the Go module does not carry."""
BUILT = Path(sys.prefix, "share", "kefu", "ollama")
QUICKLY = {"CGO_CFLAGS": "-O1", "CGO_CXXFLAGS": "-O1"}
"""The C++ compiler needs half the time for this; the tests' models are tiny, and run as fast."""
BUILD_S = 900.0
"""Seconds that the build may take: a minute on two idle cores, several times that on busy ones."""
_START_S = 60.0
_STOP_S = 15.0


def ollama_binary() -> Path:
    """The server's program, built when it is missing. Skips the test where nothing can build it."""
    binary = BUILT / f"ollama-{VERSION}"
    if not binary.exists():
        _require_tools()
        BUILT.mkdir(parents=True, exist_ok=True)
        with (BUILT / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not binary.exists():
                _build(binary)
    return binary


def _require_tools() -> None:
    for tool, package in (("go", "golang 1.24 or newer"), ("gcc", "gcc"), ("g++", "g++")):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} here to build Ollama {VERSION} with: install {package}")
    said = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
    found = tuple(map(int, re.findall(r"\d+", said)[:2]))
    if found < (1, 24):
        pytest.skip(f"{said.strip()} is too old to build Ollama {VERSION}: install go 1.24 or newer")


def _build(binary: Path) -> None:
    with tempfile.TemporaryDirectory(dir=binary.parent) as folder:
        command = ["go", "install", f"github.com/ollama/ollama@{VERSION}"]
        environment = os.environ | {"GOBIN": folder} | QUICKLY
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=BUILD_S, check=False)
        assert ended.returncode == 0, f"{' '.join(command)} failed:\n{ended.stderr[-2000:]}"
        Path(folder, "ollama").replace(binary)


@dataclass
class Ollama:
    """A server on its folder; it keeps its address and models over a restart. Its log is in ``folder/ollama.log``."""

    folder: Path
    parallel: int = 4
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [str(ollama_binary()), "serve"]
        with (self.folder / "ollama.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self._environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def create(self, model: str) -> None:
        """Make the tiny model under this name; on one thread, since several wait for each other on a busy machine."""
        weights = tiny_gguf.write(self.folder / "tiny.gguf")
        with ollama.Client(host=self.url, timeout=_START_S, trust_env=False) as client:
            files = {weights.name: client.create_blob(weights)}
            client.create(model=model, files=files, parameters={"num_thread": 1})

    def kill(self) -> None:
        """kill -9, the runners that hold the models included."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def freeze(self) -> None:
        """Stop it and its runners in their tracks: connections stand, nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop it as a supervisor would, then whatever runner it left."""
        assert self.process is not None
        self.thaw()
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_S)
        self.kill()

    def said(self) -> str:
        return (self.folder / "ollama.log").read_text(errors="replace")

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/version", timeout=1, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA_")}
        return inherited | {
            "HOME": str(self.folder),
            "OLLAMA_HOST": f"127.0.0.1:{self.port}",
            "OLLAMA_MODELS": str(self.folder / "models"),
            "OLLAMA_NUM_PARALLEL": str(self.parallel),
            "OLLAMA_MAX_LOADED_MODELS": "1",
            "OLLAMA_LLM_LIBRARY": "cpu",
            "OLLAMA_NOHISTORY": "1",
        }


@contextmanager
def running(folder: Path, model: str = "tiny", *, parallel: int = 4) -> Iterator[Ollama]:
    """A running server that has the model; the test may kill, freeze and restart it. No model when it is empty."""
    server = Ollama(folder, parallel)
    try:
        server.start()
        if model:
            server.create(model)
        yield server
    finally:
        if server.process is not None:
            server.stop()


@contextmanager
def ollama_server(folder: Path, model: str = "tiny") -> Iterator[str]:
    """A running server that has the model; gives its URL, such as ``http://127.0.0.1:43210``."""
    with running(folder, model) as server:
        yield server.url
