"""Follows a compacted topic: reads all of it, then every change, into a function of the caller's."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from schemas import codec
from schemas.errors import Rejected
from schemas.topics import Topic
from streams.librdkafka import reader

log = logging.getLogger("kefu.follower")

Apply = Callable[[str, Any], None]
"""Gets a key and its newest event; None when it was deleted."""


class Follower:
    """Reads all partitions of some compacted topics in a thread; changes are applied on the caller's event loop."""

    def __init__(self, bootstrap: str, applies: dict[Topic, Apply], *, partitions: int) -> None:
        self._applies = {topic.name: (topic, apply) for topic, apply in applies.items()}
        self._places = [TopicPartition(name, part, 0) for name in self._applies for part in range(partitions)]
        self._ended = threading.Event()
        self._bootstrap = bootstrap

    async def start(self) -> None:
        """Return once everything that was there has been applied."""
        loop = asyncio.get_running_loop()
        caught_up = asyncio.Event()
        self._thread = threading.Thread(target=self._follow, args=(loop, caught_up), name="follower", daemon=True)
        self._thread.start()
        await caught_up.wait()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(5)

    def _follow(self, loop: asyncio.AbstractEventLoop, caught_up: asyncio.Event) -> None:
        consumer = Consumer(reader(self._bootstrap, "kefu-follower", enable_partition_eof=True, fetch_wait_max_ms=500))
        consumer.assign(self._places)
        behind = {(place.topic, place.partition) for place in self._places}
        try:
            while not self._ended.is_set():
                for message in consumer.consume(1000, 0.2):
                    problem: KafkaError | None = message.error()
                    if problem is None:
                        self._hand_over(loop, message)
                    elif problem.code() == KafkaError._PARTITION_EOF and behind:
                        behind.discard((message.topic(), message.partition()))
                        if not behind:
                            loop.call_soon_threadsafe(caught_up.set)
        except RuntimeError as problem:
            log.debug("the loop ended first: %s", problem)
        finally:
            consumer.close()

    def _hand_over(self, loop: asyncio.AbstractEventLoop, message: Any) -> None:
        topic, apply = self._applies[message.topic()]
        key = (message.key() or b"").decode("utf-8", "replace")
        try:
            event = codec.decode(topic, message.value()) if message.value() else None
        except Rejected as problem:
            log.warning(
                "%s-%s offset %s is passed over: %s", topic.name, message.partition(), message.offset(), problem
            )
            return
        loop.call_soon_threadsafe(apply, key, event)
