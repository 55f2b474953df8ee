"""An embedded ClickHouse for tests: the real program, in a process of its own, on a free port."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_START_SECONDS = 100.0
_STOP_SECONDS = 15.0


def start(folder: Path, *more: str) -> tuple[subprocess.Popen[str], str]:
    """Start it on the folder; the process and its URL, once it answers."""
    command = [sys.executable, "-m", "infra.clickhouse", "--data", str(folder), "--port", "0", *more]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert process.stdout is not None
    words = process.stdout.readline().split()
    url = next((word for word in words if word.startswith("http://")), "")
    assert url, f"ClickHouse did not start on {folder}; it ended with {process.wait(_STOP_SECONDS)}"
    assert httpx.get(f"{url}/ping", timeout=_START_SECONDS).text == "Ok.\n"
    return process, url


def stop(process: subprocess.Popen[str]) -> int:
    """Stop it as a supervisor would; its exit code."""
    process.terminate()
    try:
        code = process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return code


@contextmanager
def embedded_clickhouse(folder: Path) -> Iterator[str]:
    """A running server on the folder, made when missing; gives its URL, such as ``http://127.0.0.1:43210``."""
    process, url = start(folder)
    try:
        yield url
    finally:
        stop(process)
