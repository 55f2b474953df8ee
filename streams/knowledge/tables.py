"""Reads sources that are tables: which rows there are, when each changed, rows that are asked for, values."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from schemas.errors import Unavailable
from streams.knowledge import rows
from streams.knowledge.declared import Source
from streams.knowledge.drivers import ERRORS, connect, quoted, saying
from streams.knowledge.rows import Row

AT_ONCE = 500
"""Rows that are asked for with one query."""


class Tables:
    """A reading of a table, in one snapshot; closed by ``close``. Raises Unavailable, Misconfigured."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.unread: list[str] = []
        self._connection = connect(source)
        self._keys: dict[str, Any] = {}
        self._marks: dict[str, str] = {}

    def marks(self) -> dict[str, str]:
        """What identifies each row → what differs whenever the row does; "" where no column says."""
        source, id_column = self._source, self._source.columns["id"]
        wanted = [id_column, *([source.changed] if source.changed else [])]
        for key, *changed in self._select(source.table, wanted):
            name = text(key)
            if name in self._keys:
                raise Unavailable(f"{source.table}.{id_column} does not identify a row: {name!r} stands twice")
            if not name:
                self.unread.append(f"a row of {source.table} without {id_column}")
                continue
            self._keys[name] = key
            self._marks[name] = text(changed[0]) if changed else ""
        return self._marks

    def rows(self, keys: Sequence[str]) -> Iterator[Row]:
        """The rows of these keys, as far as they are there, in any order."""
        source, id_column = self._source, self._source.columns["id"]
        wanted = sorted(rows.columns(source) | {id_column})
        for place in range(0, len(keys), AT_ONCE):
            some = [self._keys[key] for key in keys[place : place + AT_ONCE]]
            for values in self._select(source.table, wanted, id_column, some):
                fields = {name: text(value) for name, value in zip(wanted, values, strict=True)}
                yield Row(fields[id_column], fields, self._marks.get(fields[id_column], ""))

    def values(self) -> dict[str, dict[str, str]]:
        """Row → name → value, of every row."""
        source = self._source
        if source.values is None:
            return {}
        id_column = source.values.id or source.columns["id"]
        wanted = list(dict.fromkeys([id_column, *source.values.columns.values()]))
        read = self._select(source.values.table or source.table, wanted)
        named = [dict(zip(wanted, map(text, values), strict=True)) for values in read]
        return {fields[id_column]: rows.values(source, fields) for fields in named}

    def close(self) -> None:
        with suppress(*ERRORS):
            self._connection.close()

    def _select(
        self, table: str, columns: Sequence[str], id_column: str = "", keys: Sequence[Any] = ()
    ) -> Sequence[Sequence[Any]]:
        source = self._source
        listed = ", ".join(quoted(source, column) for column in columns)
        statement = f"SELECT {listed} FROM {quoted(source, table)}"  # noqa: S608
        if keys:
            statement += f" WHERE {quoted(source, id_column)} IN ({', '.join(['%s'] * len(keys))})"
        with saying(source):
            cursor = self._connection.cursor()
            cursor.execute(statement, list(keys))
            found: Sequence[Sequence[Any]] = cursor.fetchall()
            return found


def text(value: Any) -> str:
    """A column's value as text: times in ISO 8601 with microseconds, lists one entry a line, JSON as JSON."""
    for kind, written in _WRITTEN.items():
        if isinstance(value, kind):
            return written(value)
    return "" if value is None else str(value)


def _lines(values: list[Any]) -> str:
    return "\n".join(map(text, values))


_WRITTEN: dict[type, Callable[[Any], str]] = {
    datetime: lambda value: value.isoformat(timespec="microseconds"),
    date: lambda value: value.isoformat(),
    bytes: lambda value: value.decode("utf-8", "replace"),
    list: _lines,
    tuple: _lines,
    dict: lambda value: json.dumps(value, ensure_ascii=False),
    bool: lambda value: "true" if value else "false",
}
