"""The follower on a real broker: all that was there first, then every change, whatever else lies on the topic."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from schemas.operations import Setting
from schemas.topics import Topic
from streams.follower import Follower
from tests.topics import PARTITIONS, create, fresh, produce

pytestmark = pytest.mark.kafka

COMPACTED = {"cleanup.policy": "compact"}


class Followed:
    """What a follower applied, in order: (topic, key, value)."""

    def __init__(self, kafka: str, *prefixes: str) -> None:
        self.kafka = kafka
        self.topics = [Topic(fresh(prefix), Setting, "name", None, "") for prefix in prefixes]
        create(kafka, *(topic.name for topic in self.topics), config=COMPACTED)
        self.applied: list[tuple[str, str, Any]] = []

    def put(self, *records: tuple[str | None, bytes | None], topic: int = 0) -> None:
        given: Any = records
        produce(self.kafka, self.topics[topic].name, given)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        applies = {topic: self._apply(number) for number, topic in enumerate(self.topics)}
        follower = Follower(self.kafka, applies, partitions=PARTITIONS)
        await follower.start()
        yield
        follower.stop()

    def _apply(self, number: int) -> Any:
        def applied(key: str, setting: Setting | None) -> None:
            self.applied.append((self.topics[number].name, key, setting.value if setting else None))

        return applied

    def now(self, topic: int = 0) -> dict[str, Any]:
        return {key: value for name, key, value in self.applied if name == self.topics[topic].name}

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.applied) < count:
                await asyncio.sleep(0.02)


def said(name: str, value: object) -> tuple[str, bytes]:
    return name, json.dumps({"name": name, "value": value, "occurred_at": "2026-03-02T09:15:30.250Z"}).encode()


async def test_all_that_was_there_is_applied_before_start_returns(kafka: str) -> None:
    followed = Followed(kafka, "settings", "others")
    followed.put(*[said(f"s{number}", number) for number in range(500)])
    followed.put(said("other", 1), topic=1)
    async with followed.following():
        assert followed.now() == {f"s{number}": number for number in range(500)}
        assert followed.now(1) == {"other": 1}


async def test_an_empty_topic_is_caught_up_with_at_once_and_then_followed(kafka: str) -> None:
    followed = Followed(kafka, "settings")
    async with followed.following():
        assert followed.applied == []
        followed.put(said("a", 1))
        await followed.until(1)
        followed.put(said("a", 2))
        await followed.until(2)
    assert followed.now() == {"a": 2}


@pytest.mark.parametrize("empty", [None, b""], ids=["no value", "empty value"])
async def test_an_empty_record_deletes(kafka: str, empty: bytes | None) -> None:
    followed = Followed(kafka, "settings")
    followed.put(said("a", 1), said("b", 1), ("a", empty))
    async with followed.following():
        assert followed.now() == {"a": None, "b": 1}
        followed.put(("b", empty))
        await followed.until(4)
    assert followed.now() == {"a": None, "b": None}


async def test_records_that_cannot_be_read_are_passed_over_in_words(
    kafka: str, caplog: pytest.LogCaptureFixture
) -> None:
    followed = Followed(kafka, "settings")
    followed.put(("a", b"{no"), said("a", 1), ("a", b'{"name": 3}'), said("b", 1))
    async with followed.following():
        assert followed.now() == {"a": 1, "b": 1}
        assert caplog.text.count("is passed over") == 2
        followed.put(("a", b"[]"), said("a", 2))
        await followed.until(3)
    assert followed.now()["a"] == 2


async def test_after_the_stop_nothing_is_applied(kafka: str) -> None:
    followed = Followed(kafka, "settings")
    async with followed.following():
        followed.put(said("a", 1))
        await followed.until(1)
    followed.put(said("a", 2))
    await asyncio.sleep(0.5)
    assert len(followed.applied) == 1
