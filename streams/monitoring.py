"""Becomes the Flink job's process: the same environment, the settings as its arguments."""

import os
import sys
from pathlib import Path

from streams.settings import Settings


def jars(settings: Settings) -> Path:
    """Where the set-up has put the jars."""
    return settings.jars or Path(sys.prefix) / "share" / "kefu" / "jars"


def main(settings: Settings) -> None:
    """Does not return."""
    arguments = [
        "--kafka", settings.kafka,
        "--jars", str(jars(settings) / "flink"),
        "--state", str(settings.home / "flink"),
    ]  # fmt: skip
    os.execv(sys.executable, [sys.executable, "-m", "flink_jobs", *arguments])  # noqa: S606
