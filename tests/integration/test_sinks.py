"""The ClickHouse sink on a real broker and ClickHouse's engine: each record is one row, whatever is killed between."""

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest
from confluent_kafka import Consumer, TopicPartition

from schemas.rows import Table
from schemas.topics import Topic
from streams import store
from streams.settings import Settings
from streams.sinks.clickhouse import ClickHouseStore, Place
from tests.sinking import Pipe, ask, missing, opinion, opinions, put, step, stored, written
from tests.topics import PARTITIONS, fresh

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


def test_every_record_of_every_topic_is_a_row_and_the_committed_offsets_reach_the_end(settings: Settings) -> None:
    pipe = Pipe(settings)
    put(settings, pipe.log, map(step, range(500)))
    put(settings, pipe.feedback, map(opinion, range(40)))
    assert pipe.move(lambda: (stored(settings), opinions(settings)) == (500, 40)) == 540
    assert written(settings) == 500
    assert _ends(settings, "conversation_log") == _ends_in_kafka(pipe, pipe.log)
    counted = ask(settings, "SELECT sum(stored), sum(expected), sum(missing) FROM reconciliation")
    assert counted == [(540, 540, 0)]
    assert _committed(pipe) == _ends_in_kafka(pipe, pipe.log)


def _ends(settings: Settings, table: str) -> dict[int, int]:
    """Per partition the next offset, where the rows hold each one from 0 on."""
    rows = ask(settings, f"SELECT kafka_partition, groupArray(kafka_offset) FROM {table} GROUP BY 1")
    assert all(sorted(offsets) == list(range(len(offsets))) for _, offsets in rows)
    return {partition: len(offsets) for partition, offsets in rows}


def _ends_in_kafka(pipe: Pipe, topic: Topic) -> dict[int, int]:
    consumer = Consumer({"bootstrap.servers": pipe.settings.kafka, "group.id": pipe.group})
    places = [TopicPartition(topic.name, part) for part in range(PARTITIONS)]
    ends = {place.partition: consumer.get_watermark_offsets(place, timeout=10)[1] for place in places}
    consumer.close()
    return {partition: end for partition, end in ends.items() if end}


def _committed(pipe: Pipe) -> dict[int, int]:
    consumer = Consumer({"bootstrap.servers": pipe.settings.kafka, "group.id": pipe.group})
    places = consumer.committed([TopicPartition(pipe.log.name, part) for part in range(PARTITIONS)], timeout=10)
    consumer.close()
    return {place.partition: place.offset for place in places if place.offset > 0}


class Killed(BaseException):
    """kill -9: nobody catches it, nothing after it runs."""


@dataclass
class Dying:
    """A store whose sink is killed right before or right after an insert."""

    real: ClickHouseStore
    after: bool

    def insert(self, table: Table, rows: list[bytes]) -> None:
        if self.after:
            self.real.insert(table, rows)
        raise Killed

    def last_offsets(self, topics: Iterable[str]) -> Mapping[Place, int]:
        return self.real.last_offsets(topics)


@pytest.mark.parametrize("after", [False, True], ids=["before the insert", "between insert and commit"])
def test_a_sink_that_is_killed_loses_no_row_and_writes_none_twice(settings: Settings, after: bool) -> None:
    pipe = Pipe(settings)
    put(settings, pipe.log, map(step, range(300)))
    with pytest.raises(Killed):
        pipe.move(lambda: False, into=Dying(pipe.store(), after))
    put(settings, pipe.log, map(step, range(300, 400)))
    pipe.move(lambda: stored(settings) == 400)
    assert written(settings) == 400
    assert missing(settings) == 0


def test_a_group_that_was_reset_writes_no_row_twice(settings: Settings) -> None:
    pipe = Pipe(settings)
    put(settings, pipe.log, map(step, range(200)))
    pipe.move(lambda: stored(settings) == 200)
    put(settings, pipe.log, [step(200)])
    pipe.move(lambda: stored(settings) == 201, group=fresh("reset"))
    assert written(settings) == 201


def test_two_sinks_that_share_the_partitions_write_each_record_once(settings: Settings) -> None:
    pipe = Pipe(settings)
    put(settings, pipe.log, map(step, range(200)))
    with pipe.sink() as one, pipe.sink() as two:
        one.until(lambda: (two.sink.turn(), stored(settings))[1] == 200)
        put(settings, pipe.log, map(step, range(200, 400)))
        one.until(lambda: (two.sink.turn(), stored(settings))[1] == 400)
    assert ask(settings, "SELECT count() FROM conversation_log") == [(400,)]
    assert missing(settings) == 0


def test_a_store_that_was_emptied_is_filled_again_from_kafka(settings: Settings) -> None:
    pipe = Pipe(settings)
    put(settings, pipe.log, map(step, range(200)))
    pipe.move(lambda: stored(settings) == 200)
    with store.connect(settings) as client:
        for table in ("conversation_log", "stored_offsets"):
            client.command(f"TRUNCATE TABLE {table}")
    assert stored(settings) == 0
    assert pipe.move(lambda: stored(settings) == 200) == 200
    assert missing(settings) == 0


def test_a_database_dropped_under_a_running_sink_is_filled_again_once_it_is_migrated(settings: Settings) -> None:
    pipe = Pipe(settings)
    put(settings, pipe.log, map(step, range(200)))
    with pipe.sink() as running:
        running.until(lambda: stored(settings) == 200)
        with store.connect(settings) as client:
            client.command(f"DROP DATABASE {settings.clickhouse_database} SYNC")
        put(settings, pipe.log, map(step, range(200, 210)))
        migrated = threading.Timer(0.5, store.migrate, [settings])
        migrated.start()
        running.until(lambda: stored(settings) == 210)
        migrated.join()
    assert written(settings) == 210
    assert missing(settings) == 0


def test_a_record_that_a_table_could_not_hold_is_put_aside_and_its_neighbours_are_stored(settings: Settings) -> None:
    pipe = Pipe(settings)
    strange = [step(1, occurred_at="soon"), step(2, occurred_at="9999-01-01T00:00:00Z")]
    readable = [step(3, occurred_at="2026-03-02T17:15:30+08:00"), step(4, occurred_at="20260302T091530Z")]
    extreme = [step(5, latency_ms=1e300, sentiment=-1e300, text="\x00\U0001f600'\\\n\t", detail={"a": {"b": [None]}})]
    put(settings, pipe.log, [step(0, "c"), *strange, *readable, *extreme])
    pipe.move(lambda: stored(settings) == 4)
    assert len(pipe.aside) == 2
    assert missing(settings) == 0
    times = ask(settings, "SELECT toUnixTimestamp(occurred_at) FROM conversation_log WHERE event_id IN ('e3', 'e4')")
    assert times == [(1_772_442_930,)] * 2
    ((text, detail),) = ask(settings, "SELECT text, detail FROM conversation_log WHERE event_id = 'e5'")
    assert text == extreme[0].text
    assert json.loads(detail) == extreme[0].detail
