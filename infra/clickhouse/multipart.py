"""Bodies of several parts: a query's parameters and the tables that it brings along (multipart/form-data)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.clickhouse.errors import BAD_ARGUMENTS, failure

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name, its contents, and whether it came as a file."""

    name: str
    contents: bytes
    is_file: bool


@dataclass(frozen=True, slots=True)
class External:
    """A temporary table that a query brings along: columns as SQL, rows in a format."""

    name: str
    structure: str
    format: str
    rows: bytes


def parts(kind: str, body: bytes) -> Iterator[Part]:
    """The parts of a body of this content type. Raises Failure for a body that is none."""
    found = _BOUNDARY.search(kind)
    if found is None:
        raise failure(BAD_ARGUMENTS, "Multipart requires boundary.")
    line = re.escape(b"\r\n--" + found.group(1).encode()) + rb"(?=--|[ \t]*\r\n)"
    sections = re.split(line, b"\r\n" + body)
    if not sections[-1].startswith(b"--"):
        raise failure(BAD_ARGUMENTS, "The multipart body is cut before its last boundary.")
    return (_part(section) for section in sections[1:-1])


def external(part: Part, options: Mapping[str, str]) -> External:
    """The table that a file makes, as the options ``<name>_structure``, ``_types`` and ``_format`` describe it."""
    structure = options.get(f"{part.name}_structure", "")
    types = options.get(f"{part.name}_types", "")
    if bool(structure) == bool(types):
        raise failure(BAD_ARGUMENTS, f"Give either {part.name}_structure or {part.name}_types for external data.")
    if types:
        structure = ", ".join(f"_{number} {kind}" for number, kind in enumerate(_split(types), 1))
    return External(part.name, structure, options.get(f"{part.name}_format", "TabSeparated"), part.contents)


def _part(section: bytes) -> Part:
    head, blank, contents = section.partition(b"\r\n\r\n")
    if not blank:
        raise failure(BAD_ARGUMENTS, "A part of the multipart body has no contents.")
    lines = head.decode(errors="replace").splitlines()
    disposition = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    named = {name.lower(): value.replace('\\"', '"') for name, value in _PARAMETER.findall(disposition)}
    return Part(named.get("name", ""), contents, "filename" in named)


def _split(types: str) -> Iterator[str]:
    """The types of a list, whose commas within brackets are theirs."""
    depth, start = 0, 0
    for place, sign in enumerate(types):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            yield types[start:place].strip()
            start = place + 1
    yield types[start:].strip()
