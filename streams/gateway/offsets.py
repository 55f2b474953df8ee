"""Where partitions begin, end and are committed, asked through a consumer that joins nobody."""

from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from schemas.errors import Unavailable
from streams.gateway.groups import Place
from streams.sender import refused

LATEST, EARLIEST = -1, -2
"""The protocol's timestamps for the end and the beginning (Kafka's ListOffsets request)."""
TIMEOUT_S = 5.0


def reader(bootstrap: str, group: str, **more: str | int | bool) -> Consumer:
    """A consumer that commits nothing; ``group`` is whose commits it may look at."""
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "logger": None,
            "log_level": 0,
            **more,
        }
    )


def offsets(consumer: Consumer, places: Iterable[Place], timestamp: int) -> dict[Place, int]:
    """The first offset at or after a time (ms since the epoch, LATEST or EARLIEST); -1 for none. Raises Unavailable."""
    asked = [TopicPartition(*place, timestamp) for place in places]
    try:
        found = consumer.offsets_for_times(asked, timeout=TIMEOUT_S) if asked else []
    except KafkaException as problem:
        raise Unavailable(f"Kafka does not tell its offsets: {refused(problem)}") from None
    for place in found:
        if place.error is not None:
            raise Unavailable(f"Kafka does not tell the offsets of {place.topic}: {place.error.str()}")
    return {(place.topic, place.partition): place.offset for place in found}


def committed(consumer: Consumer, places: Iterable[Place]) -> dict[Place, int]:
    """What the consumer's group has committed, where it has. Raises Unavailable."""
    try:
        found = consumer.committed([TopicPartition(*place) for place in places], timeout=TIMEOUT_S)
    except KafkaException as problem:
        raise Unavailable(f"Kafka does not tell what is committed: {refused(problem)}") from None
    return {(place.topic, place.partition): place.offset for place in found if place.offset >= 0}
