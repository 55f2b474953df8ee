"""Reads sources that are files: a folder of Markdown, a CSV file, JSON lines."""

import csv
import io
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from schemas.errors import Rejected, Unavailable
from streams.knowledge import markdown, rows
from streams.knowledge.declared import Source
from streams.knowledge.rows import Row

SETTLED_S = 0.3
"""Seconds without a change after which files are taken for wholly written."""

Signature: TypeAlias = tuple[tuple[str, int, int], ...]


class Files:
    """A reading of a source of files, whole: files have no marks. Raises Unavailable where they cannot be read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.unread: list[str] = []
        before = _settled(source)
        self._rows = {row.key: row for row in self._read()}
        if signature(source) != before:
            raise Unavailable(f"{source.path} was written while it was read")

    def marks(self) -> dict[str, str]:
        return dict.fromkeys(self._rows, "")

    def rows(self, keys: Sequence[str]) -> Iterator[Row]:
        return (self._rows[key] for key in keys)

    def values(self) -> dict[str, dict[str, str]]:
        return {key: rows.values(self._source, row.fields) for key, row in self._rows.items()}

    def close(self) -> None:
        pass

    def _read(self) -> Iterator[Row]:
        if self._source.kind == "markdown":
            yield from self._markdown(Path(self._source.path))
            return
        parse = _csv if self._source.kind == "csv" else self._jsonl
        taken: set[str] = set()
        for fields in parse(_content(Path(self._source.path))):
            own = fields.get("article_id", "")
            key = own.removeprefix(f"{self._source.name}.") or rows.key(self._source, fields)
            if key in taken:
                self.unread.append(f"{key} stands twice: the first one counts")
                continue
            taken.add(key)
            yield Row(key, fields, article_id=own)

    def _markdown(self, folder: Path) -> Iterator[Row]:
        if not folder.is_dir():
            raise Unavailable(f"{folder} is no folder")
        for file in sorted(folder.rglob("*.md")):
            path = file.relative_to(folder).as_posix()
            try:
                yield from markdown.rows(path, _content(file))
            except Rejected as problem:
                raise Unavailable(str(problem)) from None

    def _jsonl(self, content: str) -> Iterator[dict[str, str]]:
        for number, line in enumerate(content.split("\n"), 1):
            if not line.strip():
                continue
            try:
                fields = msgspec.json.decode(line, type=dict[str, Any])
            except (msgspec.DecodeError, RecursionError) as problem:
                raise Unavailable(f"{self._source.path}: line {number} is no JSON object: {problem}") from None
            yield {name: text(value) for name, value in fields.items()}


def signature(source: Source) -> Signature:
    """What differs whenever a file was written, added or removed: path, time and size of each."""
    place = Path(source.path)
    files = sorted(place.rglob("*.md")) if source.kind == "markdown" else [place]
    found = []
    for file in files:
        try:
            state = file.stat()
        except OSError:
            continue
        found.append((str(file), state.st_mtime_ns, state.st_size))
    return tuple(found)


def _settled(source: Source) -> Signature:
    """The signature once nobody has written for a moment: a file that is half written would delete its other half."""
    while True:
        now = signature(source)
        youngest = time.time() - max((changed for _, changed, _ in now), default=0) / 1e9
        if not 0 <= youngest < SETTLED_S:
            return now
        time.sleep(SETTLED_S - youngest)


def text(value: Any) -> str:
    """A value of JSON as a row has it: lists one entry a line."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return "\n".join(value)
    return msgspec.json.encode(value).decode()


def _csv(content: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(content, newline=""))
    for fields in reader:
        yield {name: value for name, value in fields.items() if isinstance(name, str) and isinstance(value, str)}


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unavailable(f"{file} is not UTF-8 at byte {problem.start}; save it as UTF-8") from None
    except OSError as problem:
        raise Unavailable(f"{file}: {problem.strerror}") from None
