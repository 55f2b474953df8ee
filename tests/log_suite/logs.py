"""A log with the clients for it, as the suite uses them: the real one, or the one in memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import confluent_kafka
import pytest
from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from streams.changelog import LATEST
from streams.librdkafka import client, reader
from streams.wire.producer import Producer
from tests import memory_kafka
from tests.memory_log import MemoryLog
from tests.topics import create, fresh

PARTITIONS = 2
WAIT_S = 20.0
TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Log:
    """A log and the clients for it."""

    bootstrap: str
    producer: Callable[[dict[str, Any]], Any]
    transactional: Callable[[str, str], Any]
    consumer: Callable[[dict[str, Any]], Any]
    admin: Callable[[dict[str, Any]], Any]
    create: Callable[[str, dict[str, str]], None]
    compact: Callable[[str], None]

    def topic(self, **config: str) -> str:
        name = fresh("suite")
        self.create(name, {key.replace("_", "."): value for key, value in config.items()})
        return name

    def sending(self, name: str = "") -> Any:
        """A producer; transactional, and ready, where it has a name."""
        if not name:
            return self.producer(client(self.bootstrap, linger_ms=2, partitioner="murmur2_random"))
        producer = self.transactional(self.bootstrap, name)
        producer.init_transactions(WAIT_S)
        return producer

    @contextmanager
    def transaction(self, topic: str, *values: bytes, name: str = "") -> Iterator[Any]:
        """An open transaction whose records, in partition 0, the broker has."""
        producer = self.sending(name or fresh("sender"))
        producer.begin_transaction()
        for value in values:
            producer.produce(topic, value, b"k", 0)
        assert producer.flush(WAIT_S) == 0
        yield producer

    def read(self, topic: str, *, isolation: str = "read_committed", start: int = 0) -> tuple[list[Any], int]:
        """The records of partition 0 up to its end for such a reader, and that end."""
        settings = reader(self.bootstrap, fresh("read"), enable_partition_eof=True, isolation_level=isolation)
        consumer, found = self.consumer(settings), list[Any]()
        consumer.assign([TopicPartition(topic, 0, start)])
        try:
            for _ in range(400):
                for message in consumer.consume(100, 0.1):
                    if message.error() is not None:
                        assert message.error().code() == KafkaError._PARTITION_EOF
                        return found, message.offset()
                    found.append(message)
        finally:
            consumer.close()
        raise AssertionError("no end")

    def values(self, topic: str, isolation: str = "read_committed") -> list[bytes]:
        return [message.value() for message in self.read(topic, isolation=isolation)[0]]

    def ends(self, topic: str, spec: Any = LATEST, isolation: Any = IsolationLevel.READ_UNCOMMITTED) -> int:
        admin = self.admin(client(self.bootstrap))
        (future,) = admin.list_offsets(
            {TopicPartition(topic, 0): spec}, isolation_level=isolation, request_timeout=WAIT_S
        ).values()
        return int(future.result(WAIT_S).offset)


def in_memory() -> Log:
    log = MemoryLog()

    def made(name: str, config: dict[str, str]) -> None:
        log.create(name, PARTITIONS, int(config.get("max.message.bytes", "1048588")))

    def transactional(bootstrap: str, name: str) -> Any:
        return memory_kafka.TransactionalProducer(bootstrap, name=name, timeout_s=TIMEOUT_S)

    clients = memory_kafka.Producer, transactional, memory_kafka.Consumer, memory_kafka.AdminClient
    return Log(log.bootstrap, *clients, made, log.compact)


def on_broker(bootstrap: str, transactional: Callable[[str, str], Any]) -> Log:
    def made(name: str, config: dict[str, str]) -> None:
        create(bootstrap, name, partitions=PARTITIONS, config=config)

    clients = confluent_kafka.Producer, transactional, confluent_kafka.Consumer, AdminClient
    return Log(bootstrap, *clients, made, lambda name: None)


def ours(bootstrap: str, name: str) -> Producer:
    return Producer(bootstrap, name=name, timeout_s=TIMEOUT_S)


def ours_before_kafka_4(bootstrap: str, name: str) -> Producer:
    return Producer(bootstrap, name=name, timeout_s=TIMEOUT_S, joins=False)


def librdkafkas(bootstrap: str, name: str) -> confluent_kafka.Producer:
    named = {"transactional.id": name, "transaction.timeout.ms": int(TIMEOUT_S * 1000)}
    return confluent_kafka.Producer(client(bootstrap, linger_ms=2, partitioner="murmur2_random") | named)


def refused(problem: pytest.ExceptionInfo[KafkaException]) -> int:
    return int(problem.value.args[0].code())
