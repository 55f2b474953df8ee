"""Compares what a source says with what is published: the pure part of a synchronisation."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from schemas import times
from schemas.errors import Rejected
from schemas.operations import Article
from streams.knowledge import rows
from streams.knowledge.declared import Source
from streams.knowledge.rows import Row

OVERLAP_S = 2.0
"""Seconds before the newest known change within which rows are read again: clocks of databases may tick in seconds."""


class Reading(Protocol):
    """One look at a source: Files or Tables. ``unread`` says which rows cannot be used."""

    unread: list[str]

    def marks(self) -> Mapping[str, str]:
        """Every row that is there → what differs whenever the row does, or "" where nothing says so."""

    def rows(self, keys: Sequence[str]) -> Iterator[Row]: ...

    def values(self) -> Mapping[str, Mapping[str, str]]: ...

    def close(self) -> None: ...


class Published(NamedTuple):
    """What the topic holds: the articles of the source, and whose all others are (article id → source or "")."""

    mine: Mapping[str, Article]
    owners: Mapping[str, str]
    fingerprint: str = ""


class Changes(NamedTuple):
    """What is to be published. ``notes`` are for the operator: rows that could not be used, and why."""

    changed: tuple[Article, ...]
    removed: tuple[str, ...]
    unchanged: int
    notes: tuple[str, ...]


def changes(source: Source, reading: Reading, there: Published, now: float) -> Changes:
    """What differs at ``now``, in seconds since the epoch. The same twice: after it was published, nothing differs."""
    marks = reading.marks()
    places = {_id(source, article_id): article for article_id, article in there.mine.items()}
    notes: list[str] = []
    wanted: dict[str, Article] = {}
    keys: dict[str, str] = {}
    for row in reading.rows(_differing(source, marks, places, there)):
        try:
            new = _continued(source, rows.article(source, row), there)
        except Rejected as problem:
            notes.append(str(problem))
            new = places.get(row.key)
        if new is not None:
            wanted[new.article_id], keys[new.article_id] = new, row.key
    for key in marks:
        article = places.get(key)
        if article is not None and article.article_id not in wanted:
            wanted[article.article_id], keys[article.article_id] = article, key
    return _changes(there, _valued(source, reading, wanted, keys, now), [*reading.unread, *notes])


def refreshed(source: Source, reading: Reading, there: Published, now: float) -> Changes:
    """The same for the values alone, of the articles that are published."""
    keys = {name: _id(source, name) for name in there.mine}
    return _changes(there, _valued(source, reading, there.mine, keys, now), reading.unread)


def _changes(there: Published, wanted: Mapping[str, Article], notes: Sequence[str]) -> Changes:
    changed = tuple(article for name, article in sorted(wanted.items()) if there.mine.get(name) != article)
    removed = tuple(sorted(set(there.mine) - set(wanted)))
    return Changes(changed, removed, len(wanted) - len(changed), tuple(notes))


def _id(source: Source, article_id: str) -> str:
    """The row of an article; for one with an id of its own that id."""
    return article_id.removeprefix(f"{source.name}.")


def _differing(source: Source, marks: Mapping[str, str], places: Mapping[str, Article], there: Published) -> list[str]:
    """The rows to read: those without a mark, new ones, those whose mark differs or may have moved unseen."""
    if there.fingerprint != source.fingerprint:
        return list(marks)
    recent = _recent([article.updated_at for article in places.values()])
    return [
        key
        for key, mark in marks.items()
        if not mark or key not in places or places[key].updated_at != mark or (recent and mark >= recent)
    ]


def _recent(marks: Sequence[str]) -> str:
    """The mark from which on a row may have changed once more within one tick of the clock; "" for other marks."""
    newest = max(marks, default="")
    try:
        return (datetime.fromisoformat(newest) - timedelta(seconds=OVERLAP_S)).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        return ""


def _continued(source: Source, new: Article, there: Published) -> Article | None:
    """The article with what the published one has beside its row; that one where the new one is older.

    Raises Rejected where the article is another's.
    """
    old = there.mine.get(new.article_id)
    owner = there.owners.get(new.article_id, source.name)
    if owner != source.name:
        raise Rejected(
            f"article {new.article_id} is kept by {f'source {owner}' if owner else 'the catalogue or by hand'}: "
            "give it another id, or delete it there"
        )
    if old is None:
        return msgspec.structs.replace(new, version=new.version or 1)
    if new.version and new.version < old.version:
        return old
    as_it_was = msgspec.structs.replace(new, version=new.version or old.version, values=old.values, as_of=old.as_of)
    if as_it_was == old or new.version:
        return as_it_was
    return msgspec.structs.replace(as_it_was, version=old.version + 1)


def _valued(
    source: Source, reading: Reading, wanted: Mapping[str, Article], keys: Mapping[str, str], now: float
) -> dict[str, Article]:
    """The articles with the values that the source has now; an article whose values are the same stays as it is."""
    if source.values is None:
        return {name: _with(article, {}, "") for name, article in wanted.items()}
    read = reading.values()
    at = times.rfc3339(now)
    return {name: _with(article, read.get(keys[name], {}), at) for name, article in wanted.items()}


def _with(article: Article, values: Mapping[str, str], at: str) -> Article:
    if article.values == values:
        return article
    return msgspec.structs.replace(article, values=dict(values), as_of=at if values else "")
