"""Example messages per topic, good and bad: everybody's fixtures. ``<topic>/good-*.json`` and ``<topic>/bad-*``."""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from schemas.topics import Topic


def good(topic: Topic) -> list[tuple[str, Any]]:
    """(name, value as JSON) of each example that must be read."""
    return [(file.name.removesuffix(".json"), json.loads(file.read_bytes())) for file in _files(topic, "good-")]


def bad(topic: Topic) -> list[tuple[str, bytes]]:
    """(name, raw value) of each example that must be rejected."""
    return [(file.name.rpartition(".")[0], file.read_bytes()) for file in _files(topic, "bad-")]


def _files(topic: Topic, prefix: str) -> list[Traversable]:
    folder = files(__name__).joinpath(topic.name)
    found = [file for file in folder.iterdir() if file.name.startswith(prefix)] if folder.is_dir() else []
    return sorted(found, key=lambda file: file.name)
