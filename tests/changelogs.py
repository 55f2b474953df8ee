"""Changelogs for tests: States on one, written as a transactional worker does, and transactions left in any shape."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from confluent_kafka import Producer

from agents.ports import Kept
from streams.shelf import Memory, Shelf
from streams.states import States
from tests.topics import PARTITIONS, create, fresh

COMPACTED = {"cleanup.policy": "compact"}


class Seen(msgspec.Struct, frozen=True):
    """What is remembered of a key."""

    count: int = 0


def seen(count: int, offset: int = 0, wakes: dict[str, float] | None = None) -> Kept[Any]:
    return Kept(Seen(count), {"t": offset}, wakes or {})


class Log:
    """A changelog topic, empty at first. States on it have shelves as ``shelf`` makes them."""

    def __init__(
        self,
        kafka: str,
        shelf: Callable[[str], Shelf] = lambda _: Memory(),
        partitions: int = PARTITIONS,
        config: dict[str, str] | None = None,
    ) -> None:
        self.kafka, self.name, self.shelf = kafka, fresh("state"), shelf
        create(kafka, self.name, partitions=partitions, config=COMPACTED if config is None else config)

    def states(self, shelf: Callable[[str], Shelf] | None = None) -> States:
        return States(self.kafka, self.name, Seen, shelf or self.shelf)

    async def opened(self, *partitions: int, shelf: Callable[[str], Shelf] | None = None) -> States:
        states = self.states(shelf)
        await states.open(partitions)
        assert states.opened
        return states

    def producer(self, name: str = "") -> Producer:
        """A transactional producer, ready; another one of that name is fenced by it."""
        made = transactional(self.kafka, name or fresh("worker"))
        made.init_transactions(30)
        return made

    def commit(self, states: States, producer: Producer) -> None:
        """One commit as the transport makes it."""
        producer.begin_transaction()
        for partition, key, value in states.take():
            producer.produce(self.name, value, key, partition)
        producer.commit_transaction(30)
        states.settle()

    def write(self, *records: tuple[int, bytes | None, bytes | None]) -> None:
        """Write (partition, key, value) in a transaction of its own, committed."""
        with self.transaction(records) as producer:
            producer.commit_transaction(30)

    def abort(self, *records: tuple[int, bytes | None, bytes | None]) -> None:
        with self.transaction(records) as producer:
            producer.abort_transaction(30)

    @contextmanager
    def transaction(
        self, records: Iterable[tuple[int, bytes | None, bytes | None]], name: str = ""
    ) -> Iterator[Producer]:
        """An open transaction whose records the broker has."""
        producer = self.producer(name)
        producer.begin_transaction()
        for partition, key, value in records:
            producer.produce(self.name, value, key, partition)
        assert producer.flush(30) == 0
        yield producer


def transactional(kafka: str, name: str, timeout_ms: int = 60_000) -> Producer:
    settings: dict[str, Any] = {
        "bootstrap.servers": kafka,
        "transactional.id": name,
        "transaction.timeout.ms": timeout_ms,
        "linger.ms": 5,
        "log_level": 0,
    }
    return Producer(settings)
