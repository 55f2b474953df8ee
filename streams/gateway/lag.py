"""How far kefu's consumer groups are behind: records per group and topic."""

import asyncio
import time
from collections.abc import Mapping

from confluent_kafka import Consumer

from schemas.topics import ALL
from streams import topology
from streams.gateway.groups import Place, groups
from streams.gateway.offsets import EARLIEST, LATEST, committed, offsets, reader
from streams.gateway.ports import Row

PREFIX = "kefu-"
FRESH_S = 2.0


class Lag:
    """Asks Kafka at most every two seconds, one asker at a time."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap, self._client, self._turn = bootstrap, topology.admin(bootstrap), asyncio.Lock()
        self._readers: dict[str, Consumer] = {}
        self._rows: list[Row] = []
        self._asked_at = -FRESH_S

    async def rows(self) -> list[Row]:
        """Rows of group, topic and lag, for the topics that a group has committed. Raises Unavailable."""
        async with self._turn:
            if time.monotonic() - self._asked_at >= FRESH_S:
                self._rows = await asyncio.to_thread(self.read)
                self._asked_at = time.monotonic()
            return self._rows

    def read(self) -> list[Row]:
        """The same now, blocking."""
        counts = topology.existing(self._client)
        places = [(topic.name, part) for topic in ALL for part in range(counts.get(topic.name, 0))]
        names = sorted(group.name for group in groups(self._client) if group.name.startswith(PREFIX))
        done = {name: committed(self._reader(name), places) for name in names}
        topics = {topic for found in done.values() for topic, _ in found}
        wanted = [place for place in places if place[0] in topics]
        if not wanted:
            return []
        ends, begins = (offsets(self._reader(names[0]), wanted, at) for at in (LATEST, EARLIEST))
        return [row for name in names for row in behind(name, done[name], ends, begins)]

    def close(self) -> None:
        for consumer in self._readers.values():
            consumer.close()

    def _reader(self, group: str) -> Consumer:
        if group not in self._readers:
            self._readers[group] = reader(self._bootstrap, group)
        return self._readers[group]


def behind(
    group: str, committed: Mapping[Place, int], ends: Mapping[Place, int], begins: Mapping[Place, int]
) -> list[Row]:
    """Records between what is committed and the ends, summed per topic; without a commit, from the beginning on."""
    lag = dict.fromkeys(sorted({topic for topic, _ in committed}), 0)
    for place in (place for place in ends if place[0] in lag):
        lag[place[0]] += max(ends[place] - committed.get(place, begins[place]), 0)
    return [{"group": group, "topic": topic, "lag": records} for topic, records in lag.items()]
