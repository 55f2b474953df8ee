"""Reads a changelog back: from where the shelf was, in batches, until the position has passed the end it had."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from schemas.errors import Unavailable
from streams.changelog import Changelog, Wanted
from streams.librdkafka import reader

log = logging.getLogger("kefu.states")

READ_BATCH = 500
"""Records per call: few enough to stay in the processor's cache, and below what makes Python collect garbage (700)."""
WAIT_S = 0.02
SAID_AFTER_S = 2.0
"""Seconds of waiting for an undecided transaction after which that is said."""
UNDECIDED_S = 960.0
"""Seconds after which a transaction is not waited for: brokers end them after 15 minutes at the latest, by default."""

_key, _value = Message.key, Message.value
_partition: Callable[[Any], int] = Message.partition  # type: ignore[assignment]

Store = Callable[[int, Mapping[bytes, bytes | None], int], None]
"""Takes over the values of a partition and the offset of the next record."""


class ReadBack:
    """One reading back. ``starts`` and ``ends``: offsets per partition, of the first record wanted and after the last.

    The former owner may have left a transaction that is not decided yet: its records show, or turn out to be none of
    ours, only when it is. The end of a partition counts therefore only where it is not below ``ends``.
    """

    def __init__(self, changelog: Changelog, starts: Mapping[int, int], ends: Mapping[int, int], store: Store) -> None:
        self._changelog, self._starts, self._store = changelog, starts, store
        self._ends = {partition: ends[partition] for partition in starts if starts[partition] < ends[partition]}
        self._undecided: set[int] = set()
        self._moved = time.monotonic()
        self._said = False

    def run(self, wanted: Wanted) -> bool:
        """Whether all was read; False once it is not wanted any more. Raises Unavailable."""
        if self._ends:
            consumer = Consumer(settings(self._changelog))
            try:
                topic = self._changelog.topic
                consumer.assign([TopicPartition(topic, partition, self._starts[partition]) for partition in self._ends])
                while self._ends and wanted():
                    self._take(consumer.consume(READ_BATCH, WAIT_S))
            finally:
                consumer.close()
        return not self._ends

    def _take(self, messages: Sequence[Any]) -> None:
        if not messages:
            self._wait()
            return
        self._moved = time.monotonic()
        for partition, run in groupby(messages, _partition):
            self._take_run(partition, list(run))

    def _take_run(self, partition: int, records: Sequence[Any]) -> None:
        """What the broker says about a partition comes among its records, without a key."""
        values: dict[Any, bytes | None] = dict(zip(map(_key, records), map(_value, records), strict=True))
        self._undecided.discard(partition)
        if None in values:
            del values[None]
            for record in records:
                self._notice(partition, record.offset(), record.error())
        last = records[-1]
        self._store(partition, values, last.offset() + (last.error() is None))

    def _notice(self, partition: int, offset: int, problem: KafkaError | None) -> None:
        if problem is None:
            return
        if problem.code() != KafkaError._PARTITION_EOF:
            raise Unavailable(f"{self._changelog.topic} could not be read back: {problem.str()}")
        if offset >= self._ends.get(partition, 0):
            self._ends.pop(partition, None)
        else:
            self._undecided.add(partition)

    def _wait(self) -> None:
        topic, waited = self._changelog.topic, time.monotonic() - self._moved
        if len(self._undecided) < len(self._ends):
            if waited > self._changelog.silence_s:
                raise Unavailable(f"no answer from the broker for {waited:.0f} s while {topic} was read back")
        elif waited > UNDECIDED_S:
            raise Unavailable(
                f"a transaction on {topic} has been open for {waited:.0f} s: find its producer with "
                "`kafka-transactions.sh find-hanging`, abort it, then start again"
            )
        elif waited > SAID_AFTER_S and not self._said:
            self._said = True
            log.warning(
                "%s-%s: the former owner's last transaction is still undecided; waiting until it is committed, "
                "aborted, or runs out",
                topic,
                min(self._undecided),
            )


def settings(changelog: Changelog) -> dict[str, Any]:
    """A consumer's, for reading as fast as it goes: by default it pauses for a second whenever it is well ahead."""
    return reader(
        changelog.bootstrap,
        f"{changelog.topic}-read-back",
        enable_partition_eof=True,
        fetch_wait_max_ms=20,
        fetch_queue_backoff_ms=5,
        queued_min_messages=1_000_000,
        queued_max_messages_kbytes=131_072,
    )
