"""A disliked answer, on a real broker and a real Redis: it leaves every worker, and the model is asked again."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis

from agents.cache.entry import DROPPED
from schemas import codec, topics
from schemas.operations import Feedback
from streams import topology
from streams.desk import MODELS
from streams.settings import Settings
from tests.asking import alone, ask
from tests.memory_producer import home
from tests.servers.fake_ollama import FakeOllama
from tests.servers.kafka import running as kafka_running
from tests.servers.ports import free_port
from tests.servers.redis import redis_server
from tests.sinking import environment
from tests.topics import fresh, produce, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

KEFU = Path(sys.executable).with_name("kefu")
QUESTION = "Can a tent be painted purple?"
WORKERS = {"dialogue-1": "dialogue", "dialogue-2": "dialogue", "inference-1": "inference"}


class Shop:
    """Two dialogue workers and one for inference, with a Redis between them."""

    def __init__(self, settings: Settings, kept: redis.Redis, model_port: int) -> None:
        self.settings, self.kept, self.model_port = settings, kept, model_port

    def produce(self, topic: topics.Topic, key: str, event: Any) -> None:
        produce(self.settings.kafka, topic.name, [(key, codec.encode(event))], partitioner="murmur2_random")

    def ask(self, partition: int) -> dict[str, Any]:
        """The reply to a new conversation's question, in a partition and so at a worker of its own."""
        conversation = next(name for name in iter(lambda: fresh("c"), "") if home(name.encode(), 2) == partition)
        return ask(self.settings.kafka, conversation, QUESTION)

    def dislike(self, reply: dict[str, Any]) -> None:
        conversation = reply["conversation_id"]
        rated = Feedback(
            feedback_id=fresh("f"),
            reply_id=reply["reply_id"],
            conversation_id=conversation,
            rating="dislike",
            occurred_at=reply["occurred_at"],
        )
        self.produce(topics.FEEDBACK, conversation, rated)

    def answers(self) -> int:
        """How many answers Redis keeps."""
        return len(list(self.kept.scan_iter()))

    def told(self, name: str) -> list[dict[str, Any]]:
        return [one for one in values(self.settings.kafka, topics.SETTINGS.name) if one["name"].startswith(name)]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with kafka_running(tmp_path / "kafka", 1) as broker, redis_server(tmp_path) as url, ExitStack() as stack:
        topology.create(broker.bootstrap, partitions=2, replication=1)
        port = free_port()
        settings = alone(broker.bootstrap, tmp_path, partitions=2, ollama_urls=f"http://127.0.0.1:{port}")
        variables = environment(settings) | {"KEFU_MODEL": "tiny", "KEFU_REDIS_URL": url}
        for name, kind in WORKERS.items():
            worker = subprocess.Popen([KEFU, "worker", kind], env=variables | {"KEFU_WORKER": name})
            stack.callback(worker.wait, 60)
            stack.callback(worker.terminate)
        yield Shop(settings, stack.enter_context(redis.Redis.from_url(url)), port)


async def test_a_disliked_answer_leaves_redis_and_every_worker(shop: Shop) -> None:
    fake = FakeOllama(port=shop.model_port, words=("Not by ", "us, no."))
    await fake.start()
    try:
        await asyncio.to_thread(answered_from_the_cache, shop)
        before = len(fake.questions)
        await asyncio.to_thread(disliked, shop)
        assert len(fake.questions) == before + 2
    finally:
        await fake.stop()


def answered_from_the_cache(shop: Shop) -> None:
    """Once the workers have read all articles, what the model told one is the other's answer as well."""
    wait_until(lambda: any(one["value"]["status"] == "online" for one in shop.told(MODELS)), seconds=120)
    wait_until(lambda: bool(shop.ask(0)["source"] == "cache"), seconds=120)
    assert shop.ask(1)["source"] == "cache"
    assert shop.answers() > 0


def disliked(shop: Shop) -> None:
    shop.dislike(shop.ask(1))
    wait_until(lambda: bool(shop.told(DROPPED)))
    wait_until(lambda: shop.answers() == 0)
    assert [shop.ask(place)["source"] for place in (0, 1)] == ["model", "model"]
    assert shop.answers() == 0
