"""Messages, queries and feedback over HTTP: what is appended, what is answered, what is the same twice."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from schemas.messages import DeliveryReceipt, InboundMessage
from schemas.operations import Feedback, LogEvent
from schemas.topics import DELIVERY, FEEDBACK, INBOUND, LOG, MAX_RECORD_BYTES
from streams.gateway.app import build
from streams.gateway.fakes import MemoryKafka, MemoryStore, silent
from streams.gateway.ports import GatewayDeps, Limits
from tests.servers.gateway import answering, asking

NOW = 1_769_846_709.12
STORED = {"conversation_id": "c9", "message_id": "m9", "tenant": "default", "channel": "web"}


@pytest.fixture
def kafka() -> MemoryKafka:
    return MemoryKafka(respond=answering)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore({"about": [STORED]})


@pytest.fixture
async def client(kafka: MemoryKafka, store: MemoryStore) -> AsyncIterator[httpx.AsyncClient]:
    deps = GatewayDeps(
        inbox=kafka,
        outbox=kafka,
        store=store,
        clock=lambda: NOW,
        limits=Limits(query_timeout_s=0.2),
    )
    async with asking(build(deps)) as client:
        yield client


def appended(kafka: MemoryKafka) -> list[InboundMessage]:
    return [event for event in kafka.events(INBOUND) if isinstance(event, InboundMessage)]


async def test_a_message_is_completed_and_masked_before_it_is_appended(
    client: httpx.AsyncClient, kafka: MemoryKafka
) -> None:
    answer = await client.post("/v1/messages", json={"text": "call 13800138000", "user_id": "u1"})
    (message,) = appended(kafka)
    assert answer.status_code == 202
    assert answer.json() == {"message_id": message.message_id, "conversation_id": "api:u1"}
    assert message.text == "call [PHONE_1]"
    assert message.message_id.startswith("msg-") and message.occurred_at == "2026-01-31T08:05:09.120Z"
    assert b"13800138000" not in b"".join(value for _, _, value in kafka.records)


async def test_what_the_sender_says_is_kept(client: httpx.AsyncClient, kafka: MemoryKafka) -> None:
    said = {"message_id": "m1", "conversation_id": "c1", "tenant": "t", "channel": "web", "text": "hi"}
    await client.post("/v1/messages", json=said | {"occurred_at": "2026-01-31T08:00:00Z"})
    (message,) = appended(kafka)
    assert {name: getattr(message, name) for name in said} == said
    assert message.occurred_at == "2026-01-31T08:00:00Z"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "neither text nor an attachment"),
        ({"text": 5}, "Expected `str`, got `int`"),
        ({"text": "x" * 20_001}, "send at most 20000"),
        ({"text": "hi", "occurred_at": "yesterday"}, "no RFC 3339 time"),
        ({"text": "hi", "conversation_id": "c" * 257}, "conversation_id has 257 characters"),
        ([], "Expected `object`"),
    ],
)
async def test_a_bad_message_is_a_problem_that_says_what_to_change(
    client: httpx.AsyncClient, kafka: MemoryKafka, body: Any, words: str
) -> None:
    answer = await client.post("/v1/messages", json=body)
    assert answer.status_code == 422 and words in answer.json()["detail"]
    assert kafka.records == []


async def test_the_same_key_gives_the_same_answer_and_one_message(
    client: httpx.AsyncClient, kafka: MemoryKafka
) -> None:
    answers = [
        await client.post("/v1/messages", json={"text": "hi"}, headers={"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(appended(kafka)) == 1


async def test_the_same_key_after_a_restart_gives_the_same_ids(kafka: MemoryKafka, store: MemoryStore) -> None:
    told = []
    for _ in range(2):
        deps = GatewayDeps(inbox=kafka, outbox=kafka, store=store, clock=lambda: NOW)
        async with asking(build(deps)) as client:
            answer = await client.post("/v1/messages", json={"text": "hi"}, headers={"Idempotency-Key": "k"})
            told.append(answer.json())
    assert told[0] == told[1]


async def test_keys_are_apart_by_route_and_refused_with_another_body(
    client: httpx.AsyncClient, kafka: MemoryKafka
) -> None:
    key = {"Idempotency-Key": "k1"}
    first = await client.post("/v1/messages", json={"text": "hi"}, headers=key)
    other = await client.post("/v1/messages", json={"text": "ho"}, headers=key)
    query = await client.post("/v1/query", json={"query": "hi"}, headers=key)
    assert other.status_code == 422 and "another body" in other.json()["detail"]
    assert query.json()["reply"]["in_reply_to"] != first.json()["message_id"]
    malformed = await client.post("/v1/messages", json={"text": "hi"}, headers={"Idempotency-Key": "k" * 256})
    assert malformed.status_code == 422


async def test_a_query_is_answered_and_counts_as_delivered(client: httpx.AsyncClient, kafka: MemoryKafka) -> None:
    body = {"query": "hello", "context": {"user_id": "u", "session_id": "s"}}
    answer = (await client.post("/v1/query", json=body)).json()
    assert answer["response"] == {
        "intent": {"name": "greeting", "confidence": 0.9},
        "entities": [],
        "answer": "you said: hello",
    }
    assert answer["reply"]["conversation_id"] == "s" and answer["reply"]["user_id"] == "u"
    (receipt,) = await kafka.grown(DELIVERY, 1)
    (event,) = await kafka.grown(LOG, 1)
    assert isinstance(receipt, DeliveryReceipt) and isinstance(event, LogEvent)
    assert receipt.reply_id == answer["reply"]["reply_id"] == event.detail["reply_id"]
    assert (event.kind, event.message_id) == ("delivered", answer["reply"]["in_reply_to"])


@pytest.mark.parametrize(
    ("context", "conversation"), [({"user_id": "u"}, "api:u"), ({"session_id": "s"}, "s"), ({}, "conv-")]
)
async def test_a_query_finds_its_conversation(
    client: httpx.AsyncClient, context: dict[str, str], conversation: str
) -> None:
    answer = await client.post("/v1/query", json={"query": "hi", "context": context})
    assert answer.json()["reply"]["conversation_id"].startswith(conversation)


async def test_a_late_answer_is_not_lost(client: httpx.AsyncClient, kafka: MemoryKafka) -> None:
    kafka.respond = silent
    key = {"Idempotency-Key": "k1"}
    late = await client.post("/v1/query", json={"query": "hi"}, headers=key)
    (message,) = appended(kafka)
    assert late.status_code == 504
    assert late.json()["message_id"] == message.message_id
    assert f"/v1/conversations/{message.conversation_id}" in late.json()["detail"]
    answering(kafka, INBOUND, kafka.records[0][2])
    await kafka.wake()
    again = await client.post("/v1/query", json={"query": "hi"}, headers=key)
    assert again.status_code == 200 and again.json()["reply"]["in_reply_to"] == message.message_id


async def test_kafka_away_is_said_in_words_and_the_retry_succeeds(
    client: httpx.AsyncClient, kafka: MemoryKafka
) -> None:
    kafka.down = "Kafka at 127.0.0.1:9 did not take the record"
    key = {"Idempotency-Key": "k"}
    refused = await client.post("/v1/messages", json={"text": "hi"}, headers=key)
    assert refused.status_code == 503 and refused.headers["retry-after"] == "2"
    assert refused.json()["detail"] == kafka.down
    kafka.down = ""
    assert (await client.post("/v1/messages", json={"text": "hi"}, headers=key)).status_code == 202


async def test_a_record_may_be_too_large(client: httpx.AsyncClient) -> None:
    body = {"attachments": [{"kind": "image", "data": "a" * (MAX_RECORD_BYTES - 100)}]}
    answer = await client.post("/v1/messages", json=body)
    assert answer.status_code == 422 and "send less" in answer.json()["detail"]


async def test_feedback_is_masked_and_the_same_twice(client: httpx.AsyncClient, kafka: MemoryKafka) -> None:
    asked = (await client.post("/v1/query", json={"query": "hi"})).json()["reply"]
    body = {"reply_id": asked["reply_id"], "rating": "dislike", "comment": "mail me: a.b@example.org"}
    answers = [await client.post("/v1/feedback", json=body) for _ in range(2)]
    events = [event for event in kafka.events(FEEDBACK) if isinstance(event, Feedback)]
    logged = [event for event in kafka.events(LOG) if isinstance(event, LogEvent) and event.kind == "feedback"]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json() == {"feedback_id": events[0].feedback_id}
    assert events[0] == events[1] and events[0].comment == "mail me: [EMAIL_1]"
    assert events[0].conversation_id == asked["conversation_id"]
    assert {event.event_id for event in logged} == {logged[0].event_id}
    assert logged[0].message_id == asked["in_reply_to"]


async def test_feedback_on_an_older_reply_is_placed_by_the_store(
    client: httpx.AsyncClient, kafka: MemoryKafka, store: MemoryStore
) -> None:
    await client.post("/v1/feedback", json={"reply_id": "r9", "rating": "like"})
    (event,) = (event for event in kafka.events(LOG) if isinstance(event, LogEvent))
    assert (event.conversation_id, event.message_id, event.channel) == ("c9", "m9", "web")
    store.answers = {}
    unknown = await client.post("/v1/feedback", json={"reply_id": "r0", "rating": "like"})
    assert unknown.status_code == 404 and "r0" in unknown.json()["detail"]


async def test_feedback_with_a_conversation_needs_no_store(
    client: httpx.AsyncClient, kafka: MemoryKafka, store: MemoryStore
) -> None:
    store.down = "ClickHouse does not answer"
    body = {"reply_id": "r9", "rating": "like"}
    assert (await client.post("/v1/feedback", json=body)).status_code == 503
    assert (await client.post("/v1/feedback", json=body | {"conversation_id": "c9"})).status_code == 202
    assert len(kafka.events(FEEDBACK)) == 1


@pytest.mark.parametrize(
    "more", [{"rating": "meh"}, {"reply_id": ""}, {"comment": "x" * 5001}, {"reply_id": "r" * 300}]
)
async def test_bad_feedback_is_refused(client: httpx.AsyncClient, kafka: MemoryKafka, more: dict[str, str]) -> None:
    answer = await client.post("/v1/feedback", json={"reply_id": "r9", "rating": "like"} | more)
    assert answer.status_code == 422
    assert kafka.records == []
