"""One restart: ``python -m … BOOTSTRAP CHANGELOG KEYS CASE FOLDER`` reads a changelog and prints seconds as JSON."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Consumer, TopicPartition

from agents.ports import Kept
from streams.changelog import Changelog
from streams.read_back import READ_BATCH, WAIT_S, settings
from streams.shelf import Memory, Shelf
from streams.shelf_disk import Disk
from streams.states import States

PARTITIONS = 4


class Conversation(msgspec.Struct, frozen=True):
    """A state of about 600 bytes, as a dialogue's is."""

    turns: list[dict[str, Any]] = []
    language: str = "zh"
    mood: float = 0.25


def scan(consumer_settings: dict[str, Any], topic: str, ends: dict[int, int], batch: int) -> None:
    """Count the records, and do nothing else."""
    consumer = Consumer(consumer_settings)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in ends])
    places = [TopicPartition(topic, partition) for partition in ends]
    count = 0
    while any(place.offset < ends[place.partition] for place in consumer.position(places)):
        count += len(consumer.consume(batch, WAIT_S))
    consumer.close()


def restart(bootstrap: str, topic: str, keys: int, shelf: Shelf) -> None:
    """Open the states, and check that they are all there."""
    states = States(bootstrap, topic, Conversation, lambda _: shelf)
    asyncio.run(states.open(range(PARTITIONS)))
    for number in range(0, keys, keys // 100):
        kept: Kept[Any] = states.get(number % PARTITIONS, b"conversation-%d" % number)
        if kept.applied.get("chat.inbound.v1") != number:
            raise SystemExit(f"conversation {number} was lost")


def main(bootstrap: str, topic: str, keys: int, case: str, folder: Path) -> None:
    changelog = Changelog(bootstrap, topic, 30.0)
    logs = changelog.logs(range(PARTITIONS), lambda: True) or {}
    ends = {partition: log.end for partition, log in logs.items()}
    plain = {"bootstrap.servers": bootstrap, "group.id": "scan", "isolation.level": "read_committed"}
    began, cpu = time.perf_counter(), time.process_time()
    if case == "scan":
        scan(settings(changelog), topic, ends, READ_BATCH)
    elif case == "plain scan":
        scan(plain, topic, ends, 10_000)
    else:
        restart(bootstrap, topic, keys, Memory() if case == "memory" else Disk(folder))
    took = time.perf_counter() - began, time.process_time() - cpu
    print(json.dumps({"seconds": took[0], "cpu_seconds": took[1]}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], Path(sys.argv[5]))
