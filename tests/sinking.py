"""Records on their way into ClickHouse, for tests of the sink: topics, a database and a sink of the test's own."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer

from schemas import codec
from schemas.messages import Event
from schemas.operations import Feedback, LogEvent
from schemas.rows import Table
from schemas.topics import Topic
from streams import store
from streams.settings import Settings
from streams.sinks import clickhouse
from streams.sinks.clickhouse import ClickHouseStore, Sink
from tests.topics import create, fresh, produce, wait_until

WHEN = "2026-03-02T09:15:{:02d}.000Z"


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process gets them."""
    names = ("home", "kafka", "partitions", "clickhouse_url", "clickhouse_database", "ollama_urls", "http_port")
    return dict(os.environ) | {f"KEFU_{name.upper()}": str(getattr(settings, name)) for name in names}


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with store.connect(settings) as client:
        return [tuple(row) for row in client.query(sql).result_rows]


def stored(settings: Settings, where: str = "1") -> int:
    """How many different log rows there are."""
    ((count,),) = ask(settings, f"SELECT uniqExact(event_id) FROM conversation_log WHERE {where}")
    return int(count)


def written(settings: Settings, where: str = "1") -> int:
    """How many log rows lie on the disk, copies included."""
    ((count,),) = ask(settings, f"SELECT count() FROM conversation_log WHERE {where} SETTINGS final = 0")
    return int(count)


def opinions(settings: Settings) -> int:
    """How many different rows of feedback there are."""
    ((count,),) = ask(settings, "SELECT uniqExact(feedback_id) FROM feedback")
    return int(count)


def missing(settings: Settings) -> int:
    ((count,),) = ask(settings, "SELECT sum(missing) FROM reconciliation")
    return int(count)


def step(number: int, conversation: str = "", **fields: Any) -> LogEvent:
    base: dict[str, Any] = {
        "event_id": f"e{number}",
        "kind": "received",
        "conversation_id": conversation or f"c{number % 17}",
        "message_id": f"m{number}",
        "occurred_at": WHEN.format(number % 60),
    }
    return LogEvent(**(base | fields))


def put(settings: Settings, topic: Topic, events: Iterable[Event]) -> None:
    produce(settings.kafka, topic.name, [(topic.key_of(event).decode(), codec.encode(event)) for event in events])


def opinion(number: int, **fields: Any) -> Feedback:
    base = {"feedback_id": f"f{number}", "reply_id": f"r{number}", "rating": "like", "occurred_at": WHEN.format(0)}
    return Feedback(**(base | fields))


@dataclass
class Pipe:
    """Topics of a test's own on their way into its database; ``aside`` is what could not be read."""

    settings: Settings
    group: str = field(default_factory=lambda: fresh("sinks"))
    aside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = Topic(fresh("log"), LogEvent, "conversation_id", None, "")
        self.feedback = Topic(fresh("feedback"), Feedback, "feedback_id", None, "")
        create(self.settings.kafka, self.log.name, self.feedback.name)

    def store(self) -> ClickHouseStore:
        return ClickHouseStore(lambda: store.connect(self.settings), lambda table, rows: None)

    def sink(self, into: clickhouse.Store | None = None, group: str = "") -> "Running":
        consumer = clickhouse.consumer(self.settings.kafka, group or self.group)
        tables = Table("conversation_log", self.log), Table("feedback", self.feedback)
        reject = lambda message, problem: self.aside.append(str(problem))  # noqa: E731
        return Running(consumer, Sink(consumer, into or self.store(), tables, reject))

    def move(self, condition: Callable[[], object], **how: Any) -> int:
        """Run a sink until the condition holds; how many rows it moved."""
        with self.sink(**how) as running:
            return running.until(condition)


@dataclass
class Running:
    """A sink within a test; it leaves its group at the end, so that the next one need not wait for its session."""

    consumer: Consumer
    sink: Sink

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.consumer.close()

    def until(self, condition: Callable[[], object]) -> int:
        moved = 0

        def turned() -> object:
            nonlocal moved
            moved += self.sink.turn()
            return condition()

        wait_until(turned)
        return moved
