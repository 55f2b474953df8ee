"""Follows Kafka from some minutes ago on: all partitions, no group, committed records only."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from schemas import codec
from schemas.errors import Rejected, Unavailable
from schemas.messages import Event
from schemas.operations import ConversationKey, Setting
from schemas.topics import BY_NAME, CHUNKS, DELIVERY, KEYS, OUTBOUND, SETTINGS, Topic
from streams import topology
from streams.gateway.groups import Place
from streams.gateway.offsets import LATEST, offsets, reader
from streams.gateway.ports import Batch

log = logging.getLogger("kefu.gateway")

FOLLOWED = (OUTBOUND, CHUNKS, DELIVERY)
WHOLE = (SETTINGS, KEYS)
"""Compacted topics, read from their beginning."""
POLL_S = 0.25
MOST = 500
MEMORY = {"fetch.max.bytes": 8_388_608, "queued.max.messages.kbytes": 16_384}


class KafkaOutbox:
    """Implements Outbox. It reads ``recent`` from ``since_s`` seconds in the past on, ``whole`` from the beginning."""

    def __init__(
        self,
        bootstrap: str,
        *,
        since_s: float,
        clock: Callable[[], float],
        recent: Sequence[Topic] = FOLLOWED,
        whole: Sequence[Topic] = WHOLE,
    ) -> None:
        self._bootstrap, self._since_s, self._clock = bootstrap, since_s, clock
        self._recent, self._whole = recent, whole

    async def follow(self) -> AsyncGenerator[Batch, None]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "outbox") as thread:
            reading = await loop.run_in_executor(thread, self._open)
            try:
                while True:
                    yield await loop.run_in_executor(thread, reading.batch)
            finally:
                await loop.run_in_executor(thread, reading.close)

    def _open(self) -> "_Reading":
        counts = topology.existing(topology.admin(self._bootstrap))
        places = [(topic.name, part) for topic in self._recent for part in range(counts.get(topic.name, 0))]
        whole = [(topic.name, part) for topic in self._whole for part in range(counts.get(topic.name, 0))]
        more: dict[str, str | int | bool] = {"enable.partition.eof": True, "fetch.wait.max.ms": 100}
        consumer = reader(self._bootstrap, "kefu-gateway-without-a-group", **more, **MEMORY)
        try:
            starts = self._starts(consumer, places) | dict.fromkeys(whole, OFFSET_BEGINNING)
        except Unavailable:
            consumer.close()
            raise
        consumer.assign([TopicPartition(*place, offset) for place, offset in starts.items()])
        return _Reading(consumer, set(starts))

    def _starts(self, consumer: Consumer, places: list[Place]) -> dict[Place, int]:
        """Where each partition begins. The ends are asked for first: what comes in between is read."""
        ends = offsets(consumer, places, LATEST)
        since = offsets(consumer, places, int((self._clock() - self._since_s) * 1000))
        return {place: since[place] if since[place] >= 0 else end for place, end in ends.items()}


class _Reading:
    """A consumer and the partitions whose end it has not seen yet."""

    def __init__(self, consumer: Consumer, behind: set[Place]) -> None:
        self._consumer, self._behind = consumer, behind

    def batch(self) -> Batch:
        """What is there, waiting a moment for the first record."""
        first = self._consumer.poll(POLL_S)
        messages = [first, *self._consumer.consume(MOST, 0)] if first is not None else []
        events = [event for event in map(self._event, messages) if event is not None]
        return Batch(events, not self._behind)

    def close(self) -> None:
        self._consumer.close()

    def _event(self, message: Any) -> Event | None:
        error: KafkaError | None = message.error()
        if error is None:
            return event_of(message.topic(), message.key(), message.value())
        if error.code() == KafkaError._PARTITION_EOF:
            self._behind.discard((message.topic(), message.partition()))
        elif error.fatal():
            raise Unavailable(f"the consumer ended: {error.str()}")
        else:
            log.debug("following: %s", error.str())
        return None


def event_of(topic: str, key: bytes | None, value: bytes | None) -> Event | None:
    """A record's event; a setting or key without value is one that was removed. None for what cannot be read."""
    try:
        if value is None and topic == SETTINGS.name:
            return Setting(name=(key or b"").decode(), occurred_at="")
        if value is None and topic == KEYS.name:
            return ConversationKey(conversation_id=(key or b"").decode())
        event: Event = codec.decode(BY_NAME[topic], value)
    except (Rejected, UnicodeDecodeError) as problem:
        log.warning("a record of %s is passed over: %s", topic, problem)
        return None
    return event
