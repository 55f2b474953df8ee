"""From Markdown to rows: front matter says what holds for the file, each heading with a text below is an article."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from schemas.errors import Rejected
from streams.knowledge.rows import Row

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*\n?", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*")
_FENCE = re.compile(r"[ ]{0,3}(```|~~~)")
_NOTE = re.compile(r"<!--\s*(\w+)\s*:(.*?)-->", re.DOTALL)
_OTHER_NOTE = re.compile(r"<!--.*?-->", re.DOTALL)
_LANGUAGE = re.compile(r"\.(zh|en)\.md$")


class _Section(NamedTuple):
    title: str
    lines: list[str]


def rows(path: str, content: str) -> list[Row]:
    """The articles of a file; ``path`` is relative to the folder and begins each key: returns.md#how-long.

    Notes in a section, <!-- questions: a | b -->, set a field of its article. Raises Rejected for bad front matter.
    """
    content = content.removeprefix("\ufeff").replace("\r\n", "\n")
    front = _FRONT.match(content)
    common = _front(front[1], path) if front else {}
    if suffix := _LANGUAGE.search(path):
        common.setdefault("language", suffix[1])
    found: list[Row] = []
    taken: set[str] = set()
    for section in _sections(content[front.end() :] if front else content, common.get("title", path)):
        row = _row(path, section, common, taken)
        if row is not None:
            found.append(row)
    return found


def _front(text: str, path: str) -> dict[str, str]:
    try:
        read: Any = yaml.safe_load(text) or {}
    except yaml.YAMLError as problem:
        raise Rejected(f"{path}: the front matter is not YAML: {' '.join(str(problem).split())}") from None
    if not isinstance(read, dict):
        raise Rejected(f"{path}: the front matter is no list of fields such as 'domain: returns'")
    return {str(name): _text(value) for name, value in read.items() if value is not None}


def _text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _sections(body: str, title: str) -> Iterator[_Section]:
    section, fence = _Section(title, []), ""
    for line in body.split("\n"):
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        heading = None if fence else _HEADING.fullmatch(line)
        if heading:
            yield section
            section = _Section(heading[2], [])
        else:
            section.lines.append(line)
    yield section


def _row(path: str, section: _Section, common: dict[str, str], taken: set[str]) -> Row | None:
    body = "\n".join(section.lines)
    text = _OTHER_NOTE.sub("", body).strip()
    if not text:
        return None
    key = f"{path}#{_slug(section.title)}"
    number = 2
    while key in taken:
        key, number = f"{path}#{_slug(section.title)}-{number}", number + 1
    taken.add(key)
    noted = {name: value.strip() for name, value in _NOTE.findall(body)}
    return Row(key, {**common, **noted, "id": key, "title": section.title, "text": text})


def _slug(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")
