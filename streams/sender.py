"""Sends records through librdkafka, idempotently; a record that could not be delivered fails the next flush."""

import asyncio
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import KefuError
from schemas.topics import MAX_RECORD_BYTES
from streams.librdkafka import client

Headers = Sequence[tuple[str, bytes]]


class DeliveryFailed(KefuError):
    """The broker did not take a record in time; what it belongs to must not be committed."""


class Sender:
    """One librdkafka producer. Order per partition is kept; nothing is sent twice by a retry.

    ``linger_ms`` is how long a record may wait for company. Partitions are chosen as Java's clients do (murmur2).
    """

    def __init__(self, bootstrap: str, *, client_id: str, linger_ms: float = 1.0) -> None:
        self._failure: KafkaError | None = None
        self._producer = Producer(
            client(
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
            | {"on_delivery": self._delivered}
        )
        self._produce = self._producer.produce

    def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers | None = None) -> None:
        """Queue a record. Blocks for a moment when the queue is full: that is the back-pressure."""
        while True:
            try:
                if headers is None:
                    self._produce(topic, value, key)
                else:
                    self._produce(topic, value, key, headers=list(headers))
            except BufferError:
                self._producer.poll(0.01)
            else:
                return

    def send_to(self, topic: str, partition: int, key: bytes, value: bytes | None) -> None:
        """Queue a record for a partition of the caller's choice."""
        while True:
            try:
                self._produce(topic, value, key, partition)
            except BufferError:
                self._producer.poll(0.01)
            else:
                return

    async def flush(self) -> None:
        """Wait until the broker has everything that was sent. Raises DeliveryFailed when it did not take a record."""
        if len(self._producer):
            await asyncio.get_running_loop().run_in_executor(None, self._drain)
        self._check()

    def flush_now(self) -> None:
        """The same, blocking."""
        self._drain()
        self._check()

    def _check(self) -> None:
        if self._failure is not None:
            raise DeliveryFailed(f"the broker did not take a record: {self._failure.str()}")

    def _drain(self) -> None:
        while self._failure is None and self._producer.flush(1.0):
            pass

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = error


def refused(problem: KafkaException) -> str:
    """What a KafkaException says, without its wrapping."""
    error = problem.args[0]
    return error.str() if isinstance(error, KafkaError) else str(problem)
