"""Appends to Kafka through librdkafka: idempotent, acknowledged by all in-sync replicas, or refused in time."""

import asyncio
import threading

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import KefuError, Rejected, Unavailable
from schemas.topics import MAX_RECORD_BYTES, Topic

AGAIN = "send it again with the same message_id or Idempotency-Key"


class KafkaInbox:
    """Implements Inbox. A thread of its own serves the deliveries' reports."""

    def __init__(self, bootstrap: str, *, timeout_s: float = 5.0) -> None:
        self._bootstrap, self._timeout_s = bootstrap, timeout_s
        self._ended = threading.Event()
        self._producer = self._connect()
        self._thread = threading.Thread(target=self._serve, name="inbox", daemon=True)
        self._thread.start()

    async def append(self, topic: Topic, key: bytes, value: bytes) -> None:
        loop = asyncio.get_running_loop()
        report: asyncio.Future[KafkaError | None] = loop.create_future()

        def delivered(error: KafkaError | None, _: Message) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, report, error)

        try:
            self._producer.produce(topic.name, value, key, on_delivery=delivered)
        except BufferError:
            raise Unavailable(f"too many messages wait for Kafka; {AGAIN} in some seconds") from None
        except KafkaException as problem:
            raise self._meaning(problem.args[0], len(value)) from None
        error = await report
        if error is not None:
            raise self._meaning(error, len(value))

    async def close(self) -> None:
        """Wait for what is under way, then end."""
        await asyncio.to_thread(self._producer.flush, self._timeout_s)
        self._ended.set()
        await asyncio.to_thread(self._thread.join)

    def _connect(self) -> Producer:
        return Producer(
            {
                "bootstrap.servers": self._bootstrap,
                "client.id": "kefu-gateway",
                "enable.idempotence": True,
                "linger.ms": 1,
                "compression.type": "lz4",
                "partitioner": "murmur2_random",
                "message.timeout.ms": int(self._timeout_s * 1000),
                "message.max.bytes": 2 * MAX_RECORD_BYTES,
                "socket.keepalive.enable": True,
                "logger": None,
                "log_level": 0,
            }
        )

    def _serve(self) -> None:
        while not self._ended.is_set():
            self._producer.poll(0.1)

    def _meaning(self, error: KafkaError, size: int) -> KefuError:
        if error.code() in (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE):
            return Rejected(f"the record has {size} bytes; Kafka takes at most {MAX_RECORD_BYTES}: send less")
        if error.fatal():
            self._producer = self._connect()
        return Unavailable(f"Kafka at {self._bootstrap} did not take the record ({error.str()}); {AGAIN}")


def _settle(report: "asyncio.Future[KafkaError | None]", error: KafkaError | None) -> None:
    if not report.done():
        report.set_result(error)
