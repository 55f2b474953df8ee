"""A store in memory, for tests of the sink: rows by id, as ClickHouse's tables show them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.errors import Unavailable
from schemas.rows import Table
from streams.sinks.clickhouse import Place


class MemoryStore:
    """Implements streams.sinks.clickhouse.Store.

    ``inserts`` counts the rows of each insert that was taken; the next ``away_for`` calls find it away.
    """

    def __init__(self) -> None:
        self.away_for = 0
        self.inserts: list[int] = []
        self._rows: dict[str, dict[str, Any]] = {}

    def insert(self, table: Table, rows: list[bytes]) -> None:
        self._answer()
        id_field = table.topic.value.__struct_fields__[0]
        read = [json.loads(row) for row in rows]
        self._rows.setdefault(table.name, {}).update({row[id_field]: row for row in read})
        self.inserts.append(len(rows))

    def last_offsets(self, topics: Iterable[str]) -> Mapping[Place, int]:
        self._answer()
        ends: dict[Place, int] = {}
        for row in (row for rows in self._rows.values() for row in rows.values() if row["kafka_topic"] in topics):
            place = row["kafka_topic"], row["kafka_partition"]
            ends[place] = max(ends.get(place, -1), row["kafka_offset"])
        return ends

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table in Kafka's order."""
        return sorted(self._rows.get(table, {}).values(), key=lambda row: (row["kafka_partition"], row["kafka_offset"]))

    def empty(self) -> None:
        self._rows.clear()

    def _answer(self) -> None:
        if self.away_for:
            self.away_for -= 1
            raise Unavailable("the store is away")
