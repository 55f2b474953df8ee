"""Reads records for people: whole topics up to now, or what comes from now on."""

import sys
import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from schemas.errors import Misconfigured
from streams import librdkafka, topology
from streams.settings import Settings


def reader(settings: Settings) -> Consumer:
    """A consumer without a group's offsets: it sees everything and disturbs nobody."""
    return Consumer(librdkafka.reader(settings.kafka, "kefu-reader", enable_partition_eof=True, fetch_wait_max_ms=50))


def places(settings: Settings, prefix: str) -> list[TopicPartition]:
    """All partitions of the topics that begin so. Raises Misconfigured where there is none."""
    there = topology.existing(topology.admin(settings.kafka))
    chosen = [prefix] if prefix in there else sorted(name for name in there if name.startswith(prefix))
    if not chosen:
        raise Misconfigured(f"no topic begins with {prefix!r}; `kefu topics` lists them")
    return [TopicPartition(name, part) for name in chosen for part in range(there[name])]


def until_now(settings: Settings, prefix: str) -> Iterator[Any]:
    """Every record that the topics hold now."""
    consumer = reader(settings)
    assigned = places(settings, prefix)
    consumer.assign([TopicPartition(place.topic, place.partition, 0) for place in assigned])
    open_places = {(place.topic, place.partition) for place in assigned}
    try:
        while open_places:
            for message in consumer.consume(500, 0.1):
                problem: KafkaError | None = message.error()
                if problem is None:
                    yield message
                elif problem.code() == KafkaError._PARTITION_EOF:
                    open_places.discard((message.topic(), message.partition()))
    finally:
        consumer.close()


def from_now(settings: Settings, prefix: str, *, since_s: float = 0.0) -> Iterator[Any]:
    """What the topics get from ``since_s`` seconds ago on; None now and then, so that a caller can end."""
    consumer = reader(settings)
    begin_ms = int((time.time() - since_s) * 1000)
    asked = [TopicPartition(place.topic, place.partition, begin_ms) for place in places(settings, prefix)]
    consumer.assign(consumer.offsets_for_times(asked, timeout=10))
    try:
        while True:
            yield None
            for message in consumer.consume(500, 0.1):
                if message.error() is None:
                    yield message
    finally:
        consumer.close()


def tail(settings: Settings, prefix: str, *, since_s: float, count: int) -> None:
    """Print values as lines until Ctrl-C or ``count`` records."""
    shown = 0
    for message in from_now(settings, prefix, since_s=since_s):
        if message is None:
            sys.stdout.flush()
            continue
        sys.stdout.write((message.value() or b"").decode("utf-8", "replace") + "\n")
        shown += 1
        if shown == count:
            break
    sys.stdout.flush()
