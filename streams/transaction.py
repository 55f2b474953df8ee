"""One Kafka transaction after the other: records and consumed offsets become visible together, or not at all.

A commit is decided when the coordinator has written it down; the markers in the partitions follow some milliseconds
later. Until then it refuses the same producer's next transaction. So two producers take turns: while one's markers are
written, the other's transaction begins at once.
"""

import functools
import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from schemas.errors import KefuError
from streams.progress import Place
from streams.sender import PARTITION_UA, Headers, not_taken, refused
from streams.wire.producer import Producer

log = logging.getLogger("kefu.transaction")

SECOND = "-second"
"""What the second producer's transactional id has after the first's."""
TIMEOUT_S = 10.0
"""Seconds after which the broker aborts a transaction: so long may one of a worker that is gone hold readers back."""
TRY_S = 5.0
SAY_AFTER_S = 5.0
GIVE_UP_S = 1.5 * TIMEOUT_S
"""Seconds after which a commit is given up: by then the broker has aborted the transaction, or will."""

_GONE = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError._FENCED,
}


class Fenced(KefuError):
    """The worker's place was taken: what it has not committed is done again by its successor."""


class NotCommitted(KefuError):
    """A transaction failed and was aborted: nothing of it is visible."""


class Transactions:
    """Two transactional producers in turn; their name, the same after a restart, aborts what a killed namesake left."""

    def __init__(self, bootstrap: str, *, name: str) -> None:
        self.open = False
        self._producer, self._next = (
            Producer(bootstrap, name=mine, timeout_s=TIMEOUT_S) for mine in (name, f"{name}{SECOND}")
        )

    def start(self) -> None:
        """Take the name over. Blocks until the broker has ended what a namesake left. Raises Fenced, NotCommitted."""
        for producer in (self._producer, self._next):
            self._insist("the transaction coordinator", functools.partial(producer.init_transactions, TRY_S), math.inf)

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None = None,
        partition: int = PARTITION_UA,
    ) -> None:
        """Add a record. Raises DeliveryFailed for one that cannot be sent."""
        try:
            if not self.open:
                self._producer.begin_transaction()
                self.open = True
            self._producer.produce(topic, value, key, partition, headers)
        except KafkaException as problem:
            raise not_taken(problem, topic, key) from None

    def send_to(self, topic: str, partition: int, key: bytes, value: bytes | None) -> None:
        """Add a record for a partition of the caller's choice."""
        self.send(topic, key, value, None, partition)

    def commit(self, offsets: Mapping[Place, int], membership: bytes) -> None:
        """Commit what was sent, with the consumer's offsets, as a member of its group. Blocks while the broker is away.

        ``membership`` as ``group_metadata`` gives it: it fences a worker whose partitions went to another (KIP-447).
        Raises Fenced, NotCommitted.
        """
        places = [TopicPartition(*place, offset) for place, offset in offsets.items()]
        self._insist(
            "the consumed offsets", lambda: self._producer.send_offsets_to_transaction(places, membership, TRY_S)
        )
        self._insist("the commit", lambda: self._producer.commit_transaction(TRY_S))
        self.open = False
        self._producer, self._next = self._next, self._producer

    def abort(self) -> None:
        """Drop what was sent since the last commit, as far as the broker can be reached."""
        if self.open:
            self.open = False
            self._producer.abort_transaction(TRY_S)

    def _insist(self, what: str, verb: Callable[[], Any], give_up_s: float = GIVE_UP_S) -> None:
        """Do it, again where the broker only did not answer in time."""
        said, began = False, time.monotonic()
        while True:
            try:
                verb()
            except KafkaException as problem:
                waited = time.monotonic() - began
                if not problem.args[0].retriable() or waited > give_up_s:
                    raise self._meaning(problem) from None
                if not said and waited > SAY_AFTER_S:
                    log.warning("waiting for Kafka: %s: %s", what, refused(problem))
                    said = True
            else:
                return

    def _meaning(self, problem: KafkaException) -> KefuError:
        if problem.args[0].code() in _GONE:
            return Fenced(
                "its partitions went to another worker, another one has its name (KEFU_WORKER), or the broker has "
                f"aborted a transaction that took too long: {refused(problem)}"
            )
        return NotCommitted(refused(problem))


def group_metadata(generation: int, group: str, member: str, instance: str | None = None) -> bytes:
    """A consumer's membership in the form that librdkafka writes and reads (rd_kafka_consumer_group_metadata_write).

    The form is librdkafka's own, so its version is pinned and a test compares the two. A wrong generation or member is
    refused by the broker; an unknown one (-1 and an empty member) is not: never pass those.
    """
    instance_part = b"\1" if instance is None else b"\0" + instance.encode() + b"\0"
    number = generation.to_bytes(4, "little", signed=True)
    return b"CGMDv2:" + number + group.encode() + b"\0" + member.encode() + b"\0" + instance_part
