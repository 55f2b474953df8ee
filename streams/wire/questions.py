"""What a cluster is asked about itself: brokers, leaders, coordinators, and which transactions it has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from streams.wire.connection import Address, Connection
from streams.wire.packing import Reader, array, compact_string, string, tagless

GROUP, TRANSACTION = 0, 1
"""What a coordinator is asked for."""
_METADATA, _FIND_COORDINATOR, _API_VERSIONS = 3, 10, 18
_NOT_CREATED = b"\0"
"""A topic that is not there is not made by being asked for."""
_FINALIZED, _RANGE_BYTES = 2, 6


@dataclass(frozen=True, slots=True)
class Topics:
    """Where brokers are, and by topic the error code and each partition's leader."""

    brokers: Mapping[int, Address]
    leaders: Mapping[str, Mapping[int, int]]
    errors: Mapping[str, int]


def topics(connection: Connection, names: Iterable[str], deadline: float) -> Topics:
    body = array([string(name) for name in names]) + _NOT_CREATED
    answer = connection.ask(_METADATA, 5, body, deadline)
    answer.int32()
    brokers = dict(answer.array(_broker))
    answer.string(), answer.int32()
    told = answer.array(_topic)
    return Topics(brokers, {name: leaders for name, _, leaders in told}, {name: error for name, error, _ in told})


def _broker(answer: Reader) -> tuple[int, Address]:
    node, host, port = answer.int32(), answer.string(), answer.int32()
    answer.string()
    return node, (host, port)


def _topic(answer: Reader) -> tuple[str, int, dict[int, int]]:
    error, name, _ = answer.int16(), answer.string(), answer.int8()
    return name, error, dict(answer.array(_leader))


def _leader(answer: Reader) -> tuple[int, int]:
    _, partition, leader = answer.int16(), answer.int32(), answer.int32()
    for _ in ("replicas", "in sync", "offline"):
        answer.array(Reader.int32)
    return partition, leader


def coordinator(connection: Connection, kind: int, name: str, deadline: float) -> tuple[int, Address]:
    """Error code, and where the coordinator of a group or a transactional id is."""
    answer = connection.ask(_FIND_COORDINATOR, 2, string(name) + bytes([kind]), deadline)
    _, error, _, _, host, port = (
        answer.int32(), answer.int16(), answer.string(), answer.int32(), answer.string(), answer.int32(),
    )  # fmt: skip
    return error, (host, port)


def newest_transactions(connection: Connection, deadline: float) -> int:
    """The cluster's ``transaction.version``; 0 where it does not say."""
    body = tagless(compact_string("kefu"), compact_string("1"))
    answer = connection.ask(_API_VERSIONS, 3, body, deadline, flexible=True, plain=True)
    error = answer.int16()
    answer.compact_array(_api)
    if error:
        return 0
    answer.int32()
    told = answer.tags().get(_FINALIZED)
    return dict(Reader(told).compact_array(_feature)).get("transaction.version", 0) if told else 0


def _api(answer: Reader) -> None:
    answer.at += _RANGE_BYTES
    answer.tags()


def _feature(answer: Reader) -> tuple[str, int]:
    name, level, _ = answer.compact_string(), answer.int16(), answer.int16()
    answer.tags()
    return name, level
