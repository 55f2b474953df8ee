"""The sink over a log and a store in memory: batches, where it goes on, what it does when one of them fails."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition

from schemas import topics
from schemas.errors import Rejected
from schemas.rows import TABLES
from streams.sinks import clickhouse
from streams.sinks.clickhouse import Sink
from tests.stores import MemoryStore

LOG, FEEDBACK = topics.LOG.name, topics.FEEDBACK.name


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clickhouse, "EVERY_S", 0.02)
    monkeypatch.setattr("streams.waiting.FIRST_S", 0.001)


@dataclass(frozen=True)
class Message:
    """A record as confluent-kafka gives it."""

    place: tuple[str, int]
    at: int
    raw: bytes | None
    problem: KafkaError | None = None

    def topic(self) -> str:
        return self.place[0]

    def partition(self) -> int:
        return self.place[1]

    def offset(self) -> int:
        return self.at

    def value(self) -> bytes | None:
        return self.raw

    def error(self) -> KafkaError | None:
        return self.problem


@dataclass
class Kafka:
    """One partition per topic, as a consumer sees it; ``join`` and ``leave`` are the group's doing."""

    log: dict[str, list[bytes | None]] = field(default_factory=dict)
    committed: dict[str, int] = field(default_factory=dict)
    errors: list[KafkaError] = field(default_factory=list)
    refuses_commits: bool = False
    position: dict[str, int] = field(default_factory=dict)
    subscribed: list[str] = field(default_factory=list)
    callbacks: dict[str, Callable[..., None]] = field(default_factory=dict)

    def put(self, topic: str, *values: bytes | None) -> None:
        self.log.setdefault(topic, []).extend(values)

    def join(self) -> None:
        self.callbacks["on_assign"](self, [TopicPartition(topic, 0) for topic in self.log])

    def leave(self) -> None:
        self.callbacks["on_revoke"](self, self.assignment())
        self.position.clear()

    def subscribe(self, names: list[str], **callbacks: Callable[..., None]) -> None:
        self.subscribed, self.callbacks = names, callbacks

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        self.position = {p.topic: 0 if p.offset == OFFSET_BEGINNING else p.offset for p in partitions}

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition(topic, 0) for topic in self.position]

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float) -> tuple[int, int]:
        return 0, len(self.log[partition.topic])

    def consume(self, count: int, timeout: float) -> list[Message]:
        found = [Message((LOG, 0), 0, None, error) for error in self.errors]
        self.errors.clear()
        for topic, at in self.position.items():
            taken = self.log[topic][at : at + count - len(found)]
            found += [Message((topic, 0), at + number, raw) for number, raw in enumerate(taken)]
            self.position[topic] += len(taken)
        return found

    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> None:
        if self.refuses_commits:
            raise KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION))
        self.committed |= {place.topic: place.offset for place in offsets}


@dataclass
class Pipe:
    """A sink between a log and a store; ``aside`` is what it could not read."""

    kafka: Kafka = field(default_factory=Kafka)
    store: MemoryStore = field(default_factory=MemoryStore)
    aside: list[tuple[int, str]] = field(default_factory=list)

    def sink(self) -> Sink:
        """A sink that has joined its group."""
        consumer: Any = self.kafka
        sink = Sink(consumer, self.store, TABLES, lambda message, why: self.aside.append((message.offset(), str(why))))
        self.kafka.join()
        return sink

    def chain(self, table: str = "conversation_log") -> list[tuple[int, int]]:
        """(previous, offset) of each stored row."""
        return [(row["kafka_previous"], row["kafka_offset"]) for row in self.store.rows(table)]


def step(number: int, **fields: object) -> bytes:
    event = {"event_id": f"e{number}", "kind": "received", "conversation_id": "c", "message_id": f"m{number}"}
    return json.dumps(event | {"occurred_at": "2026-03-02T09:15:30.250Z"} | fields).encode()


def opinion(number: int) -> bytes:
    event = {"feedback_id": f"f{number}", "reply_id": "r", "rating": "like", "occurred_at": "2026-03-02T09:15:30.250Z"}
    return json.dumps(event).encode()


def test_a_batch_holds_every_topic_and_is_committed_after_the_insert() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, step(0), step(1))
    pipe.kafka.put(FEEDBACK, opinion(0))
    assert pipe.sink().turn() == 3
    assert pipe.chain() == [(-1, 0), (0, 1)]
    assert pipe.chain("feedback") == [(-1, 0)]
    assert pipe.kafka.committed == {LOG: 2, FEEDBACK: 1}


def test_a_turn_without_records_inserts_and_commits_nothing() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG)
    assert pipe.sink().turn() == 0
    assert pipe.store.inserts == []
    assert pipe.kafka.committed == {}


def test_a_batch_ends_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clickhouse, "BATCH", 3)
    monkeypatch.setattr(clickhouse, "EVERY_S", 60.0)
    pipe = Pipe()
    pipe.kafka.put(LOG, *map(step, range(6)))
    sink = pipe.sink()
    assert [sink.turn(), sink.turn()] == [3, 3]
    assert pipe.store.inserts == [3, 3]


def test_a_record_that_cannot_be_read_is_put_aside_and_breaks_no_chain() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, step(0), b"{no", None, step(3, kind="dreamed"), step(4))
    pipe.sink().turn()
    assert [offset for offset, _ in pipe.aside] == [1, 2, 3]
    assert all(len(reason) > 10 for _, reason in pipe.aside)
    assert pipe.chain() == [(-1, 0), (0, 4)]
    assert pipe.kafka.committed == {LOG: 5}


@pytest.mark.parametrize("when", ["soon", "", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"])
def test_a_record_whose_time_no_table_can_hold_is_put_aside(when: str) -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, step(0), step(1, occurred_at=when), step(2))
    pipe.sink().turn()
    ((offset, reason),) = pipe.aside
    assert offset == 1
    assert "occurred_at" in reason
    assert pipe.chain() == [(-1, 0), (0, 2)]


@pytest.mark.parametrize("when", ["2026-03-02T10:15:30.25+01:00", "20260302T091530.25Z", "2026-03-02T09:15:30.250"])
def test_every_way_to_write_a_time_becomes_the_one_that_the_tables_read(when: str) -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, step(0, occurred_at=when))
    pipe.sink().turn()
    (row,) = pipe.store.rows("conversation_log")
    assert row["occurred_at"] == "2026-03-02T09:15:30.250Z"


def test_the_window_of_an_alert_is_checked_too() -> None:
    alert = {"alert_id": "a", "rule": "r", "subject": "s", "value": 1, "limit": 1, "message": "m"}
    times = {"window_start": "2026-03-02T09:15:00Z", "window_end": "later", "occurred_at": "2026-03-02T09:16:00Z"}
    pipe = Pipe()
    pipe.kafka.put(topics.ALERTS.name, json.dumps(alert | times).encode())
    pipe.sink().turn()
    ((_, reason),) = pipe.aside
    assert "window_end" in reason


def test_the_next_sink_goes_on_where_the_store_ends_whatever_was_committed() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, *map(step, range(3)))
    pipe.kafka.refuses_commits = True
    assert pipe.sink().turn() == 3
    pipe.kafka.put(LOG, step(3))
    assert pipe.sink().turn() == 1
    assert pipe.chain() == [(-1, 0), (0, 1), (1, 2), (2, 3)]


def test_a_record_that_kafka_gives_again_is_not_taken_again() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, *map(step, range(3)))
    sink = pipe.sink()
    sink.turn()
    pipe.kafka.position[LOG] = 1
    pipe.kafka.put(LOG, step(3))
    assert sink.turn() == 1
    assert pipe.store.inserts == [3, 1]


def test_a_store_that_was_emptied_gets_everything_again() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, *map(step, range(3)))
    pipe.sink().turn()
    pipe.store.empty()
    assert pipe.sink().turn() == 3
    assert pipe.chain() == [(-1, 0), (0, 1), (1, 2)]


def test_a_store_that_is_away_is_waited_for_and_gets_what_it_lacks_when_it_comes_back_with_less() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, *map(step, range(3)))
    sink = pipe.sink()
    sink.turn()
    pipe.kafka.put(LOG, step(3))
    pipe.store.away_for = 3
    pipe.store.empty()
    assert sink.turn() == 0
    assert sink.turn() == 4
    assert pipe.chain() == [(-1, 0), (0, 1), (1, 2), (2, 3)]
    assert pipe.kafka.committed == {LOG: 4}


def test_a_topic_that_was_begun_anew_in_kafka_is_read_from_its_beginning() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, *map(step, range(5)))
    pipe.sink().turn()
    pipe.kafka.log[LOG] = [step(100), step(101)]
    assert pipe.sink().turn() == 2
    assert {row["event_id"] for row in pipe.store.rows("conversation_log")} >= {"e100", "e101"}


def test_partitions_that_come_back_are_continued_without_a_gap_in_the_chain() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, step(0))
    sink = pipe.sink()
    sink.turn()
    pipe.kafka.leave()
    pipe.kafka.put(LOG, step(1))
    assert sink.turn() == 0
    pipe.kafka.join()
    assert sink.turn() == 1
    assert pipe.chain() == [(-1, 0), (0, 1)]


def test_a_fatal_error_of_the_consumer_ends_the_process_and_another_does_not() -> None:
    pipe = Pipe()
    pipe.kafka.put(LOG, step(0))
    sink = pipe.sink()
    pipe.kafka.errors = [KafkaError(KafkaError._PARTITION_EOF)]
    assert sink.turn() == 1
    pipe.kafka.errors = [KafkaError(KafkaError._FATAL, "fenced", fatal=True)]
    with pytest.raises(KafkaException, match="fenced"):
        sink.turn()


def test_a_dead_letter_that_cannot_be_written_stops_the_sink_before_it_commits() -> None:
    kafka: Any = Kafka()
    kafka.put(LOG, b"{no")

    def cannot(message: Any, problem: Rejected) -> None:
        raise RuntimeError("no dead letter")

    sink = Sink(kafka, MemoryStore(), TABLES, cannot)
    kafka.join()
    with pytest.raises(RuntimeError, match="no dead letter"):
        sink.turn()
    assert kafka.committed == {}


def test_the_sink_reads_the_topics_of_its_tables() -> None:
    kafka: Any = Kafka()
    Sink(kafka, MemoryStore(), TABLES, lambda *_: None)
    assert kafka.subscribed == [topic.name for topic in (topics.LOG, topics.FEEDBACK, topics.ALERTS, topics.DELIVERY)]
