"""Consumer groups as Kafka sees them: their state and who reads what.

librdkafka's newer admin calls for groups end the process when a broker goes away meanwhile (librdkafka #4605: an
assertion in rd_kafka_enq_once_del_source_return). The older call that is used here does not, deprecated as it is.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas.errors import Unavailable
from streams.sender import refused

TIMEOUT_S = 2.5

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group: its state in Kafka's words, such as Stable or Empty, and the partitions its members read."""

    name: str
    state: str
    assigned: frozenset[Place]


def groups(client: AdminClient, name: str | None = None) -> list[Group]:
    """All groups, or the one of that name. Raises Unavailable."""
    try:
        found = client.list_groups(name, timeout=TIMEOUT_S) if name else client.list_groups(timeout=TIMEOUT_S)
    except KafkaException as problem:
        raise Unavailable(f"Kafka does not tell its groups: {refused(problem)}") from None
    return [Group(each.id or "", each.state or "", frozenset(_assigned(each.members))) for each in found]


def _assigned(members: Iterable[Any]) -> Iterator[Place]:
    for member in members:
        yield from assignment(member.assignment)


def assignment(encoded: bytes | None) -> list[Place]:
    """Partitions out of a ConsumerProtocolAssignment: version, then topics, each with its partitions (big-endian)."""
    if not encoded:
        return []
    (count,), at = struct.unpack_from(">i", encoded, 2), 6
    places: list[Place] = []
    for _ in range(count):
        (length,) = struct.unpack_from(">h", encoded, at)
        topic = encoded[at + 2 : at + 2 + length].decode()
        (parts,) = struct.unpack_from(">i", encoded, at + 2 + length)
        places += [(topic, part) for part in struct.unpack_from(f">{parts}i", encoded, at + 6 + length)]
        at += 6 + length + 4 * parts
    return places
