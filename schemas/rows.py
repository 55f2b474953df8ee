"""ClickHouse rows as pure functions: a record and where it stood in, one line of JSONEachRow out.

A row is the event's own JSON with its place in Kafka; ClickHouse parses it faster than any client builds columns.
"""

from dataclasses import dataclass

from schemas import topics
from schemas.codec import encode
from schemas.messages import Event
from schemas.topics import Topic

NO_PREVIOUS = -1
"""What the first record of a partition has as the offset before it."""

INSERT_SETTINGS = {
    "date_time_input_format": "best_effort",
    "input_format_json_read_objects_as_strings": 1,
    "input_format_skip_unknown_fields": 0,
}
"""How ClickHouse must read the lines: RFC 3339 times, nested values as JSON text, no field passed over."""


@dataclass(frozen=True, slots=True)
class Table:
    """Where the records of a topic go; its columns are the event's fields and ``kafka_*``."""

    name: str
    topic: Topic


TABLES: tuple[Table, ...] = (
    Table("conversation_log", topics.LOG),
    Table("feedback", topics.FEEDBACK),
    Table("alerts", topics.ALERTS),
    Table("deliveries", topics.DELIVERY),
)


def line(event: Event, topic: str, partition: int, offset: int, previous: int) -> bytes:
    """The row of an event. ``previous`` is the offset of the record before it in its partition."""
    place = f',"kafka_topic":"{topic}","kafka_partition":{partition},"kafka_offset":{offset}'
    return encode(event)[:-1] + place.encode() + b',"kafka_previous":%d}\n' % previous
