"""The WebSocket over a real server: frames, reconnects, refusals, slow readers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from schemas import codec
from schemas.messages import InboundMessage, ReplyChunk
from schemas.operations import Setting
from schemas.topics import CHUNKS, DELIVERY, INBOUND, LOG, OUTBOUND, SETTINGS, Topic
from streams.gateway.app import build
from streams.gateway.fakes import MemoryKafka, MemoryStore, silent
from streams.gateway.ports import GatewayDeps, Limits
from streams.gateway.sockets import TRY_AGAIN_LATER
from tests.servers.gateway import answer, answering, serving

Frame = dict[str, Any]


@pytest.fixture
def kafka() -> MemoryKafka:
    return MemoryKafka(respond=answering)


def running(kafka: MemoryKafka, **limits: Any) -> AbstractAsyncContextManager[str]:
    deps = GatewayDeps(
        inbox=kafka,
        outbox=kafka,
        store=MemoryStore(),
        clock=lambda: 0.0,
        limits=Limits(**limits),
    )
    return serving(build(deps))


@pytest.fixture
async def place(kafka: MemoryKafka) -> AsyncIterator[str]:
    async with running(kafka) as place:
        yield place


@asynccontextmanager
async def talking(place: str, conversation: str = "c1", **more: Any) -> AsyncIterator[ClientConnection]:
    """A socket that has had its first frame."""
    async with connect(f"ws://{place}/v1/ws?conversation_id={conversation}", **more) as socket:
        assert (await frame(socket))["type"] == "status"
        yield socket


async def frame(socket: ClientConnection) -> Frame:
    async with asyncio.timeout(5):
        found: Frame = json.loads(await socket.recv())
        return found


async def nothing(socket: ClientConnection) -> bool:
    try:
        async with asyncio.timeout(0.2):
            await socket.recv()
    except TimeoutError:
        return True
    return False


async def put(kafka: MemoryKafka, topic: Topic, event: Any) -> None:
    kafka.put(topic, topic.key_of(event), codec.encode(event))
    await kafka.wake()


def message(number: int = 1) -> InboundMessage:
    return InboundMessage(message_id=f"m{number}", conversation_id="c1", text=f"question {number}")


async def test_a_message_is_accepted_answered_and_delivered_once(place: str, kafka: MemoryKafka) -> None:
    async with talking(place) as socket:
        await socket.send(json.dumps({"message_id": "m1", "text": "my mail is a.b@example.org"}))
        frames = {one["type"]: one for one in (await frame(socket), await frame(socket))}
        await kafka.grown(DELIVERY, 1)
    async with talking(place) as again:
        assert await nothing(again)
    assert frames["accepted"] == {"type": "accepted", "message_id": "m1", "conversation_id": "c1"}
    assert frames["reply"]["text"] == "you said: my mail is a.b@example.org"
    assert frames["reply"]["channel"] == "web" and frames["reply"]["in_reply_to"] == "m1"
    assert len(kafka.events(DELIVERY)) == len(kafka.events(LOG)) == 1


async def test_who_comes_back_gets_what_was_missed_once(place: str, kafka: MemoryKafka) -> None:
    kafka.respond = silent
    async with talking(place) as socket:
        await socket.send(json.dumps({"message_id": "m1", "text": "hi"}))
        assert (await frame(socket))["type"] == "accepted"
    await put(kafka, OUTBOUND, answer(message(), "while you were away"))
    async with talking(place) as socket:
        assert (await frame(socket))["text"] == "while you were away"
        await kafka.grown(DELIVERY, 1)
    async with talking(place) as socket:
        assert await nothing(socket)


async def test_a_restarted_gateway_sends_what_no_receipt_names(kafka: MemoryKafka) -> None:
    kafka.respond = silent
    async with running(kafka) as place, talking(place) as socket:
        await put(kafka, OUTBOUND, answer(message(1)))
        await frame(socket)
        await kafka.grown(DELIVERY, 1)
    await put(kafka, OUTBOUND, answer(message(2)))
    async with running(kafka) as place, talking(place) as socket:
        assert (await frame(socket))["in_reply_to"] == "m2"
        assert await nothing(socket)


async def test_pieces_arrive_in_order_before_the_reply(place: str, kafka: MemoryKafka) -> None:
    reply = answer(message())
    async with talking(place) as socket:
        for index, text in enumerate(["one ", "two ", "three"]):
            piece = ReplyChunk(reply_id=reply.reply_id, in_reply_to="m1", conversation_id="c1", index=index, text=text)
            await put(kafka, CHUNKS, piece)
        await put(kafka, OUTBOUND, reply)
        frames = [await frame(socket) for _ in range(4)]
    assert [one["type"] for one in frames] == ["chunk", "chunk", "chunk", "reply"]
    assert "".join(one["text"] for one in frames[:3]) == "one two three"


async def test_the_models_going_away_is_told(place: str, kafka: MemoryKafka) -> None:
    async with talking(place) as socket:
        value = {"status": "online", "reason": ""}
        await put(kafka, SETTINGS, Setting(name="models.status", value=value, occurred_at=""))
        assert (await frame(socket))["models"] == "online"


@pytest.mark.parametrize(
    ("text", "message_id", "words"),
    [
        ("{", "", "not JSON"),
        ('{"message_id": "m1"}', "m1", "neither text nor an attachment"),
        ('{"message_id": "m1", "text": "hi", "conversation_id": "other"}', "m1", "conversation c1"),
        (json.dumps({"text": "x" * 20_001}), "", "send at most 20000"),
    ],
)
async def test_a_bad_message_gets_an_error_and_the_socket_lives(
    place: str, text: str, message_id: str, words: str
) -> None:
    async with talking(place) as socket:
        await socket.send(text)
        error = await frame(socket)
        await socket.send('{"text": "hi"}')
        assert (await frame(socket))["type"] in ("accepted", "reply")
    assert error["type"] == "error" and error.get("message_id", "") == message_id
    assert error["problem"]["status"] == 422 and words in error["problem"]["detail"]


async def test_kafka_away_is_an_error_frame(place: str, kafka: MemoryKafka) -> None:
    kafka.down = "Kafka does not answer"
    async with talking(place) as socket:
        await socket.send('{"message_id": "m1", "text": "hi"}')
        error = await frame(socket)
    assert (error["message_id"], error["problem"]["status"]) == ("m1", 503)
    assert error["problem"]["detail"] == "Kafka does not answer"


async def test_a_socket_without_a_conversation_gets_a_new_one(place: str, kafka: MemoryKafka) -> None:
    async with connect(f"ws://{place}/v1/ws") as socket:
        status = await frame(socket)
        await socket.send('{"text": "hi"}')
        await kafka.grown(INBOUND, 1)
    (event,) = kafka.events(INBOUND)
    assert isinstance(event, InboundMessage)
    assert event.conversation_id == status["conversation_id"] != ""


async def test_sockets_of_other_sites_and_names_are_refused(place: str) -> None:
    host, _, port = place.partition(":")
    origin = connect(f"ws://{place}/v1/ws", additional_headers={"Origin": "https://evil.example"})
    name = connect("ws://evil.example/v1/ws", host=host, port=int(port))
    for foreign in (origin, name):
        with pytest.raises(InvalidStatus, match="403"):
            async with foreign:
                pass


async def test_a_page_of_ours_is_let_in(place: str) -> None:
    async with talking(place, additional_headers={"Origin": f"http://{place}"}):
        pass


@pytest.mark.parametrize(("send", "code"), [(lambda: "x" * 1_100_000, 1009), (lambda: b"\x00" * 1_100_000, 1009)])
async def test_a_huge_message_ends_the_socket(place: str, send: Callable[[], str | bytes], code: int) -> None:
    async with talking(place) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.send(send())
            await frame(socket)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == code


async def test_an_overlong_conversation_is_refused_in_words(place: str) -> None:
    async with connect(f"ws://{place}/v1/ws?conversation_id={'c' * 257}") as socket:
        with pytest.raises(ConnectionClosed, match="send at most 256"):
            await frame(socket)


async def test_a_client_that_does_not_read_is_cut_off_and_misses_nothing(kafka: MemoryKafka) -> None:
    kafka.respond = silent
    many = [answer(message(number), str(number) + "x" * 200_000) for number in range(100)]
    async with running(kafka, frames=16, send_timeout_s=0.3) as place:
        async with connect(f"ws://{place}/v1/ws?conversation_id=c1", max_queue=1, compression=None) as lazy:
            for reply in many:
                await put(kafka, OUTBOUND, reply)
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.5)
            first = await replies(lazy)
            assert lazy.close_code in (TRY_AGAIN_LATER, CloseCode.ABNORMAL_CLOSURE)
        async with talking(place) as socket:
            second = await replies(socket)
    assert 0 < len(second) < len(many)
    assert sorted(first + second) == sorted(reply.reply_id for reply in many)


async def replies(socket: ClientConnection) -> list[str]:
    """The replies that come until there are no more, or the server ends the connection."""
    found = []
    try:
        while True:
            async with asyncio.timeout(0.5):
                one = json.loads(await socket.recv())
            found += [one["reply_id"]] if one["type"] == "reply" else []
    except (TimeoutError, ConnectionClosed):
        return found
