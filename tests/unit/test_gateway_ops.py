"""The operations API over rows, readiness over checks, lag over offsets."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.operations import Setting
from streams.gateway.app import build
from streams.gateway.fakes import MemoryKafka, MemoryStore
from streams.gateway.groups import assignment
from streams.gateway.lag import behind
from streams.gateway.ports import Check, GatewayDeps, Limits, Row
from tests.servers.gateway import asking

NOW = 1_769_846_709.12
FIGURES = {"messages": 4, "replies": 3, "negative_share": 0.25, "p50_ms": 9.0, "p95_ms": 20.0, "p99_ms": 21.0}
MINUTE = "2026-01-31T08:05:00Z"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(
        {
            "figures": [{**FIGURES, "per_minute": 0, "minute": ""}, {**FIGURES, "per_minute": 1, "minute": MINUTE}],
            "counts": [
                {"dimension": "source", "name": "script", "count": 2},
                {"dimension": "label", "name": "negative", "count": 1},
            ],
            "turns": [{"message_id": "m1", "citations": '[{"title":"t"}]'}, {"message_id": "m2", "citations": ""}],
            "trace": [{"kind": "replied", "detail": '{"reply_id":"r1"}'}, {"kind": "received", "detail": ""}],
            "alerts": [{"alert_id": "a1"}],
            "conversations": [{"conversation_id": "c1"}],
        }
    )


@pytest.fixture
def well() -> dict[str, str | None]:
    """What each check says; the test changes it."""
    return {"kafka": None, "clickhouse": None}


def check(well: dict[str, str | None], name: str) -> Check:
    async def look() -> str | None:
        if well[name] == "hangs":
            await asyncio.Event().wait()
        if well[name] == "raises":
            raise Unavailable("no broker")
        return well[name]

    return look


@pytest.fixture
def kafka() -> MemoryKafka:
    return MemoryKafka()


@pytest.fixture
async def client(
    store: MemoryStore, well: dict[str, str | None], kafka: MemoryKafka
) -> AsyncIterator[httpx.AsyncClient]:
    async def lag() -> list[Row]:
        return [{"group": "kefu-dialogue", "topic": "chat.inbound.v1", "lag": 3}]

    deps = GatewayDeps(
        inbox=kafka,
        outbox=kafka,
        store=store,
        clock=lambda: NOW,
        lag=lag,
        checks={name: check(well, name) for name in well},
        limits=Limits(check_timeout_s=0.05),
    )
    async with asking(build(deps)) as client:
        yield client


async def test_the_pool_is_shown_as_each_worker_last_said(client: httpx.AsyncClient, kafka: MemoryKafka) -> None:
    assert (await client.get("/v1/ops/pool")).json()["workers"] == []
    for worker, waiting in (("2", 0), ("1", 4), ("1", 3)):
        value = {"worker": worker, "waiting": waiting, "servers": []}
        told = Setting(name=f"models.pool.{worker}", value=value, occurred_at="2026-01-31T08:05:09.000Z")
        kafka.put(topics.SETTINGS, topics.SETTINGS.key_of(told), codec.encode(told))
    await kafka.wake()
    for _ in range(100):
        workers = (await client.get("/v1/ops/pool")).json()["workers"]
        if len(workers) == 2 and workers[0]["waiting"] == 3:
            break
        await asyncio.sleep(0.01)
    assert [(each["worker"], each["waiting"], each["seen_at"]) for each in workers] == [
        ("1", 3, "2026-01-31T08:05:09.000Z"),
        ("2", 0, "2026-01-31T08:05:09.000Z"),
    ]


async def test_the_summary_is_what_the_page_draws(client: httpx.AsyncClient, store: MemoryStore) -> None:
    summary = (await client.get("/v1/ops/summary?minutes=30")).json()
    assert summary["generated_at"] == "2026-01-31T08:05:09.120Z"
    assert summary["totals"] == FIGURES | {"answered_share": 0.75}
    assert [row["minute"] for row in summary["series"]] == [MINUTE]
    assert summary["sources"] == [{"source": "script", "count": 2}]
    assert summary["sentiment"] == [{"label": "negative", "count": 1}]
    assert summary["intents"] == summary["channels"] == []
    assert summary["models"]["status"] == "offline"
    assert {question.parameters["since"] for question in store.asked} == {int(NOW * 1000) - 1_800_000}


async def test_an_hour_without_messages_has_figures_too(client: httpx.AsyncClient, store: MemoryStore) -> None:
    store.answers = {}
    totals = (await client.get("/v1/ops/summary")).json()["totals"]
    assert totals["messages"] == 0 and totals["answered_share"] is None and totals["p50_ms"] is None


async def test_lists_are_given_under_their_names(client: httpx.AsyncClient, store: MemoryStore) -> None:
    assert (await client.get("/v1/ops/alerts?limit=7")).json()["alerts"] == [{"alert_id": "a1"}]
    assert store.asked[-1].parameters == {"limit": 7}
    conversations = (await client.get("/v1/ops/conversations")).json()["conversations"]
    assert conversations == [{"conversation_id": "c1"}]
    assert (await client.get("/v1/ops/lag")).json()["groups"][0]["lag"] == 3


async def test_json_in_columns_leaves_as_values(client: httpx.AsyncClient, store: MemoryStore) -> None:
    turns = (await client.get("/v1/conversations/a%2Fb' OR 1")).json()
    assert turns["conversation_id"] == store.asked[-1].parameters["conversation_id"]
    assert [turn["citations"] for turn in turns["turns"]] == [[{"title": "t"}], []]
    events = (await client.get("/v1/ops/trace/m1")).json()["events"]
    assert [event["detail"] for event in events] == [{"reply_id": "r1"}, {}]


async def test_clickhouse_away_is_said_in_words(client: httpx.AsyncClient, store: MemoryStore) -> None:
    store.down = "ClickHouse does not answer; messages are answered all the same"
    for path in ("/v1/ops/summary", "/v1/ops/alerts", "/v1/conversations/c1", "/v1/ops/trace/m1"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["detail"]) == (503, store.down)


@pytest.mark.parametrize(
    ("name", "said", "status", "code", "reason"),
    [
        ("kafka", None, "ready", 200, None),
        ("clickhouse", "is down", "degraded", 200, "is down"),
        ("clickhouse", "hangs", "degraded", 200, "no answer within 0.05 s"),
        ("kafka", "raises", "not ready", 503, "no broker"),
    ],
)
async def test_readiness_names_each_check_and_its_reason(  # noqa: PLR0917
    client: httpx.AsyncClient,
    well: dict[str, str | None],
    name: str,
    said: str | None,
    status: str,
    code: int,
    reason: str | None,
) -> None:
    well[name] = said
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (code, status)
    assert answer.json()["checks"][name].get("reason") == reason
    assert answer.json()["checks"]["outbox"] == {"ok": True}


def test_lag_is_summed_by_topic_and_never_below_zero() -> None:
    committed = {("a", 0): 5, ("a", 1): 7, ("b", 0): 9}
    ends = {("a", 0): 8, ("a", 1): 9, ("a", 2): 14, ("b", 0): 4, ("c", 0): 100}
    begins = {("a", 0): 0, ("a", 1): 0, ("a", 2): 10, ("b", 0): 0, ("c", 0): 0}
    assert behind("g", committed, ends, begins) == [
        {"group": "g", "topic": "a", "lag": 9},
        {"group": "g", "topic": "b", "lag": 0},
    ]


def test_an_assignment_is_read_as_kafka_encodes_it() -> None:
    encoded = b"\0\1\0\0\0\2\0\1a\0\0\0\2\0\0\0\0\0\0\0\7\0\2bc\0\0\0\1\0\0\0\3"
    assert assignment(encoded + b"\0\0\0\4user") == [("a", 0), ("a", 7), ("bc", 3)]
    assert assignment(b"") == assignment(None) == []
