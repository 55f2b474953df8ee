"""The requests of a transactional producer, in versions that brokers from 2.5 to 4 and later understand.

Where the cluster has Kafka 4's transactions (``transaction.version`` 2, KIP-890), partitions and groups join by being
written to, and every transaction has an epoch of its own: what is late from an earlier one is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from streams.progress import Place
from streams.wire.connection import Connection
from streams.wire.packing import (
    Reader,
    array,
    by_topic,
    compact_array,
    compact_bytes,
    compact_string,
    int16,
    int32,
    int64,
    sized,
    string,
    tagless,
)

_PRODUCE, _INIT_PRODUCER_ID = 0, 22
_ADD_PARTITIONS, _ADD_OFFSETS, _END, _COMMIT_OFFSETS = 24, 25, 26, 28
_ALL_IN_SYNC = -1


@dataclass(frozen=True, slots=True)
class Transaction:
    """Who writes: a transactional id, and the producer id and epoch that the coordinator gave it.

    ``joins``: partitions and groups join the transaction by being written to.
    """

    name: str
    producer_id: int
    epoch: int
    joins: bool

    def packed(self) -> bytes:
        return string(self.name) + int64(self.producer_id) + int16(self.epoch)


@dataclass(frozen=True, slots=True)
class Membership:
    """A consumer's membership in its group, which the broker holds against the present one (KIP-447)."""

    group: str
    generation: int
    member: str
    instance: str | None


def init_producer(
    connection: Connection, name: str, timeout_s: float, deadline: float, present: Transaction | None
) -> tuple[int, int, int]:
    """Error code, producer id, and a new epoch: it fences earlier ones, and what they left open is aborted.

    Who has an epoch already names it, and is refused where another one of the name has come since.
    """
    producer_id, epoch = (present.producer_id, present.epoch) if present else (-1, -1)
    parts = compact_string(name), int32(int(timeout_s * 1000)), int64(producer_id), int16(epoch)
    answer = connection.ask(_INIT_PRODUCER_ID, 3, tagless(*parts), deadline, flexible=True)
    answer.int32()
    return answer.int16(), answer.int64(), answer.int16()


def add_partitions(
    connection: Connection, transaction: Transaction, places: Iterable[Place], deadline: float
) -> list[int]:
    """Error codes."""
    parts_of = by_topic((place.topic, int32(place.partition)) for place in places)
    named = [string(topic) + array(parts) for topic, parts in parts_of.items()]
    answer = connection.ask(_ADD_PARTITIONS, 1, transaction.packed() + array(named), deadline)
    answer.int32()
    return [error for errors in answer.array(_errors) for error in errors]


def _errors(answer: Reader) -> list[int]:
    answer.string()
    return answer.array(lambda part: (part.int32(), part.int16())[1])


def add_offsets(connection: Connection, transaction: Transaction, group: str, deadline: float) -> int:
    """Error code."""
    answer = connection.ask(_ADD_OFFSETS, 1, transaction.packed() + string(group), deadline)
    answer.int32()
    return answer.int16()


def commit_offsets(
    connection: Connection,
    transaction: Transaction,
    offsets: Mapping[Place, int],
    member: Membership,
    deadline: float,
) -> list[int]:
    """Error codes, of the group's coordinator."""
    parts_of = by_topic(
        (place.topic, tagless(int32(place.partition), int64(offset), int32(-1), compact_string("")))
        for place, offset in offsets.items()
    )
    body = tagless(
        compact_string(transaction.name),
        compact_string(member.group),
        int64(transaction.producer_id),
        int16(transaction.epoch),
        int32(member.generation),
        compact_string(member.member),
        compact_string(member.instance),
        compact_array([tagless(compact_string(name), compact_array(parts)) for name, parts in parts_of.items()]),
    )
    answer = connection.ask(_COMMIT_OFFSETS, 5 if transaction.joins else 3, body, deadline, flexible=True)
    answer.int32()
    return [error for errors in answer.compact_array(_compact_errors) for error in errors]


def _compact_errors(answer: Reader) -> list[int]:
    answer.compact_string()
    found = answer.compact_array(_compact_error)
    answer.tags()
    return found


def _compact_error(answer: Reader) -> int:
    _, error = answer.int32(), answer.int16()
    answer.tags()
    return error


def end(connection: Connection, transaction: Transaction, deadline: float, *, commit: bool) -> tuple[int, Transaction]:
    """Error code, and who writes the next transaction."""
    if not transaction.joins:
        answer = connection.ask(_END, 1, transaction.packed() + bytes([commit]), deadline)
        answer.int32()
        return answer.int16(), transaction
    ids = int64(transaction.producer_id), int16(transaction.epoch)
    answer = connection.ask(
        _END, 5, tagless(compact_string(transaction.name), *ids, bytes([commit])), deadline, flexible=True
    )
    answer.int32()
    error, producer_id, epoch = answer.int16(), answer.int64(), answer.int16()
    return error, transaction if error else replace(transaction, producer_id=producer_id, epoch=epoch)


def produce(
    connection: Connection,
    transaction: Transaction,
    batches: Mapping[Place, bytes],
    timeout_s: float,
    deadline: float,
) -> dict[Place, int]:
    """Error codes by place; at most one batch a place."""
    joins = transaction.joins
    parts_of = by_topic(
        (place.topic, int32(place.partition) + (tagless(compact_bytes(batch)) if joins else sized(batch)))
        for place, batch in batches.items()
    )
    how = int16(_ALL_IN_SYNC) + int32(int(timeout_s * 1000))
    if joins:
        named = [tagless(compact_string(topic), compact_array(parts)) for topic, parts in parts_of.items()]
        body = tagless(compact_string(transaction.name), how, compact_array(named))
        answer = connection.ask(_PRODUCE, 12, body, deadline, flexible=True)
        return dict(one for taken in answer.compact_array(_compact_taken) for one in taken)
    named = [string(topic) + array(parts) for topic, parts in parts_of.items()]
    answer = connection.ask(_PRODUCE, 7, string(transaction.name) + how + array(named), deadline)
    return dict(one for taken in answer.array(_taken) for one in taken)


_OFFSETS_AND_TIME = 24
"""Bytes, of no interest here."""


def _taken(answer: Reader) -> list[tuple[Place, int]]:
    topic = answer.string()

    def part(answer: Reader) -> tuple[Place, int]:
        partition, error = answer.int32(), answer.int16()
        answer.at += _OFFSETS_AND_TIME
        return Place(topic, partition), error

    return answer.array(part)


def _compact_taken(answer: Reader) -> list[tuple[Place, int]]:
    topic = answer.compact_string()

    def part(answer: Reader) -> tuple[Place, int]:
        partition, error = answer.int32(), answer.int16()
        answer.at += _OFFSETS_AND_TIME
        answer.compact_array(_record_error)
        answer.compact_string()
        answer.tags()
        return Place(topic, partition), error

    taken = answer.compact_array(part)
    answer.tags()
    return taken


def _record_error(answer: Reader) -> None:
    answer.int32()
    answer.compact_string()
    answer.tags()
