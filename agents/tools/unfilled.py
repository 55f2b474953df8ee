"""Placeholders that nothing was filled in for: a business system must not take them for what they stand for."""

import re
from collections.abc import Iterator

from agents.understanding.personal.placeholders import type_of
from agents.understanding.vault import NEVER_SAID
from schemas.messages import JsonValue

UNREADABLE = "unreadable"
"""The code with which a call is refused whose personal data cannot be read: its key was deleted, or never was."""
_NUMBERED = re.compile(r"\[[A-Z_]{4,13}_[0-9]{1,9}\]")


def unfilled(value: JsonValue) -> str:
    """The first placeholder that stands in a value's texts, at any depth; empty where none does.

    Inside a longer text a secret, which nobody is ever told, may stay covered.
    """
    return next((name for text in _texts(value) for name in _standing(text)), "")


def _standing(text: str) -> Iterator[str]:
    for found in _NUMBERED.finditer(text):
        if type_of(found[0]) not in NEVER_SAID or found[0] == text.strip():
            yield found[0]


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
