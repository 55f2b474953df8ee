"""The gateway's history and figures on ClickHouse's own engine."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import times, topics
from schemas.errors import Unavailable
from schemas.operations import Alert, Feedback, LogEvent
from schemas.rows import INSERT_SETTINGS, line
from schemas.topics import Topic
from streams import store
from streams.gateway import queries
from streams.gateway.app import build
from streams.gateway.fakes import MemoryKafka
from streams.gateway.ports import GatewayDeps
from streams.gateway.store import Access, ClickHouseStore
from streams.settings import Settings
from tests.servers.gateway import asking

pytestmark = pytest.mark.clickhouse

NOBODY = "http://127.0.0.1:9"
NOW = 1_769_846_709.12
WHEN = times.rfc3339(NOW)
TABLES = {topics.LOG: "conversation_log", topics.FEEDBACK: "feedback", topics.ALERTS: "alerts"}
CITED = {"reply_id": "r1", "citations": [{"article_id": "a", "title": "退款", "score": 0.9}]}
ALERT = {"rule": "negative_share", "subject": "channel:web", "value": 0.5, "limit": 0.3, "message": "too many"}


def log_event(kind: Any, number: int, **more: Any) -> tuple[Topic, LogEvent]:
    occurred_at = times.rfc3339(NOW + number + len(kind) / 1000)
    ids: dict[str, Any] = {"event_id": f"{kind}-{number}", "conversation_id": "c'1", "message_id": f"m{number}"}
    return topics.LOG, LogEvent(kind=kind, channel="web", occurred_at=occurred_at, **ids, **more)


def history() -> list[tuple[Topic, Any]]:
    """Two turns, the second not answered; a like; an alert. Everything stands there twice."""
    about = {"source": "knowledge", "sentiment": -0.4, "latency_ms": 40.0, "detail": CITED}
    alert: dict[str, Any] = {**ALERT, "window_start": WHEN, "window_end": WHEN, "occurred_at": WHEN}
    events = [
        log_event("received", 1, text="退款\t多久?\n", detail={"user_id": "u"}),
        log_event("replied", 1, text="三天", **about),
        log_event("received", 2, text="hello?"),
        (topics.FEEDBACK, Feedback(feedback_id="f1", reply_id="r1", rating="like", occurred_at=WHEN)),
        (topics.ALERTS, Alert(alert_id="a1", **alert)),
    ]
    return [*events, *events]


@pytest.fixture
def filled(clickhouse: str) -> str:
    """A migrated ClickHouse that holds the history."""
    store.migrate(Settings(clickhouse_url=clickhouse))
    for offset, (topic, event) in enumerate(history()):
        row = line(event, topic.name, 0, offset, offset - 1)
        insert: dict[str, Any] = {"query": f"INSERT INTO kefu.{TABLES[topic]} FORMAT JSONEachRow"}
        httpx.post(clickhouse, params=insert | INSERT_SETTINGS, content=row).raise_for_status()
    return clickhouse


@pytest.fixture
async def asked(filled: str) -> AsyncIterator[ClickHouseStore]:
    asked = ClickHouseStore(Access(filled))
    yield asked
    await asked.close()


async def test_history_leaves_as_the_pages_read_it(asked: ClickHouseStore) -> None:
    kafka = MemoryKafka()
    deps = GatewayDeps(inbox=kafka, outbox=kafka, store=asked, clock=lambda: NOW + 3600)
    async with asking(build(deps)) as client:
        turns = (await client.get("/v1/conversations/c'1")).json()["turns"]
        trace = (await client.get("/v1/ops/trace/m1")).json()["events"]
        alerts = (await client.get("/v1/ops/alerts")).json()["alerts"]
        summary, later = [(await client.get(f"/v1/ops/summary?minutes={n}")).json() for n in (61, 1)]
        feedback = [await client.post("/v1/feedback", json={"reply_id": f"r{n}", "rating": "like"}) for n in (1, 0)]
    (turn,) = turns
    assert (turn["question"], turn["answer"], turn["feedback"]) == ("退款\t多久?\n", "三天", "like")
    assert turn["citations"][0]["title"] == "退款" and turn["asked_at"] == times.rfc3339(NOW + 1.008)
    assert [event["kind"] for event in trace] == ["replied", "received"] and trace[0]["detail"]["reply_id"] == "r1"
    assert [alert["alert_id"] for alert in alerts] == ["a1"] and alerts[0]["limit"] == 0.3
    assert summary["totals"]["answered_share"] == 0.5 and summary["sources"] == [{"source": "knowledge", "count": 1}]
    assert later["totals"]["messages"] == 0 and later["series"] == []
    assert [answer.status_code for answer in feedback] == [202, 404]


async def test_the_questions_are_answered_by_the_engine(asked: ClickHouseStore) -> None:
    since = int(NOW * 1000)
    whole, minute = await asked.rows(queries.figures(since))
    counts = await asked.rows(queries.counts(since))
    (conversation,) = await asked.rows(queries.conversations(since, 5))
    assert (whole["per_minute"], whole["messages"], whole["replies"], whole["p99_ms"]) == (0, 2, 1, 40.0)
    assert whole["negative_share"] == 1.0 and minute["minute"] == "2026-01-31T08:05:00Z"
    assert {"dimension": "label", "name": "negative", "count": 1} in counts and len(counts) == 4
    assert (conversation["turns"], conversation["last_question"], conversation["last_answer"]) == (1, "hello?", "三天")
    assert conversation["last_source"] == "knowledge"
    assert await asked.rows(queries.turns("c\t\\'1\n", 5)) == []


async def test_a_store_that_cannot_answer_says_why(clickhouse: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no tables yet"):
        await _asked(Access(clickhouse))
    with pytest.raises(Unavailable, match="KEFU_CLICKHOUSE_PASSWORD"):
        await _asked(Access(clickhouse, user="stranger"))
    with pytest.raises(Unavailable, match="messages are answered all the same"):
        await _asked(Access(NOBODY))


async def _asked(access: Access) -> None:
    asked = ClickHouseStore(access)
    try:
        await asked.rows(queries.alerts(1))
    finally:
        await asked.close()
