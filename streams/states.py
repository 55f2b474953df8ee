"""State by key: in memory, and in a compacted changelog topic from which it is read back."""

import asyncio
from collections.abc import Collection
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaError, TopicPartition

from agents.runtime import Kept
from schemas.errors import Misconfigured, Unavailable
from streams.librdkafka import reader

READ_BATCH = 10_000
SILENCE_S = 30.0
"""Seconds without any answer from the broker after which reading back gives up."""


class States:
    """The states of one agent, one table per partition.

    What ``put`` changed since the last ``take`` is held decoded and encoded once, however often a key was touched.
    """

    def __init__(self, bootstrap: str, changelog: str, state: type[Any]) -> None:
        self.changelog = changelog
        self._bootstrap = bootstrap
        self._empty: Kept[Any] = Kept(state())
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Kept[state]).decode  # type: ignore[valid-type]
        self._stored: dict[int, dict[bytes, bytes]] = {}
        self._live: dict[int, dict[bytes, Kept[Any]]] = {}
        self._read_to: dict[int, int] = {}
        self.opened = False

    def get(self, partition: int, key: bytes) -> Kept[Any]:
        """The state of a key; the empty state where there is none. Raises Misconfigured when it cannot be read."""
        live = self._live[partition].get(key)
        if live is not None:
            return live
        stored = self._stored[partition].get(key)
        try:
            return self._empty if stored is None else self._decode(stored)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise Misconfigured(
                f"{self.changelog}-{partition} holds a state under key {key!r:.80} that this version cannot read "
                f"({problem}): run the version that wrote it, or write an empty value under that key to forget it"
            ) from None

    def put(self, partition: int, key: bytes, kept: Kept[Any]) -> None:
        self._live[partition][key] = kept

    def take(self) -> list[tuple[int, bytes, bytes]]:
        """(partition, key, value) of every key that changed since the last call, for the changelog."""
        changes = []
        for partition, live in self._live.items():
            if live:
                encoded = {key: self._encode(kept) for key, kept in live.items()}
                self._stored[partition].update(encoded)
                changes += [(partition, key, value) for key, value in encoded.items()]
                live.clear()
        return changes

    def size(self) -> int:
        """How many keys have a state here."""
        return sum(map(len, self._stored.values()))

    def close(self) -> None:
        """The assignment ended: nothing may be worked on before ``open``."""
        self.opened = False
        self._live.clear()

    async def open(self, partitions: Collection[int]) -> None:
        """Bring the tables of exactly these partitions up to the end of the changelog. Raises Unavailable."""
        for partition in [known for known in self._stored if known not in partitions]:
            del self._stored[partition]
            self._read_to.pop(partition, None)
        if partitions:
            await asyncio.get_running_loop().run_in_executor(None, self._read_back, sorted(partitions))
        self._live = {partition: {} for partition in partitions}
        self.opened = True

    def _read_back(self, partitions: list[int]) -> None:
        consumer = Consumer(
            reader(
                self._bootstrap,
                f"{self.changelog}-read-back",
                enable_partition_eof=True,
                fetch_wait_max_ms=20,
                queued_max_messages_kbytes=131_072,
            )
        )
        try:
            consumer.assign(
                [TopicPartition(self.changelog, part, max(self._read_to.get(part, 0), 0)) for part in partitions]
            )
            self._read_until_end(consumer, set(partitions))
        finally:
            consumer.close()

    def _read_until_end(self, consumer: Consumer, unfinished: set[int]) -> None:
        for partition in unfinished:
            self._stored.setdefault(partition, {})
        while unfinished:
            messages = consumer.consume(READ_BATCH, 0.1) or consumer.consume(1, SILENCE_S)
            if not messages:
                raise Unavailable(
                    f"no answer from the broker for {SILENCE_S:.0f} s while {self.changelog} was read back"
                )
            for message in messages:
                problem: KafkaError | None = message.error()
                if problem is None:
                    self._apply(message)
                elif problem.code() == KafkaError._PARTITION_EOF:
                    unfinished.discard(message.partition())
                else:
                    raise Unavailable(f"{self.changelog} could not be read back: {problem.str()}")

    def _apply(self, message: Any) -> None:
        partition, value = message.partition(), message.value()
        if value is None:
            self._stored[partition].pop(message.key(), None)
        else:
            self._stored[partition][message.key()] = value
        self._read_to[partition] = message.offset() + 1
