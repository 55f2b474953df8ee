"""Which processes of a start fail again and again, in ``run/failing.json``, for whoever looks from outside."""

import json
from collections.abc import Mapping
from pathlib import Path

from streams.up.journal import AGAIN_AND_AGAIN, Fate


def note(home: Path, fates: Mapping[str, Fate]) -> None:
    failing = {name: f"{fate.failures} times, {fate.ended}" for name, fate in fates.items() if _fails(fate)}
    if failing != noted(home):
        _file(home).write_text(json.dumps(failing))


def noted(home: Path) -> dict[str, str]:
    """How each of them ended, and how often in a row."""
    try:
        told: dict[str, str] = json.loads(_file(home).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return told


def _fails(fate: Fate) -> bool:
    return fate.failures >= AGAIN_AND_AGAIN


def _file(home: Path) -> Path:
    return home / "run" / "failing.json"
