"""Makes, fills and reads topics for tests, with another client than the one that is tested."""

import json
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

PARTITIONS = 4
PACKED: dict[str, Any] = {"compression.type": "zstd", "message.max.bytes": 100_000_000}
"""Settings of a producer that sends records which are larger than the topics take, once they are unpacked."""


def fresh(prefix: str) -> str:
    """A topic name that no other test has."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def create(bootstrap: str, *names: str, partitions: int = PARTITIONS, config: dict[str, str] | None = None) -> None:
    """Create topics and wait until they can be used."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    new = [NewTopic(name, partitions, 1, config=config or {}) for name in names]
    for made in admin.create_topics(new).values():
        made.result()
    wait_until(lambda: set(names) <= set(admin.list_topics(timeout=5).topics))


def produce(bootstrap: str, topic: str, records: Sequence[tuple[str | None, bytes]], **options: Any) -> None:
    """Write (key, value) pairs as fast as possible, each once and in order, also over a restart of the broker."""
    settings = {"linger.ms": 5, "queue.buffering.max.messages": 500_000, "enable.idempotence": True}
    producer = Producer({"bootstrap.servers": bootstrap, **settings, **options})
    for key, value in records:
        producer.produce(topic, value, key)
    assert producer.flush(90) == 0


def read(bootstrap: str, topic: str) -> list[Any]:
    """All records of a topic up to now, read committed."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": fresh("read"),
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 20,
            "isolation.level": "read_committed",
        }
    )
    partitions = len(consumer.list_topics(topic, timeout=60).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(partitions)])
    ended: set[int] = set()
    messages = []
    try:
        while len(ended) < partitions:
            for message in consumer.consume(5000, 0.1):
                problem: KafkaError | None = message.error()
                if problem is None:
                    messages.append(message)
                else:
                    assert problem.code() == KafkaError._PARTITION_EOF, problem
                    ended.add(message.partition() or 0)
    finally:
        consumer.close()
    return messages


def values(bootstrap: str, topic: str) -> list[Any]:
    """The JSON values of a topic up to now; other tests of the same broker may have left there what is none."""
    found = []
    for message in read(bootstrap, topic):
        with suppress(ValueError, TypeError):
            found.append(json.loads(message.value()))
    return found


def wait_until(
    condition: Callable[[], object], *, seconds: float = 60.0, otherwise: Callable[[], str] = lambda: ""
) -> None:
    """Return once the condition holds; fail after so many seconds, with what ``otherwise`` says."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not true within {seconds} s {otherwise()}"
        time.sleep(0.1)
