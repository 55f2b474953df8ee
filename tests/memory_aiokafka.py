"""aiokafka's consumer over the log in memory, as far as our consumer thread needs it, and its part in the group."""

import asyncio
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from aiokafka.errors import CommitFailedError
from confluent_kafka import KafkaError
from faust.types import TP

from streams.faust_app import Engine
from streams.progress import Place
from tests.fakes import FakeRecord
from tests.memory_group import Membership, Refused
from tests.memory_log import MemoryLog
from tests.memory_time import Process

SESSION_S, REBALANCE_S, BEAT_S = 1.0, 1.5, 0.2
"""The settings of a real worker, ten times quicker."""


class Coordinator:
    """A member's side of the group's protocol, as aiokafka has it: no instance in heartbeats, and no leaving."""

    def __init__(self, consumer: "Aiokafka", group: str, instance: str, topics: Iterable[str]) -> None:
        self._consumer, self._instance, self._topics = consumer, instance, tuple(topics)
        self._log, self._group = consumer.log, group
        self.generation, self.member_id = -1, ""
        self.rejoin = asyncio.Event()
        self._closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def reset_generation(self) -> None:
        self.generation, self.member_id = -1, ""
        self.rejoin.set()

    async def _do_heartbeat(self) -> bool:
        await self._consumer.trip()
        refused = self._refused_beat()
        await self._consumer.trip()
        if refused == KafkaError.REBALANCE_IN_PROGRESS:
            self.rejoin.set()
        elif refused is not None:
            self.reset_generation()
        return refused in (None, KafkaError.REBALANCE_IN_PROGRESS)

    def _refused_beat(self) -> int | None:
        try:
            self._log.group(self._group).beat(Membership(self.generation, self.member_id))
        except Refused as problem:
            return problem.code
        return None

    async def run(self, listener: Any) -> None:
        """Join, beat, and join again when told so, for ever."""
        while True:
            beating = asyncio.ensure_future(self._beat())
            await listener.on_partitions_revoked(self._consumer.assignment())
            beating.cancel()
            assigned = await self._join()
            self._consumer.assign(assigned)
            beating = asyncio.ensure_future(self._beat())
            await listener.on_partitions_assigned(assigned)
            await self.rejoin.wait()
            beating.cancel()

    async def _beat(self) -> None:
        while self.member_id:
            await asyncio.sleep(BEAT_S)
            await self._do_heartbeat()

    async def _join(self) -> set[TP]:
        while True:
            self.rejoin.clear()
            try:
                await self._consumer.trip()
                group = self._log.group(self._group)
                number = len(self._log.topics[self._topics[0]])
                member = group.join(self.member_id, self._instance, number, SESSION_S, REBALANCE_S)
                while (share := group.share(member)) is None:
                    await asyncio.sleep(0.03)
            except Refused:
                self.reset_generation()
                continue
            await self._consumer.trip()
            self.member_id, (self.generation, partitions) = member, share
            return {TP(topic, partition) for topic in self._topics for partition in partitions}

    def commit(self, offsets: Mapping[Place, int]) -> None:
        membership = Membership(self.generation, self.member_id, self._instance)
        self._log.group(self._group).commit(offsets, membership)


class Aiokafka:
    """What ConsumerThread needs of aiokafka's consumer: read committed, positions that begin at the committed offset.

    It asks for committed offsets as aiokafka does: the plain ones, which an undecided transaction may yet change.
    """

    def __init__(self, process: Process, log: MemoryLog, engine: Engine, topics: Iterable[str]) -> None:
        self.log, self._simulation, self._group = log, process.simulation, engine.group
        self._positions: dict[TP, int | None] = {}
        self._coordinator = Coordinator(self, engine.group, engine.instance, topics)
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=self))

    async def start(self) -> None: ...

    async def trip(self) -> None:
        """A request, or its answer, is on the way."""
        await asyncio.sleep(self._simulation.latency())

    def assignment(self) -> set[TP]:
        return set(self._positions)

    def assign(self, places: Iterable[TP]) -> None:
        self._positions = dict.fromkeys(places)

    def state_value(self, tp: TP) -> Any:
        position = self._positions.get(tp)
        return SimpleNamespace(position=position, has_valid_position=position is not None)

    def seek(self, tp: TP, offset: int) -> None:
        self._positions[TP(*tp)] = offset

    async def seek_to_committed(self) -> dict[TP, int]:
        await self.trip()
        told = self._committed()
        await self.trip()
        self._positions.update({tp: offset for tp, offset in told.items() if tp in self._positions})
        return told

    async def end_offsets(self, places: Iterable[TP]) -> dict[TP, int]:
        """Where partitions end, open transactions included."""
        await self.trip()
        ends = {tp: self.log.partition(Place(*tp)).end for tp in places}
        await self.trip()
        return ends

    async def commit(self, offsets: Mapping[Any, Any]) -> None:
        await self.trip()
        try:
            self._coordinator.commit({Place(*tp): told.offset for tp, told in offsets.items()})
        except Refused:
            raise CommitFailedError("the group has already rebalanced") from None
        await self.trip()

    def fetch(self, active: Iterable[TP]) -> dict[TP, list[Any]]:
        """Some records of some partitions."""
        random, found = self._simulation.random, dict[TP, list[Any]]()
        for tp in sorted(set(active) & self._positions.keys()):
            if random.random() < 0.7:
                partition, position = self.log.partition(Place(*tp)), self._positions[tp]
                start = self._committed()[tp] if position is None else position
                entries, self._positions[tp] = partition.read(start, random.choice((1, 2, 5, 20)), committed=True)
                if entries:
                    found[tp] = [FetchedRecord(*tp, at.offset, at.key, at.value, at.timestamp) for at in entries]
        return found

    def _committed(self) -> dict[TP, int]:
        known = self.log.group(self._group).offsets
        return {tp: known.get(Place(*tp), 0) for tp in self._positions}


class FetchedRecord(FakeRecord):
    """A record with what Faust's message takes from aiokafka's."""

    timestamp_type = checksum = serialized_key_size = serialized_value_size = 0
