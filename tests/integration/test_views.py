"""ClickHouse's views over what the sink wrote: turns with their feedback, and rows against offsets."""

import json
from typing import Any

import pytest

from schemas import topics
from schemas.operations import LogEvent
from schemas.rows import Table, line
from streams.settings import Settings
from tests.sinking import WHEN, Pipe, ask, opinion, opinions, put, step, stored

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


def turn(number: int, conversation: str, **replied: Any) -> list[LogEvent]:
    """The log of an answered message."""
    same: dict[str, Any] = {"message_id": f"m{number}", "tenant": "shop", "channel": "web"}
    detail = {"reply_id": f"r{number}", "citations": [{"article_id": "a.en", "title": "A", "score": 0.5}]}
    answer = {"source": "knowledge", "language": "en", "intent": "returns", "intent_confidence": 0.75, "text": "Yes."}
    more = {"sentiment": -0.5, "latency_ms": 12.5, "detail": detail, "occurred_at": WHEN.format(2)}
    asked = same | {"text": "May I?", "detail": {"user_id": "u1"}, "occurred_at": WHEN.format(1)}
    return [
        step(number, conversation, kind="received", event_id=f"a{number}", **asked),
        step(number, conversation, kind="understood", event_id=f"b{number}", **(asked | {"intent": "greeting"})),
        step(number, conversation, kind="replied", event_id=f"c{number}", **(same | answer | more | replied)),
    ]


def test_turns_has_a_row_per_answered_message_with_what_the_person_thought_of_it(settings: Settings) -> None:
    pipe = Pipe(settings)
    unanswered = step(9, "c1", event_id="a9")
    answered = [*turn(1, "c1"), *turn(2, "c1"), *turn(2, "c1"), *turn(3, "c2", source="script")]
    put(settings, pipe.log, [*answered, unanswered])
    thoughts = [
        opinion(1, reply_id="r1", rating="like", occurred_at=WHEN.format(5)),
        opinion(2, reply_id="r1", rating="dislike", comment="No.", occurred_at=WHEN.format(6)),
        opinion(3, reply_id="r3", rating="like"),
        opinion(4, reply_id="somewhere else"),
    ]
    put(settings, pipe.feedback, thoughts)
    pipe.move(lambda: (stored(settings), opinions(settings)) == (10, 4))
    fields = "conversation_id, message_id, reply_id, source, feedback, feedback_comment"
    assert ask(settings, f"SELECT {fields} FROM turns ORDER BY message_id") == [
        ("c1", "m1", "r1", "knowledge", "dislike", "No."),
        ("c1", "m2", "r2", "knowledge", "", ""),
        ("c2", "m3", "r3", "script", "like", ""),
    ]
    fields = "tenant, channel, user_id, question, answer, language, intent, intent_confidence, sentiment, latency_ms"
    ((*said, citations),) = ask(settings, f"SELECT {fields}, citations FROM turns WHERE message_id = 'm1'")
    assert said == ["shop", "web", "u1", "May I?", "Yes.", "en", "returns", 0.75, -0.5, 12.5]
    assert json.loads(citations) == [{"article_id": "a.en", "title": "A", "score": 0.5}]
    spans = ask(settings, "SELECT dateDiff('ms', asked_at, answered_at) FROM turns WHERE message_id = 'm1'")
    assert spans == [(1000,)]


def test_reconciliation_counts_what_is_missing_between_rows_and_forgives_what_is_no_record(settings: Settings) -> None:
    table = Table("conversation_log", topics.LOG)
    chain = [(0, -1), (1, 0), (3, 1), (7, 5)]
    rows = [line(step(offset), "t", 2, offset, previous) for offset, previous in chain]
    Pipe(settings).store().insert(table, rows)
    columns = "kafka_topic, kafka_partition, first_offset, last_offset, stored, missing, expected"
    assert ask(settings, f"SELECT {columns} FROM reconciliation") == [("t", 2, 0, 7, 4, 2, 6)]
