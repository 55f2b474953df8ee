"""Texts with values in them: ``{order.status|status}``, and parts in brackets that need their values."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from agents.tasks.declaration import Label, Said
from agents.tasks.values import Path, day, dotted, found, said
from schemas.ids import fingerprint
from schemas.messages import JsonValue

_VALUE = re.compile(r"\{([a-z_][a-z0-9_.]*)(?:\|([a-z_]+))?\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
DAY = "day"
"""The label that shows a time as its day."""

Labels = Mapping[str, Mapping[str, Label]]


class Place(NamedTuple):
    """A value that a text needs: its path and the label that says it, which may be empty."""

    path: Path
    label: str


def places(text: str) -> Iterator[Place]:
    """The values that a text needs."""
    return (Place(dotted(match[1]), match[2] or "") for match in _VALUE.finditer(text))


def has_places(text: str) -> bool:
    """Whether a text needs to be filled."""
    return "{" in text or "[" in text


def variant(spoken: Said, language: str, seed: str) -> str:
    """The variant for a seed, the same on every machine; what is not ``zh`` is English."""
    variants = spoken.zh if language == "zh" else spoken.en
    return variants[fingerprint(f"task\x1f{seed}") % len(variants)] if len(variants) > 1 else variants[0]


def filled(text: str, known: Mapping[str, JsonValue], language: str, labels: Labels) -> str:
    """``text`` with its values. What a tool or a customer wrote is put in as it is, and never read as a template."""

    def of(match: re.Match[str]) -> str:
        return _shown(found(known, dotted(match[1])), match[2] or "", language, labels)

    def optional(match: re.Match[str]) -> str:
        missing = any(of(value) == "" for value in _VALUE.finditer(match[1]))
        return "" if missing else match[1]

    return _VALUE.sub(lambda match: of(match) or "…", _OPTIONAL.sub(optional, text))


def _shown(value: JsonValue, label: str, language: str, labels: Labels) -> str:
    if label == DAY:
        return day(value)
    text = said(value)
    words = labels.get(label, {}).get(text) if label else None
    return text if words is None else words.zh if language == "zh" else words.en


def argument(text: str, known: Mapping[str, JsonValue]) -> str:
    """``text`` with its values as they are, for a tool; empty where one is missing."""
    values = [found(known, place.path) for place in places(text)]
    if any(value in (None, "") for value in values):
        return ""
    return _VALUE.sub(lambda match: str(found(known, dotted(match[1]))), text)
