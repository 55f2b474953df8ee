"""The ClickHouse sink: batches, insert then commit, no row twice, nothing lost while ClickHouse is away.

Where to go on is read from ClickHouse itself (the greatest stored offset per partition): a kill between insert and
commit repeats nothing, and a store that was emptied or restored from a backup gets what it lacks. The offsets that are
committed to Kafka only show the lag.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from schemas import codec, times
from schemas.errors import Rejected, Unavailable
from schemas.messages import Event
from schemas.rows import INSERT_SETTINGS, NO_PREVIOUS, Table, line
from streams.librdkafka import reader
from streams.waiting import pauses, until

log = logging.getLogger("kefu.sink")

BATCH = 20_000
"""Rows at the most in one insert."""
EVERY_S = 0.5
"""Seconds after which a batch is inserted although it is not full."""
FETCH_BYTES = 262_144
"""The broker answers with so much, or with what came in 0.2 s: else each transaction would wake the sink."""
TIMES = ("occurred_at", "window_start", "window_end")
"""The fields whose columns are DateTime64: one row whose time cannot be read would hold up all others."""
EARLIEST, LATEST = times.seconds("1900-01-01T00:00:00Z"), times.seconds("2299-12-31T23:59:59Z")
"""What DateTime64 can hold (https://clickhouse.com/docs/sql-reference/data-types/datetime64)."""

Place = tuple[str, int]


class Store(Protocol):
    """Where rows go. Both verbs raise Unavailable while it is away."""

    def insert(self, table: Table, rows: list[bytes]) -> None: ...

    def last_offsets(self, topics: Iterable[str]) -> Mapping[Place, int]:
        """The greatest stored offset of each partition."""


Reject = Callable[[Any, Rejected], None]
"""Puts a record that cannot be read aside; returns once that is durable."""


@dataclass(slots=True)
class Batch:
    """Rows by table, and where each partition stands after them."""

    rows: dict[str, list[bytes]] = field(default_factory=dict)
    next: dict[Place, int] = field(default_factory=dict)

    def size(self) -> int:
        return sum(map(len, self.rows.values()))


def dated(event: Event) -> Event:
    """The event with its times as the tables read them. Raises Rejected for a text that is no time."""
    texts = {name: text for name in TIMES if (text := getattr(event, name, None)) is not None}
    written = {name: _written(name, text) for name, text in texts.items()}
    return event if written == texts else msgspec.structs.replace(event, **written)


def _written(name: str, text: str) -> str:
    try:
        moment = times.seconds(text)
    except (ValueError, OverflowError):
        raise Rejected(f"{name} {text!r} is no RFC 3339 time, such as 2026-01-31T08:05:09.120Z") from None
    if not EARLIEST <= moment <= LATEST:
        raise Rejected(f"{name} {text!r} is not between the years 1900 and 2299")
    return times.rfc3339(moment)


class Sink:
    """One sink process: ``turn`` moves one batch. The consumer's partitions are continued where the store ends."""

    def __init__(self, consumer: Consumer, store: Store, tables: Iterable[Table], reject: Reject) -> None:
        self._consumer, self._store, self._reject = consumer, store, reject
        self._tables = {table.topic.name: table for table in tables}
        self._previous: dict[Place, int] = {}
        self._pauses = pauses()
        consumer.subscribe(list(self._tables), on_assign=self._assigned, on_revoke=self._revoked)

    def turn(self) -> int:
        """Collect a batch, insert it, commit it; how many rows it had. 0 where ClickHouse was away: it comes again."""
        batch = self._collect()
        try:
            for topic, rows in batch.rows.items():
                self._store.insert(self._tables[topic], rows)
        except Unavailable as problem:
            self._begin_again(problem)
            return 0
        self._pauses = pauses()
        if batch.next:
            self._commit(batch.next)
        return batch.size()

    def _begin_again(self, problem: Unavailable) -> None:
        """The store may come back with less than it had (restored, emptied): where it ends is asked anew."""
        log.info("waiting for ClickHouse: %s", problem)
        time.sleep(next(self._pauses))
        self._assigned(self._consumer, self._consumer.assignment())

    def _collect(self) -> Batch:
        batch, ends = Batch(), time.monotonic() + EVERY_S
        while batch.size() < BATCH and (left := ends - time.monotonic()) > 0:
            for message in self._consumer.consume(BATCH - batch.size(), min(left, 0.1)):
                problem: KafkaError | None = message.error()
                if problem is None:
                    self._take(batch, message)
                elif problem.fatal():
                    raise KafkaException(problem)
        return batch

    def _take(self, batch: Batch, message: Any) -> None:
        place = (message.topic(), message.partition())
        batch.next[place] = message.offset() + 1
        previous = self._previous.get(place, NO_PREVIOUS)
        if message.offset() <= previous:
            return
        table = self._tables[message.topic()]
        try:
            event = dated(codec.decode(table.topic, message.value()))
        except Rejected as problem:
            self._reject(message, problem)
            return
        batch.rows.setdefault(message.topic(), []).append(line(event, *place, message.offset(), previous))
        self._previous[place] = message.offset()

    def _commit(self, offsets: Mapping[Place, int]) -> None:
        try:
            self._consumer.commit(
                offsets=[TopicPartition(*place, offset) for place, offset in offsets.items()], asynchronous=False
            )
        except KafkaException as problem:
            log.info("offsets are committed with the next batch: %s", problem.args[0].str())

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        stored = until("ClickHouse", lambda: self._store.last_offsets(self._tables))
        self._previous = {}
        for partition in partitions:
            last = stored.get((partition.topic, partition.partition))
            if last is not None and self._still_there(consumer, partition, last):
                self._previous[partition.topic, partition.partition] = last
                partition.offset = last + 1
            else:
                partition.offset = OFFSET_BEGINNING
        consumer.assign(partitions)

    @staticmethod
    def _still_there(consumer: Consumer, partition: TopicPartition, last: int) -> bool:
        _, end = consumer.get_watermark_offsets(partition, timeout=10)
        if last < end:
            return True
        log.warning(
            "%s-%s was begun anew in Kafka: its rows follow those of the old one", partition.topic, partition.partition
        )
        return False

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._previous = {}


def consumer(bootstrap: str, group: str = "kefu-sinks") -> Consumer:
    """The sink's consumer: read committed, from the beginning, offsets committed by hand."""
    return Consumer(
        reader(
            bootstrap,
            group,
            session_timeout_ms=10_000,
            max_poll_interval_ms=86_400_000,
            fetch_wait_max_ms=200,
            fetch_min_bytes=FETCH_BYTES,
            queued_max_messages_kbytes=65_536,
        )
    )


class ClickHouseStore:
    """Implements Store over clickhouse-connect; connects anew after a failure."""

    def __init__(self, connect: Callable[[], Any], inserted: Callable[[str, int], None]) -> None:
        self._connect, self._inserted, self._client = connect, inserted, None

    def insert(self, table: Table, rows: list[bytes]) -> None:
        body = b"".join(rows)
        self._call(
            lambda client: client.raw_insert(table.name, insert_block=body, fmt="JSONEachRow", settings=INSERT_SETTINGS)
        )
        self._inserted(table.name, len(rows))

    def last_offsets(self, topics: Iterable[str]) -> Mapping[Place, int]:
        query = "SELECT kafka_topic, kafka_partition, max(kafka_offset) FROM stored_offsets GROUP BY 1, 2"
        rows = self._call(lambda client: client.query(query).result_rows)
        return {(topic, partition): offset for topic, partition, offset in rows if topic in set(topics)}

    def _call(self, verb: Callable[[Any], Any]) -> Any:
        from clickhouse_connect.driver.exceptions import ClickHouseError

        from streams.store import meaning

        try:
            self._client = self._client or self._connect()
            return verb(self._client)
        except (ClickHouseError, OSError) as problem:
            self._client = None
            raise (meaning(problem) if isinstance(problem, ClickHouseError) else Unavailable(str(problem))) from None
