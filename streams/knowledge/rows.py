"""From a row of a source, all fields as text, to an article."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple, cast

import msgspec

from agents.understanding.language import detect
from schemas import ids, times
from schemas.errors import Rejected
from schemas.operations import Article
from streams.knowledge.declared import FIELDS, Source

ALIASES = {
    "title": ("title", "question", "name", "标题", "问题"),
    "text": ("text", "answer", "content", "答案", "回答", "内容"),
    "questions": ("questions", "similar_questions", "相似问", "相似问题"),
}
"""Columns that are looked for where the source does not say which."""
_PLACE = re.compile(r"\{([^{}]+)\}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Row(NamedTuple):
    """A row with what identifies it; ``article_id`` where the source gives the whole id itself."""

    key: str
    fields: Mapping[str, str]
    mark: str = ""
    article_id: str = ""


def columns(source: Source) -> set[str]:
    """The columns that the fields of an article need, those of ``values`` left out."""
    own = set(source.values.columns) if source.values is not None else set()
    used: set[str] = set()
    for mapped in source.columns.values():
        used |= (set(_PLACE.findall(mapped)) - own) if "{" in mapped else {mapped}
    return used


def article(source: Source, row: Row) -> Article:
    """The article of a row, without its values; version 0 where the source has none. Raises Rejected with the mend."""
    said = {field: _said(source, row.fields, field) for field in FIELDS}
    missing = [field for field in ("title", "text") if not said[field]]
    if missing:
        raise Rejected(f"{row.key}: {' and '.join(missing)} empty; fill it in, or take the row out")
    return Article(
        article_id=row.article_id or f"{source.name}.{row.key}",
        tenant=said["tenant"] or source.tenant,
        language=_language(said["language"] or source.language, f"{said['title']} {said['text']}", row.key),
        domain=said["domain"] or source.domain,
        title=said["title"],
        text=said["text"],
        questions=_listed(said["questions"]),
        intents=_listed(said["intents"]),
        version=_version(said["version"], row.key),
        updated_at=row.mark,
        source=source.name,
        valid_from=_time(said["valid_from"], row.key),
        valid_until=_time(said["valid_until"], row.key, last=True),
        stale_after_s=source.values.stale_after if source.values is not None else 3600.0,
    )


def values(source: Source, fields: Mapping[str, str]) -> dict[str, str]:
    """Name → value, for those that the row has."""
    named = source.values.columns if source.values is not None else {}
    return {name: fields[column] for name, column in named.items() if fields.get(column)}


def key(source: Source, fields: Mapping[str, str]) -> str:
    """What identifies a row of a file: its id, else a hash of its title."""
    return _said(source, fields, "id") or ids.content_hash(_said(source, fields, "title"))[:12]


def _said(source: Source, fields: Mapping[str, str], field: str) -> str:
    mapped = source.columns.get(field)
    if mapped is None:
        return next((fields[name].strip() for name in ALIASES.get(field, (field,)) if fields.get(name)), "")
    if "{" not in mapped:
        return fields.get(mapped, "").strip()
    return _PLACE.sub(lambda place: fields.get(place[1], place[0]), mapped).strip()


def _listed(text: str) -> tuple[str, ...]:
    """One entry a line, or with | between them, or a JSON array of texts."""
    if text.startswith("["):
        try:
            return tuple(msgspec.json.decode(text, type=list[str]))
        except msgspec.DecodeError:
            pass
    return tuple(part.strip() for part in re.split(r"[\n|]", text) if part.strip())


def _language(said: str, text: str, where: str) -> Literal["zh", "en"]:
    if not said:
        return detect(text)
    short = re.split("[-_]", said.lower())[0]
    if short not in ("zh", "en"):
        raise Rejected(f"{where}: language {said!r} is neither zh nor en")
    return cast(Literal["zh", "en"], short)


def _version(said: str, where: str) -> int:
    try:
        return int(said or 0)
    except ValueError:
        raise Rejected(f"{where}: version {said!r} is no whole number") from None


def _time(said: str, where: str, *, last: bool = False) -> str:
    """A time as on the wire. A mere day is meant from its beginning or, as ``last``, to its end, in UTC."""
    if not said:
        return ""
    try:
        if _DAY.fullmatch(said):
            return times.rfc3339(times.seconds((date.fromisoformat(said) + timedelta(days=last)).isoformat()))
        return times.rfc3339(times.seconds(said))
    except ValueError:
        raise Rejected(f"{where}: {said!r} is no time; write 2026-01-31 or 2026-01-31T08:05:09Z") from None
