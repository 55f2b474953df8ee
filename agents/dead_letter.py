"""Dead letters: records that are put aside, with where they came from and why, and cut where they are too large."""

from collections.abc import Iterable
from typing import NamedTuple

from agents.ports import Record
from schemas.errors import KefuError
from schemas.topics import MAX_RECORD_BYTES

CUT = "__dlq.errors.cut"
"""The header of a letter that holds only the beginning of its record; it says how many bytes there were."""
LARGEST = 2 * MAX_RECORD_BYTES - 16_384
"""Bytes of a record that its letter takes. Brokers measure what is compressed, so that a record may have far more."""
_SHARE = LARGEST // 4

Headers = list[tuple[str, bytes]]


class DeadLetter(NamedTuple):
    """As it is sent."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def dead_letter(record: Record, problem: Exception, meaning: str) -> DeadLetter:
    """The record with its own headers, then those of the contract. ``meaning`` is Rejected or Bug."""
    key, value, own, why = record.key, record.value, list(record.headers), _why(record, problem, meaning)
    sizes = len(key or b""), len(value or b""), _size(own)
    if sum(sizes) > LARGEST:
        why.append((CUT, b"key %d, value %d, headers %d bytes" % sizes))
        own = own if sizes[2] <= _SHARE else []
        key, value = key and key[:_SHARE], value and value[: LARGEST - 2 * _SHARE]
    return DeadLetter(f"dlq.{record.topic}", key, value, own + why)


def _why(record: Record, problem: Exception, meaning: str) -> Headers:
    reason = str(problem) if isinstance(problem, KefuError) else f"{type(problem).__name__}: {problem}"
    return [
        ("__dlq.errors.topic", record.topic.encode()),
        ("__dlq.errors.partition", b"%d" % record.partition),
        ("__dlq.errors.offset", b"%d" % record.offset),
        ("__dlq.errors.message", reason.encode("utf-8", "replace")[:4000]),
        ("__dlq.errors.class", meaning.encode()),
    ]


def _size(headers: Iterable[tuple[str, bytes | None]]) -> int:
    return sum(len(name) * 4 + len(value or b"") for name, value in headers)
