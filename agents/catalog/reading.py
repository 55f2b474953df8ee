"""Reads the files of a catalogue; a mistake in one is told with the file, the entry and the mend."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from schemas.errors import Misconfigured

S = TypeVar("S", bound=msgspec.Struct)


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Part of a catalogue; an unknown field is a slip of its author."""


def text(file: Path) -> str:
    """The text of a file. Raises Misconfigured, as all below do."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise Misconfigured(f"{file}: not UTF-8 at byte {problem.start}; save it as UTF-8") from None
    except OSError as problem:
        raise Misconfigured(f"{file}: {problem.strerror}; copy the file of the sample shop and change it") from None


def parsed(file: Path) -> Any:
    """What a YAML file holds."""
    written = text(file)
    try:
        return yaml.load(written, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as problem:
        said = " ".join(str(problem).split())
        raise Misconfigured(
            f"{file}: not YAML: {said}; indent with spaces, quote texts that hold ': ' or ' #'"
        ) from None


def converted(value: Any, kind: type[S], where: str) -> S:
    """A value as a Struct; ``where`` names the file and the entry."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        fields = ", ".join(kind.__struct_fields__)
        raise Misconfigured(f"{where}: {problem}; its fields are {fields}, quote numbers and yes or no") from None


def entries(file: Path, kind: type[S]) -> tuple[S, ...]:
    """The entries of a YAML file that is a list."""
    listed = parsed(file)
    if not isinstance(listed, list):
        raise Misconfigured(f"{file}: no list; write entries that begin with '- name: '")
    return tuple(converted(entry, kind, f"{file}: {_label(entry, place)}") for place, entry in enumerate(listed, 1))


def entry(file: Path, kind: type[S]) -> S:
    """The one entry that a YAML file is."""
    value = parsed(file)
    named = value.get("name", "fields") if isinstance(value, dict) else "no fields"
    return converted(value, kind, f"{file}: {named}")


def _label(entry: Any, place: int) -> str:
    name = entry.get("name", "no name") if isinstance(entry, dict) else "no fields"
    return f"entry {place} ({name})"


def check_written(texts: Iterable[str], where: str) -> None:
    """No text is empty."""
    if any(not text.strip() for text in texts):
        raise Misconfigured(f"{where}: an empty text; remove it or write it")


def check_unique(names: Iterable[str], file: Path) -> None:
    """No name stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Misconfigured(f"{file}: {name} stands twice; merge the two or rename one")
        seen.add(name)
