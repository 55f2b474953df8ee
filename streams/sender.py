"""Sends records through librdkafka, idempotently; a record that could not be delivered fails the next flush."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import KefuError
from schemas.topics import LOG, MAX_RECORD_BYTES
from streams.librdkafka import client

Headers = Sequence[tuple[str, bytes]]
PARTITION_UA = -1
"""librdkafka's word for: the partitioner chooses."""
UNHURRIED_MS = 50.0
"""Milliseconds that records on which nobody waits may wait for company."""
OVER = {KafkaError._STATE, KafkaError._FATAL}
OVER_WORDS = "its producer has ended, as another of its name took over, or a transaction took too long"


class DeliveryFailed(KefuError):
    """The broker did not take a record in time; what it belongs to must not be committed."""


class Sender:
    """Two librdkafka producers. Order per partition is kept; nothing is sent twice by a retry.

    ``linger_ms`` is how long a record may wait for company; records of ``unhurried`` topics, on which nobody waits,
    wait longer or until the next flush: each request saved is the broker's time. Partitions are chosen as Java's
    clients do (murmur2).
    """

    def __init__(
        self, bootstrap: str, *, client_id: str, linger_ms: float = 1.0, unhurried: Collection[str] = (LOG.name,)
    ) -> None:
        self._failure = ""
        self._hurried = Producer(self._settings(bootstrap, client_id, linger_ms))
        self._relaxed = Producer(self._settings(bootstrap, f"{client_id}-log", UNHURRIED_MS))
        self._unhurried = dict.fromkeys(unhurried, self._relaxed)

    def _settings(self, bootstrap: str, client_id: str, linger_ms: float) -> dict[str, Any]:
        """Idempotent, lz4, partitions as Java's clients choose them."""
        settings = client(
            bootstrap,
            client_id=client_id,
            enable_idempotence=True,
            linger_ms=linger_ms,
            compression_type="lz4",
            partitioner="murmur2_random",
            message_max_bytes=2 * MAX_RECORD_BYTES,
            queue_buffering_max_messages=1_000_000,
            queue_buffering_max_kbytes=262_144,
            delivery_report_only_error=True,
        )
        return settings | {"on_delivery": self._delivered}

    def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers | None = None) -> None:
        """Queue a record. Blocks for a moment when the queue is full: that is the back-pressure."""
        queue(self._unhurried.get(topic, self._hurried), topic, key, value, headers)

    def send_to(self, topic: str, partition: int, key: bytes, value: bytes | None) -> None:
        """Queue a record for a partition of the caller's choice; it waits for the next flush."""
        queue(self._relaxed, topic, key, value, None, partition)

    async def flush(self) -> None:
        """Wait until the broker has everything that was sent. Raises DeliveryFailed when it did not take a record."""
        if len(self._hurried) or len(self._relaxed):
            await asyncio.get_running_loop().run_in_executor(None, self._drain)
        self._check()

    def flush_now(self) -> None:
        """The same, blocking."""
        self._drain()
        self._check()

    def _check(self) -> None:
        if self._failure:
            raise DeliveryFailed(self._failure)

    def _drain(self) -> None:
        for producer in (self._relaxed, self._hurried):
            while not self._failure and producer.flush(1.0):
                pass

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None and not self._failure:
            self._failure = str(undelivered(error.str(), message.topic() or "", message.key()))


def queue(
    producer: Producer,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Headers | None,
    partition: int = PARTITION_UA,
) -> None:
    """Give a producer a record; waits where its queue is full. Raises DeliveryFailed for what it refuses at once."""
    while True:
        try:
            if headers is None:
                producer.produce(topic, value, key, partition)
            else:
                producer.produce(topic, value, key, partition, headers=list(headers))
        except BufferError:
            producer.poll(0.01)
        except KafkaException as problem:
            raise not_taken(problem, topic, key) from None
        else:
            return


def not_taken(problem: KafkaException, topic: str, key: bytes | None) -> DeliveryFailed:
    """What it means that a producer refuses a record."""
    over = problem.args[0].code() in OVER
    return undelivered(OVER_WORDS if over else refused(problem), topic, key)


def undelivered(reason: str, topic: str, key: bytes | str | None) -> DeliveryFailed:
    """The error of a record, with where it was to go."""
    return DeliveryFailed(f"the broker did not take a record for {topic} with key {key!r:.80}: {reason}")


def refused(problem: KafkaException) -> str:
    """What a KafkaException says, without its wrapping."""
    error = problem.args[0]
    return error.str() if isinstance(error, KafkaError) else str(problem)
