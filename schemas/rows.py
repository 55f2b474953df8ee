"""ClickHouse rows as pure functions: a record and where it stood in, a row out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas import times, topics
from schemas.codec import Origin, encode
from schemas.messages import DeliveryReceipt, Event
from schemas.operations import Alert, Feedback, LogEvent
from schemas.topics import Topic

Row = tuple[Any, ...]
KAFKA_COLUMNS = ("kafka_topic", "kafka_partition", "kafka_offset", "kafka_previous")
NO_PREVIOUS = -1
"""What the first record of a partition has as the offset before it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Where the records of a topic go: one row each, columns in the order of ``row``."""

    name: str
    topic: Topic
    columns: tuple[str, ...]
    row: Callable[[Any], Row]


def moment(text: str) -> datetime:
    """A wire time as ClickHouse's DateTime64(3, 'UTC') wants it; a broken one becomes the epoch, never an error."""
    try:
        return datetime.fromtimestamp(times.seconds(text), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _columns(event: type[Event]) -> tuple[str, ...]:
    return event.__struct_fields__ + KAFKA_COLUMNS


def _cells(event: Event, moments: Sequence[str]) -> list[Any]:
    return [
        moment(value) if name in moments else value
        for name, value in ((name, getattr(event, name)) for name in event.__struct_fields__)
    ]


def log_row(event: LogEvent) -> Row:
    """The row of one step; ``detail`` as JSON text."""
    *cells, detail = _cells(event, ("occurred_at",))
    return (*cells, encode(detail).decode())


def plain_row(event: Feedback | DeliveryReceipt) -> Row:
    return tuple(_cells(event, ("occurred_at",)))


def alert_row(event: Alert) -> Row:
    return tuple(_cells(event, ("window_start", "window_end", "occurred_at")))


def placed(row: Row, origin: Origin, previous: int) -> Row:
    """The row with its place in Kafka; ``previous`` is the offset of the partition's record before it."""
    return (*row, origin.topic, origin.partition, origin.offset, previous)


TABLES: tuple[Table, ...] = (
    Table("conversation_log", topics.LOG, _columns(LogEvent), log_row),
    Table("feedback", topics.FEEDBACK, _columns(Feedback), plain_row),
    Table("alerts", topics.ALERTS, _columns(Alert), alert_row),
    Table("deliveries", topics.DELIVERY, _columns(DeliveryReceipt), plain_row),
)
