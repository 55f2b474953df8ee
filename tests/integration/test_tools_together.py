"""Dialogue, inference and tools together: an address reaches the business system and not Kafka; a model asks tools."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import codec, times, topics
from schemas.tools import ToolRequest
from streams import topology
from streams.desk import MODELS
from streams.forget import forget
from streams.gateway.main import composed
from streams.gateway.ports import Limits
from streams.settings import Settings
from tests.asking import alone, ask
from tests.servers.business import Process
from tests.servers.business import running as business_running
from tests.servers.fake_ollama import FakeOllama
from tests.servers.gateway import serving
from tests.servers.kafka import running as kafka_running
from tests.servers.ports import free_port
from tests.sinking import environment
from tests.topics import fresh, produce, read, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

KEFU = Path(sys.executable).with_name("kefu")
ADDRESS, OTHER = "杭州市西湖区文三路478号3单元502室", "南京市鼓楼区中山路1号2幢301室"
CHANGE = "我要修改收货地址，订单号{}"


class Shop:
    """Workers of one installation, with a business system; nothing answers at the address of its model server."""

    def __init__(self, settings: Settings, business: Process, model_port: int) -> None:
        self.settings, self.business, self.model_port = settings, business, model_port

    def ordered(self, customer: str) -> str:
        """A new order that is not shipped yet."""
        number = f"KF8{time.time_ns() % 10_000_000:07d}"
        order = {"order_number": number, "customer": customer, "items": [{"sku": "kettle", "price": 129}]}
        placed = {"placed_at": times.rfc3339(time.time()), "address": "somewhere"}
        url, headers = f"{self.business.url}/v1/orders", {"Idempotency-Key": number}
        httpx.post(url, json=order | placed, headers=headers, trust_env=False).raise_for_status()
        return number

    def address(self, number: str) -> Any:
        ((address,),) = self.business.rows(f"SELECT address FROM orders WHERE order_number = '{number}'")
        return address

    def told(self, conversation: str, topic: topics.Topic) -> list[Any]:
        return [one for one in values(self.settings.kafka, topic.name) if one["conversation_id"] == conversation]

    def write(self, conversation: str, text: str) -> str:
        """A message as a foreign producer writes it: as it is said. Gives the reply."""
        return str(ask(self.settings.kafka, conversation, text)["text"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("personal")
    with kafka_running(home / "kafka", 1) as broker, business_running(home / "business") as business:
        topology.create(broker.bootstrap, partitions=1, replication=1)
        port = free_port()
        settings = alone(broker.bootstrap, home, partitions=1, ollama_urls=f"http://127.0.0.1:{port}")
        variables = environment(settings) | {"KEFU_BUSINESS_URL": business.url, "KEFU_MODEL": "tiny"}
        workers = [
            subprocess.Popen([KEFU, "worker", name], env=variables) for name in ("dialogue", "inference", "tools")
        ]
        try:
            yield Shop(settings, business, port)
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(60)


@asynccontextmanager
async def gateway(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        composed(shop.settings, Limits(query_timeout_s=120)) as app,
        serving(app) as place,
        httpx.AsyncClient(base_url=f"http://{place}", timeout=150) as client,
    ):
        yield client


async def say(client: httpx.AsyncClient, conversation: str, text: str) -> str:
    """What the person reads."""
    context = {"session_id": conversation, "user_id": conversation}
    answer = await client.post("/v1/query", json={"query": text, "context": context})
    assert answer.status_code == 200, answer.text
    read_: str = answer.json()["response"]["answer"]
    return read_


def assert_kept_private(shop: Shop, conversation: str) -> None:
    """The call holds a placeholder, and no topic that kefu writes has the address."""
    (call,) = [one for one in shop.told(conversation, topics.TOOL_REQUESTS) if one["tool"] == "change_address"]
    assert call["arguments"]["address"] == "[ADDRESS_1]"
    assert list(call["personal"]) == ["[ADDRESS_1]"]
    for topic in (topics.TOOL_REQUESTS, topics.OUTBOUND, topics.LOG):
        assert "文三路" not in str(shop.told(conversation, topic)), topic.name


def test_an_address_that_a_foreign_producer_writes_reaches_the_business_system_as_written(shop: Shop) -> None:
    conversation = fresh("raw")
    number = shop.ordered(conversation)
    assert "地址" in shop.write(conversation, CHANGE.format(number))
    assert "[ADDRESS_1]" in shop.write(conversation, ADDRESS)
    assert number in shop.write(conversation, "是的")
    assert shop.address(number) == ADDRESS
    assert_kept_private(shop, conversation)


async def test_an_address_that_the_gateway_masks_reaches_it_too_and_no_placeholder_once_the_key_is_gone(
    shop: Shop,
) -> None:
    conversation = fresh("masked")
    number, second = shop.ordered(conversation), shop.ordered(conversation)
    async with gateway(shop) as client:
        await say(client, conversation, CHANGE.format(number))
        assert ADDRESS in await say(client, conversation, ADDRESS)
        done = await say(client, conversation, "是的")
        assert shop.address(number) == ADDRESS, (done, shop.told(conversation, topics.TOOL_RESULTS))
        assert_kept_private(shop, conversation)
        await say(client, conversation, CHANGE.format(second))
        await say(client, conversation, OTHER)
        forget(shop.settings, conversation)
        forgotten(shop, conversation)
        assert "再说一遍" in await say(client, conversation, "是的")
        assert shop.address(second) == "somewhere"
        await say(client, conversation, OTHER)
        await say(client, conversation, "是的")
        assert shop.address(second) == OTHER
    assert "[ADDRESS" not in str(shop.business.rows("SELECT address FROM orders"))


def forgotten(shop: Shop, conversation: str) -> None:
    """Wait until the tools' worker has read that the key is deleted: what it sealed opens no more."""
    records = [codec.decode(topics.INBOUND, one.value()) for one in read(shop.settings.kafka, topics.INBOUND.name)]
    held = next(one.personal for one in records if one.conversation_id == conversation and one.personal)

    def refused() -> bool:
        now = time.time()
        probe = ToolRequest(
            request_id=fresh("probe"),
            message_id="m",
            conversation_id=conversation,
            tool="coupon_check",
            arguments={"code": "[ADDRESS_1]"},
            personal=held,
            deadline=times.rfc3339(now + 60),
            occurred_at=times.rfc3339(now),
        )
        produce(shop.settings.kafka, topics.TOOL_REQUESTS.name, [(conversation, codec.encode(probe))])
        told: list[Any] = []

        def answered() -> bool:
            results = shop.told(conversation, topics.TOOL_RESULTS)
            told[:] = [one for one in results if one["request_id"] == probe.request_id]
            return bool(told)

        wait_until(answered)
        return bool(told[0]["value"].get("code") == "unreadable")

    wait_until(refused)


def online(shop: Shop) -> bool:
    said = [one for one in values(shop.settings.kafka, topics.SETTINGS.name) if one["name"] == MODELS]
    return bool(said) and said[-1]["value"]["status"] == "online"


async def asked(shop: Shop, fake: FakeOllama) -> tuple[str, str]:
    """A conversation with the model, and the order that it looks up: the dialogue has heard that models are there."""
    await asyncio.to_thread(wait_until, lambda: online(shop))
    while True:
        conversation = fresh("model")
        number = shop.ordered(conversation)
        fake.calls = ({"name": "order_lookup", "arguments": {"order_number": number}},)
        await asyncio.to_thread(shop.write, conversation, "Can the kettle be painted purple by you?")
        if fake.questions:
            return conversation, number


async def test_a_model_asks_a_tool_and_its_one_answer_follows_the_result(shop: Shop) -> None:
    fake = FakeOllama(port=shop.model_port, words=("Yes, ", "it is paid."))
    await fake.start()
    try:
        conversation, number = await asked(shop, fake)
    finally:
        await fake.stop()
    first, second = fake.questions
    names = [tool["function"]["name"] for tool in first["tools"]]
    assert "order_lookup" in names
    assert "create_return" not in names
    assert second["messages"][-2]["tool_calls"] == [{"function": fake.calls[0]}]
    assert number in second["messages"][-1]["content"]
    (told,) = shop.told(conversation, topics.OUTBOUND)
    assert (told["text"], told["source"], told["citations"]) == ("Yes, it is paid.", "model", [])
    logged = [one for one in shop.told(conversation, topics.LOG) if "tool" in one["detail"]]
    assert [(one["actor"], one["detail"]["outcome"]) for one in logged] == [("tools", "done")]
