"""Starts the benchmarks, which live beside the source and are not installed."""

import subprocess
import sys
from pathlib import Path

from schemas.errors import Misconfigured

FOLDER = Path(__file__).parents[1]


def run(what: list[str], *, quick: bool) -> int:
    """The exit code of ``python -m bench``. Raises Misconfigured where the source is not there."""
    if not (FOLDER / "bench").is_dir():
        raise Misconfigured("the benchmarks come with the source: clone the repository and run `make bench` there")
    command = [sys.executable, "-m", "bench", *what, *(["--quick"] if quick else [])]
    return subprocess.run(command, cwd=FOLDER, check=False).returncode  # noqa: S603
