"""confluent_kafka's consumer and admin client over the log in memory: the verbs that kefu uses.

What is beyond these raises AttributeError. Errors are KafkaExceptions with the codes of librdkafka.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

from confluent_kafka import IsolationLevel, KafkaError, Message, TopicPartition

from streams.changelog import EARLIEST
from streams.progress import Place
from streams.transaction import group_metadata
from tests.memory_group import Membership, Refused
from tests.memory_log import Entry, MemoryLog, log_at
from tests.memory_producer import WAIT_S, Producer, TransactionalProducer, failure

__all__ = ["AdminClient", "Consumer", "Producer", "TransactionalProducer"]

FETCH_S = 0.02
"""Seconds that a consumer waits where nothing takes time."""


class Consumer:
    """A consumer: of partitions that it is given, or of a share in its group that it learns by polling."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._log: MemoryLog = log_at(config["bootstrap.servers"])
        self._group: str = config["group.id"]
        self._instance: str | None = config.get("group.instance.id")
        self._session_s = config.get("session.timeout.ms", 45_000) / 1000
        self._committed = config.get("isolation.level", "read_committed") == "read_committed"
        self._tell_ends = config.get("enable.partition.eof", False)
        self._positions: dict[Place, int] = {}
        self._told: dict[Place, int] = {}
        self._member, self._generation, self._topic = "", -1, ""

    def assign(self, places: Sequence[TopicPartition]) -> None:
        self._positions = {Place(place.topic, place.partition): max(place.offset, 0) for place in places}

    def consume(self, most: int = 1, timeout: float = 1.0) -> list[Message]:
        world = self._log.world
        world.pause(min(timeout, world.latency() or FETCH_S))
        found: list[Message] = []
        for place in self._positions:
            found += self._read(place, most - len(found))
        return found

    def committed(self, places: Sequence[TopicPartition], timeout: float) -> list[TopicPartition]:
        """Waits while a transaction over the offsets is undecided."""
        asked = [Place(place.topic, place.partition) for place in places]
        world, group = self._log.world, self._log.group(self._group)
        deadline = world.clock() + timeout
        world.pause(world.latency())
        while group.undecided(asked):
            if world.clock() >= deadline:
                raise failure(KafkaError._TIMED_OUT, retriable=True)
            world.pause(WAIT_S)
            self._log.end_overdue()
        answer = [TopicPartition(*place, group.offsets.get(place, -1001)) for place in asked]
        world.pause(world.latency())
        return answer

    def subscribe(self, topics: Sequence[str]) -> None:
        (self._topic,) = topics

    def poll(self, timeout: float) -> None:
        """Takes part in the group; what it reads is not needed here."""
        self._log.world.pause(timeout)
        group = self._log.group(self._group)
        try:
            if self._member:
                group.beat(self._membership())
            else:
                self._join()
        except Refused as problem:
            if problem.code == KafkaError.REBALANCE_IN_PROGRESS:
                self._positions.clear()
                self._join()
            elif problem.code != KafkaError.ILLEGAL_GENERATION:
                self._member = ""
        share = group.share(self._member) if self._member else None
        if share is not None:
            self._generation = share[0]
            self._positions = {Place(self._topic, number): 0 for number in share[1]}

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition(*place) for place in self._positions]

    def memberid(self) -> str:
        return self._member

    def consumer_group_metadata(self) -> bytes:
        return group_metadata(self._generation, self._group, self._member, self._instance)

    def commit(self, offsets: Sequence[TopicPartition], asynchronous: bool) -> None:
        assert not asynchronous
        named = {Place(place.topic, place.partition): place.offset for place in offsets}
        try:
            self._log.group(self._group).commit(named, self._membership())
        except Refused as problem:
            raise failure(problem.code) from None

    def close(self) -> None:
        if self._member and self._instance is None:
            self._log.group(self._group).leave(self._member)

    def _membership(self) -> Membership:
        return Membership(self._generation, self._member, self._instance)

    def _join(self) -> None:
        partitions = len(self._log.topics[self._topic])
        self._member = self._log.group(self._group).join(self._member, self._instance, partitions, self._session_s)

    def _read(self, place: Place, most: int) -> list[Message]:
        entries, after = self._log.partition(place).read(self._positions[place], most, committed=self._committed)
        self._positions[place] = after
        found = [message(place, entry) for entry in entries]
        partition = self._log.partition(place)
        end = partition.stable if self._committed else partition.end
        if self._tell_ends and after == end and self._told.get(place) != end:
            self._told[place] = end
            problem = KafkaError(KafkaError._PARTITION_EOF)
            found.append(Message(topic=place.topic, partition=place.partition, offset=end, error=problem))
        return found


class AdminClient:
    """Tells where partitions begin and end, and what they are."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._log: MemoryLog = log_at(config["bootstrap.servers"])

    def list_offsets(
        self,
        asked: Mapping[TopicPartition, Any],
        isolation_level: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
        request_timeout: float = 0.0,
    ) -> dict[TopicPartition, "Future[Any]"]:
        """Answered at once in a thread; in the background of an event loop."""
        committed, answers = isolation_level is IsolationLevel.READ_COMMITTED, {place: Future[Any]() for place in asked}
        earliest = any(spec is EARLIEST for spec in asked.values())

        def answer() -> None:
            for place, future in answers.items():
                partition = self._log.partition(Place(place.topic, place.partition))
                end = partition.stable if committed else partition.end
                future.set_result(SimpleNamespace(offset=0 if earliest else end))

        self._log.world.beside(answer) if committed else answer()
        return answers

    def describe_topics(self, asked: Any, request_timeout: float = 0.0) -> dict[str, "Future[Any]"]:
        return {name: _done(SimpleNamespace(topic_id=name)) for name in asked.topic_names}

    def describe_cluster(self, request_timeout: float = 0.0) -> "Future[Any]":
        self._log.world.pause(self._log.world.latency())
        return _done(SimpleNamespace(cluster_id=self._log.bootstrap))


def message(place: Place, entry: Entry) -> Message:
    """A record as a consumer gives it."""
    headers: list[Any] | None = None if entry.headers is None else list(entry.headers)
    return Message(
        topic=place.topic,
        partition=place.partition,
        offset=entry.offset,
        key=entry.key,
        value=entry.value,
        headers=headers,
        timestamp=(1, entry.timestamp),
    )


def _done(value: Any) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(value)
    return future
