"""The gateway on a real broker, with a small responder in the dialogue worker's place."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import msgspec
import pytest
from confluent_kafka import Consumer, Producer
from websockets.asyncio.client import ClientConnection, connect

from schemas import codec
from schemas.errors import Unavailable
from schemas.messages import DeliveryReceipt, InboundMessage, Reply, ReplyChunk, Sealed
from schemas.topics import CHUNKS, DELIVERY, INBOUND, KEYS, OUTBOUND, Topic
from streams import topology
from streams.forget import forget
from streams.gateway.inbox import KafkaInbox
from streams.gateway.main import composed
from streams.gateway.ports import Limits
from streams.gateway.readiness import unassigned
from streams.settings import Settings
from tests.servers.gateway import answer, serving
from tests.servers.kafka import Broker, running

pytestmark = [pytest.mark.kafka, pytest.mark.filterwarnings("ignore:list_groups:DeprecationWarning")]

PARTITIONS = 3
WRITING_S = 0.3
"""Seconds between the pieces and the reply: they come from topics without a common order."""
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of this module's own, with kefu's topics."""
    with running(tmp_path_factory.mktemp("gateway-kafka"), PARTITIONS) as broker:
        topology.create(broker.bootstrap, partitions=PARTITIONS, replication=1)
        yield broker


def settings(broker: Broker) -> Settings:
    return Settings(kafka=broker.bootstrap, clickhouse_url=NOBODY, partitions=PARTITIONS, secret="a secret for tests")


@asynccontextmanager
async def gateway(broker: Broker, **limits: Any) -> AsyncIterator[str]:
    """The gateway on real parts, once it has caught up; gives its host and port."""
    async with composed(settings(broker), Limits(**limits)) as app, serving(app) as place:
        async with httpx.AsyncClient() as client, asyncio.timeout(30):
            while not (await client.get(f"http://{place}/readyz")).json()["checks"]["outbox"]["ok"]:
                await asyncio.sleep(0.05)
        yield place


def produce(broker: Broker, *events: tuple[Topic, Any]) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "partitioner": "murmur2_random"})
    for topic, event in events:
        producer.produce(topic.name, codec.encode(event), topic.key_of(event))
    assert producer.flush(30) == 0


def respond(broker: Broker, ended: threading.Event) -> None:
    """Answers every message in three pieces and a reply, until it is told to end."""
    group = {"group.id": "kefu-dialogue", "auto.offset.reset": "earliest"}
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, **group})
    consumer.subscribe([INBOUND.name])
    while not ended.is_set():
        record = consumer.poll(0.1)
        if record is not None and record.error() is None:
            pieces, reply = _told(codec.decode(INBOUND, record.value()))
            produce(broker, *((CHUNKS, piece) for piece in pieces))
            ended.wait(WRITING_S)
            produce(broker, (OUTBOUND, reply))
    consumer.close()


@contextmanager
def responding(broker: Broker) -> Iterator[None]:
    """A member of the dialogue worker's group that answers; it reads everything when this begins."""
    ended = threading.Event()
    thread = threading.Thread(target=respond, args=(broker, ended))
    thread.start()
    try:
        while _without_member(broker):
            time.sleep(0.1)
        yield
    finally:
        ended.set()
        thread.join()


def _without_member(broker: Broker) -> bool:
    """Also while a broker that has just started cannot tell yet."""
    try:
        return bool(unassigned(topology.admin(broker.bootstrap), "kefu-dialogue", INBOUND.name))
    except Unavailable:
        return True


def _told(message: InboundMessage) -> tuple[list[ReplyChunk], Reply]:
    reply = answer(message)
    pieces = [
        ReplyChunk(
            reply_id=reply.reply_id,
            in_reply_to=message.message_id,
            conversation_id=message.conversation_id,
            index=index,
            text=text,
        )
        for index, text in enumerate(("you ", "said: ", message.text))
    ]
    return pieces, reply


def receipts(broker: Broker, reply_id: str) -> list[DeliveryReceipt]:
    """The receipts of a reply that Kafka has now."""
    from streams.records import until_now

    events = [codec.decode(DELIVERY, record.value()) for record in until_now(settings(broker), DELIVERY.name)]
    return [event for event in events if event.reply_id == reply_id]


async def told(broker: Broker, reply_id: str) -> DeliveryReceipt:
    """The receipt of a reply, once it is written."""
    async with asyncio.timeout(10):
        while not (found := await asyncio.to_thread(receipts, broker, reply_id)):
            await asyncio.sleep(0.1)
    assert len(found) == 1
    return found[0]


def talking(place: str, conversation: str) -> connect:
    return connect(f"ws://{place}/v1/ws?conversation_id={conversation}")


async def until_type(socket: ClientConnection, kind: str) -> list[dict[str, Any]]:
    """Frames up to the first of that type."""
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(15):
        while not frames or frames[-1]["type"] != kind:
            frames.append(json.loads(await socket.recv()))
    return frames


async def test_a_message_travels_through_kafka_and_back_in_order(broker: Broker) -> None:
    with responding(broker):
        async with gateway(broker) as place, talking(place, "travel") as socket:
            await socket.send(json.dumps({"message_id": "m1", "text": "hi"}))
            frames = await until_type(socket, "reply")
            pieces = [frame["text"] for frame in frames if frame["type"] == "chunk"]
            assert "".join(pieces) == frames[-1]["text"] == "you said: hi"
            receipt = await told(broker, frames[-1]["reply_id"])
    assert (receipt.conversation_id, receipt.channel, receipt.status) == ("travel", "web", "sent")


async def test_a_query_gets_its_answer_and_the_same_key_the_same(broker: Broker) -> None:
    with responding(broker):
        async with gateway(broker) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=20) as client:
            body = {"query": "hello", "context": {"session_id": "query"}}
            answers = [await client.post("/v1/query", json=body, headers={"Idempotency-Key": "q1"}) for _ in range(2)]
            await told(broker, answers[0].json()["reply"]["reply_id"])
    assert answers[0].json()["response"]["answer"] == "you said: hello"
    assert answers[0].json() == answers[1].json()


async def asked_again(client: httpx.AsyncClient, number: int) -> str:
    """What the person reads who says a phone number for the ``number``-th time."""
    body = {"query": f"no. {number}: call 13800138000", "context": {"session_id": "private"}}
    said: str = (await client.post("/v1/query", json=body)).json()["response"]["answer"]
    return said


def salts(broker: Broker) -> list[bytes | None]:
    from streams.records import until_now

    return [record.value() for record in until_now(settings(broker), KEYS.name) if record.key() == b"private"]


async def test_personal_data_comes_back_to_its_person_until_the_key_is_deleted(broker: Broker) -> None:
    filled = "you said: no. {}: call 13800138000"
    with responding(broker):
        async with gateway(broker) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=20) as client:
            assert await asked_again(client, 1) == filled.format(1)
        async with gateway(broker) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=20) as client:
            assert await asked_again(client, 2) == filled.format(2)
            assert len(salts(broker)) == 1
            await asyncio.to_thread(forget, settings(broker), "private")
            old = answer(InboundMessage(message_id="old", conversation_id="private", text="call [PHONE_1]"))
            box = Sealed(mark="m", box=await old_box(broker))
            produce(broker, (OUTBOUND, msgspec.structs.replace(old, personal={"[PHONE_1]": box})))
            async with talking(place, "private") as socket:
                read = (await until_type(socket, "reply"))[-1]
                while read["in_reply_to"] != "old":
                    read = (await until_type(socket, "reply"))[-1]
            assert read["text"] == "you said: call [PHONE_1]"
            assert await asked_again(client, 3) == filled.format(3)
    first, deleted, second = salts(broker)
    assert deleted is None and first != second


async def old_box(broker: Broker) -> str:
    from streams.records import until_now

    records = await asyncio.to_thread(lambda: list(until_now(settings(broker), INBOUND.name)))
    assert not any(b"13800138000" in (record.value() or b"") for record in records)
    (box, *_) = [codec.decode(INBOUND, r.value()).personal["[PHONE_1]"].box for r in records if r.key() == b"private"]
    assert isinstance(box, str)
    return box


async def test_a_late_answer_reaches_the_next_socket_once_over_a_restart(broker: Broker) -> None:
    async with gateway(broker, query_timeout_s=0.3) as place, httpx.AsyncClient() as client:
        body = {"query": "hello", "context": {"session_id": "late"}}
        late = await client.post(f"http://{place}/v1/query", json=body)
    assert late.status_code == 504
    message = InboundMessage(message_id=late.json()["message_id"], conversation_id="late", text="hello")
    reply: Reply = answer(message)
    produce(broker, (OUTBOUND, reply), (OUTBOUND, reply))
    async with gateway(broker) as place:
        async with talking(place, "late") as socket:
            assert (await until_type(socket, "reply"))[-1]["reply_id"] == reply.reply_id
            await told(broker, reply.reply_id)
        assert await is_quiet(place, "late")
    async with gateway(broker) as place:
        assert await is_quiet(place, "late")


async def is_quiet(place: str, conversation: str) -> bool:
    """Whether a new socket gets nothing but its status."""
    async with talking(place, conversation) as socket:
        await until_type(socket, "status")
        try:
            async with asyncio.timeout(0.5):
                await socket.recv()
        except TimeoutError:
            return True
    return False


async def test_what_comes_to_quiet_partitions_after_the_start_is_read(broker: Broker) -> None:
    async with gateway(broker, recent_s=0.0) as place:
        for number in range(2 * PARTITIONS):
            message = InboundMessage(message_id=f"quiet-{number}", conversation_id=f"quiet-{number}", text="hi")
            produce(broker, (OUTBOUND, answer(message)))
            async with talking(place, message.conversation_id) as socket:
                await until_type(socket, "reply")


async def test_kafka_down_is_said_in_words_and_over_when_it_is_back(broker: Broker) -> None:
    async with gateway(broker) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=20) as client:
        broker.kill()
        refused = await client.post("/v1/messages", json={"text": "hi"}, headers={"Idempotency-Key": "down"})
        ready, *_ = await asyncio.gather(*(client.get("/readyz") for _ in range(4)))
        await asyncio.to_thread(broker.start)
        taken = await client.post("/v1/messages", json={"text": "hi"}, headers={"Idempotency-Key": "down"})
        message = InboundMessage(message_id="after", conversation_id="after", text="hi")
        produce(broker, (OUTBOUND, answer(message)))
        async with talking(place, "after") as socket:
            await until_type(socket, "reply")
    assert refused.status_code == 503
    assert f"Kafka at {broker.bootstrap} did not take the record" in refused.json()["detail"]
    assert "Idempotency-Key" in refused.json()["detail"]
    assert ready.status_code == 503 and not ready.json()["checks"]["kafka"]["ok"]
    assert taken.status_code == 202


async def test_readiness_and_lag_follow_the_dialogue_worker(broker: Broker) -> None:
    async with gateway(broker) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=20) as http:
        with responding(broker):
            ready = await http.get("/readyz")
            await http.post("/v1/query", json={"query": "hi"})
        gone = await http.get("/readyz")
        await http.post("/v1/messages", json={"text": "nobody reads this"})
        groups = (await http.get("/v1/ops/lag")).json()["groups"]
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert "ClickHouse" in ready.json()["checks"]["clickhouse"]["reason"]
    assert gone.status_code == 503 and "kefu-dialogue" in gone.json()["checks"]["dialogue"]["reason"]
    assert [row["topic"] for row in groups] == [INBOUND.name] and groups[0]["lag"] >= 1


async def test_an_inbox_without_kafka_gives_up_in_time() -> None:
    inbox = KafkaInbox("127.0.0.1:9", timeout_s=0.5)
    with pytest.raises(Unavailable, match=r"Kafka at 127\.0\.0\.1:9 did not take the record"):
        await inbox.append(INBOUND, b"c", b"{}")
    await inbox.close()
