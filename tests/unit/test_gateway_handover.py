"""The console over HTTP: what waits, who has it, what is appended, and that the first in the log wins."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
import pytest

from schemas import codec
from schemas.operations import HandedTurn, HandoverEvent, HandoverKind
from schemas.topics import HANDOVER
from streams.gateway.app import build
from streams.gateway.board import CLOSED, Board
from streams.gateway.cases import EVENTS, fold
from streams.gateway.fakes import MemoryKafka, MemoryStore
from streams.gateway.ports import GatewayDeps
from streams.person import NotDone, Person, choose, converse, line, said, whole
from streams.typed import Typed
from tests.servers.gateway import asking

NOW = 1_769_846_709.0
TURN = HandedTurn(
    question="It arrived broken.", answer="I am sorry.", source="script", occurred_at="2026-01-31T08:00:00.000Z"
)
REQUESTED = HandoverEvent(
    event_id="ho-1",
    kind="requested",
    conversation_id="web:u/1",
    tenant="shop",
    channel="web",
    user_id="u-1",
    text="I want a person",
    reason="asked for a person",
    language="en",
    queue="after-sales",
    skill="returns",
    summary="A kettle arrived broken.",
    slots={"order_number": "KF10000003"},
    turns=(TURN,),
    occurred_at="2026-01-31T08:03:09.000Z",
)


def event(number: int, kind: HandoverKind, agent: str = "", text: str = "") -> HandoverEvent:
    return HandoverEvent(
        event_id=f"e-{number}",
        kind=kind,
        conversation_id="web:u/1",
        agent_id=agent,
        text=text,
        occurred_at=f"2026-01-31T08:04:{number:02d}.000Z",
    )


def put(kafka: MemoryKafka, *events: HandoverEvent) -> None:
    for one in events:
        kafka.put(HANDOVER, HANDOVER.key_of(one), codec.encode(one))


@pytest.fixture
def kafka() -> MemoryKafka:
    kafka = MemoryKafka()
    put(kafka, REQUESTED)
    return kafka


@pytest.fixture
async def client(kafka: MemoryKafka) -> AsyncIterator[httpx.AsyncClient]:
    deps = GatewayDeps(
        inbox=kafka,
        outbox=kafka,
        handovers=kafka.handovers(),
        store=MemoryStore(),
        clock=lambda: NOW,
    )
    async with asking(build(deps)) as client:
        yield client


PATH = "/v1/handover/web%3Au%2F1"


async def do(client: httpx.AsyncClient, verb: str, agent: str, key: str = "", **more: str) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post(f"{PATH}/{verb}", json={"agent_id": agent, **more}, headers=headers)


def appended(kafka: MemoryKafka) -> list[HandoverEvent]:
    return [one for one in kafka.events(HANDOVER) if isinstance(one, HandoverEvent)][1:]


async def listed(client: httpx.AsyncClient, **query: str) -> list[Any]:
    found: list[Any] = (await client.get("/v1/handover", params=query)).json()["conversations"]
    return found


def test_the_first_who_takes_has_it_until_it_is_returned() -> None:
    case = fold(None, REQUESTED)
    owners = []
    for one in (
        event(1, "taken", "li"),
        event(2, "taken", "wang"),
        event(3, "returned", "li"),
        event(4, "taken", "wang"),
    ):
        case = fold(case, one)
        owners.append((case.status, case.agent_id))
    assert owners == [("taken", "li"), ("taken", "li"), ("closed", ""), ("taken", "wang")]


def test_people_may_step_in_where_nobody_was_asked_for() -> None:
    case = fold(None, event(1, "taken", "li"))
    assert (case.status, case.agent_id, case.queue) == ("taken", "li", "")
    assert fold(None, event(1, "replied", "li")).status == "closed"


def test_what_the_customer_says_counts_until_it_is_answered_and_events_stay_bounded() -> None:
    case = fold(None, REQUESTED)
    for number in range(EVENTS + 10):
        case = fold(case, event(number % 60, "said", text="hello?"))
    assert (case.unanswered, len(case.events)) == (EVENTS + 11, EVENTS)
    assert fold(case, event(1, "replied", "li")).unanswered == 0


def test_an_event_that_comes_twice_counts_once_and_closed_cases_are_forgotten_in_time() -> None:
    board = Board()
    assert board.take([REQUESTED, REQUESTED]) == ["ho-1"]
    board.take([event(1, "taken", "li"), event(2, "returned", "li")])
    assert (board.open(), [case.status for case in board.closed()]) == ([], ["closed"])
    board.take([event(1, "taken", "li")])
    assert board.open() == [], "the same event again opens nothing"
    others = [
        msgspec.structs.replace(event(3, "replied", "li"), event_id=f"x-{number}", conversation_id=f"c{number}")
        for number in range(CLOSED)
    ]
    board.take(others)
    assert board.case("web:u/1") is None


async def test_what_waits_is_listed_with_summary_slots_and_waiting_time(client: httpx.AsyncClient) -> None:
    (case,) = await listed(client)
    assert (case["conversation_id"], case["status"], case["waiting_s"]) == ("web:u/1", "waiting", 120.0)
    assert (case["queue"], case["skill"], case["summary"]) == ("after-sales", "returns", "A kettle arrived broken.")
    assert (case["slots"], case["last_text"], case["unanswered"]) == (
        {"order_number": "KF10000003"},
        "I want a person",
        1,
    )
    assert await listed(client, queue="other") == []
    assert len(await listed(client, queue="after-sales", skill="returns", status="waiting")) == 1
    assert (await client.get("/v1/handover?status=none")).status_code == 422


async def test_a_conversation_is_taken_answered_noted_and_returned(
    client: httpx.AsyncClient, kafka: MemoryKafka
) -> None:
    assert (await do(client, "take", "li")).json()["agent_id"] == "li"
    answers = [
        await do(client, "reply", "li", text="Call me: 13800138000"),
        await do(client, "note", "wang", text="VIP"),
        await do(client, "return", "li", reason="done"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [(one.kind, one.agent_id, one.text) for one in appended(kafka)] == [
        ("taken", "li", ""),
        ("replied", "li", "Call me: [PHONE_1]"),
        ("noted", "wang", "VIP"),
        ("returned", "li", ""),
    ]
    assert {(one.tenant, one.channel, one.user_id, one.language) for one in appended(kafka)} == {
        ("shop", "web", "u-1", "en")
    }
    shown = (await client.get(PATH)).json()
    assert [one["kind"] for one in shown["events"]] == ["requested", "taken", "replied", "noted", "returned"]
    assert shown["turns"][0]["answer"] == "I am sorry."
    assert await listed(client) == []
    assert [case["status"] for case in await listed(client, status="closed")] == ["closed"]


async def test_who_does_not_have_it_is_told_who_has(client: httpx.AsyncClient, kafka: MemoryKafka) -> None:
    assert "take it first" in (await do(client, "reply", "li", text="hi")).json()["detail"]
    await do(client, "take", "李娜")
    for answer in (
        await do(client, "take", "wang"),
        await do(client, "reply", "wang", text="hi"),
        await do(client, "return", "wang"),
    ):
        assert (answer.status_code, answer.json()["agent_id"]) == (409, "李娜")
        assert answer.headers["content-type"] == "application/problem+json"
    assert [one.kind for one in appended(kafka)] == ["taken"], "what is refused is not appended"
    assert (await do(client, "take", "李娜")).status_code == 200, "taking again what one has is fine"


async def test_of_two_who_take_at_once_the_first_in_the_log_has_it(
    client: httpx.AsyncClient, kafka: MemoryKafka
) -> None:
    await listed(client)
    answers = await asyncio.gather(*(do(client, "take", name) for name in ("li", "wang", "zhao")))
    first = appended(kafka)[0].agent_id
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert {answer.json()["agent_id"] for answer in answers} == {first}


async def test_the_same_step_twice_is_one(client: httpx.AsyncClient, kafka: MemoryKafka) -> None:
    await do(client, "take", "li", "t1")
    first, again = [await do(client, "reply", "li", "r1", text="hi") for _ in range(2)]
    assert first.json() == again.json()
    assert [one.kind for one in appended(kafka)] == ["taken", "replied"]
    changed = await do(client, "reply", "li", "r1", text="something else")
    assert (changed.status_code, "new key" in changed.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("verb", "body", "words"),
    [
        ("reply", {"agent_id": "li", "text": " "}, "text is empty"),
        ("note", {"agent_id": "li"}, "text is empty"),
        ("take", {"agent_id": ""}, "agent_id is empty"),
        ("take", {}, "agent_id"),
        ("reply", {"agent_id": "li", "text": "x" * 5001}, "send at most 5000"),
    ],
)
async def test_a_step_that_makes_no_sense_says_what_to_change(
    client: httpx.AsyncClient, verb: str, body: dict[str, str], words: str
) -> None:
    answer = await client.post(f"{PATH}/{verb}", json=body)
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True)


async def test_a_conversation_that_nobody_was_called_to_is_not_known(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/handover/c9")).status_code == 404
    assert (await client.post("/v1/handover/c9/reply", json={"agent_id": "li", "text": "hi"})).status_code == 404
    assert (await client.post("/v1/handover/c9/take", json={"agent_id": "li"})).status_code == 200


async def test_while_kafka_is_away_a_step_is_refused_and_can_be_repeated(
    client: httpx.AsyncClient, kafka: MemoryKafka
) -> None:
    await listed(client)
    kafka.down = "Kafka is away"
    assert (await do(client, "take", "li", "t1")).status_code == 503
    kafka.down = ""
    assert (await do(client, "take", "li", "t1")).status_code == 200


async def test_other_people_s_steps_appear_as_they_come(client: httpx.AsyncClient, kafka: MemoryKafka) -> None:
    put(kafka, event(1, "taken", "li"), event(2, "said", text="still there?"))
    await kafka.wake()
    async with asyncio.timeout(10):
        while not (case := (await listed(client))[0])["agent_id"]:
            await asyncio.sleep(0)
    assert (case["agent_id"], case["last_text"], case["unanswered"]) == ("li", "still there?", 2)


class Canned(httpx.BaseTransport):
    """Answers in turn, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers.pop(0)


def person(*answers: httpx.Response) -> tuple[Person, Canned]:
    canned = Canned(*answers)
    return Person(httpx.Client(base_url="http://gateway", transport=canned), "li"), canned


def test_the_terminal_repeats_a_step_under_the_same_key_and_says_what_it_is_told() -> None:
    me, canned = person(httpx.Response(503, json={"detail": "later"}), httpx.Response(200, json={"agent_id": "li"}))
    me.do("take", "web:u/1")
    assert [request.url.raw_path for request in canned.asked] == [b"/v1/handover/web%3Au%2F1/take"] * 2
    assert len({request.headers["Idempotency-Key"] for request in canned.asked}) == 1
    refused, _ = person(httpx.Response(409, json={"detail": "wang has this conversation"}))
    with pytest.raises(NotDone, match="wang has this conversation"):
        refused.do("reply", "c1", text="hi")
    page, _ = person(httpx.Response(200, text="<html>"))
    with pytest.raises(NotDone, match="something else than kefu's gateway"):
        page.case("c1")


async def test_the_terminal_shows_a_case_and_its_events(client: httpx.AsyncClient) -> None:
    (case,) = await listed(client)
    assert line(case).startswith("web:u/1  waiting  2 min  after-sales · returns · asked for a person\n")
    shown = whole((await client.get(PATH)).json())
    for words in (
        "A kettle arrived broken.",
        "order_number: KF10000003",
        "kefu: I am sorry.",
        "customer: I want a person",
    ):
        assert words in shown
    told = {"event_id": "e", "text": "hello", "reason": "done", "agent_id": "li"}
    assert said(told | {"kind": "replied"}) == "li: hello"
    assert said(told | {"kind": "returned"}) == "(li returns it: done)"


CASE: dict[str, Any] = {
    "conversation_id": "c1", "agent_id": "li", "status": "taken", "waiting_s": 3.0, "queue": "q", "skill": "",
    "reason": "", "last_text": "hi", "summary": "s", "slots": {}, "turns": [], "events": [],
}  # fmt: skip


@contextmanager
def typing(text: str) -> Iterator[Typed]:
    """Somebody who types all of this at once."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    try:
        yield Typed(reading)
    finally:
        os.close(reading)


def steps(canned: Canned) -> list[str]:
    return [request.url.path.rpartition("/")[2] for request in canned.asked if request.method == "POST"]


def test_in_the_terminal_a_case_is_chosen_talked_in_and_returned(capsys: pytest.CaptureFixture[str]) -> None:
    customer = {"event_id": "e1", "kind": "said", "agent_id": "", "text": "are you there?", "reason": ""}
    listed: dict[str, Any] = {"conversations": [CASE]}
    empty: dict[str, Any] = {"conversations": []}
    ok = [httpx.Response(200, json=each) for each in (listed, {}, CASE, {}, CASE | {"events": [customer]}, {}, empty)]
    me, canned = person(*ok)
    with typing("1\nHello!\n/return solved\nq\n") as typed:
        choose(me, typed)
    said_there = capsys.readouterr().out
    assert "1. c1  with li" in said_there
    assert "customer: are you there?" in said_there
    assert "nobody waits" in said_there
    assert steps(canned) == ["take", "reply", "return"]
    assert b"solved" in canned.asked[5].content


def test_a_conversation_that_somebody_else_has_is_said_and_the_list_comes_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = httpx.Response(409, json={"detail": "wang has this conversation"})
    listed = [httpx.Response(200, json={"conversations": [CASE]}) for _ in range(2)]
    me, canned = person(listed[0], refused, listed[1])
    with typing("1\n") as typed:
        choose(me, typed)
    assert "wang has this conversation" in capsys.readouterr().out
    assert steps(canned) == ["take"]


def test_who_loses_a_conversation_meanwhile_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    gone = CASE | {"agent_id": "", "status": "closed"}
    me, _ = person(*(httpx.Response(200, json=each) for each in ({}, CASE, {}, gone)))
    with typing("/note VIP\nunsaid\n") as typed:
        converse(me, "c1", typed)
    assert "no longer yours" in capsys.readouterr().out
