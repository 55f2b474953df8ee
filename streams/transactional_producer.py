"""A transactional producer that asks the broker as little as it can.

librdkafka sends each partition's records in a request of its own, and the broker asks its transaction coordinator about
every one: with a dozen partitions in a transaction that is most of what both do. Here the records of a transaction go
out together when it is committed, one request to each broker. The verbs and errors are those of confluent_kafka.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from schemas.topics import MAX_RECORD_BYTES
from streams import requests
from streams.cluster import Cluster, Unready
from streams.homes import Homes
from streams.progress import Place
from streams.requests import GROUP, TRANSACTION, Membership, Transaction
from streams.sender import Headers, undelivered
from streams.wire import Connection, Lost

LZ4 = 3
BATCH_BYTES = MAX_RECORD_BYTES // 2
"""A batch is closed before it has more; one record may be larger by itself."""
ROUND_BYTES = 8 * MAX_RECORD_BYTES
"""So much goes into one request, where there is more than one batch."""
SHORT_S, LONG_S = 0.001, 0.1
"""Seconds to wait before a request is repeated: the first time, and at most."""
_SEQUENCES = 2**31

_AGAIN = {
    KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REQUEST_TIMED_OUT, KafkaError.BROKER_NOT_AVAILABLE, KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.NETWORK_EXCEPTION, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR, KafkaError.NOT_ENOUGH_REPLICAS, KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    KafkaError.CONCURRENT_TRANSACTIONS, KafkaError.KAFKA_STORAGE_ERROR, KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH, KafkaError.UNSTABLE_OFFSET_COMMIT,
}  # fmt: skip
_IN_PLACE = {KafkaError.CONCURRENT_TRANSACTIONS, KafkaError.UNSTABLE_OFFSET_COMMIT}
"""What passes without anything being elsewhere."""
_OUSTED = {KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED}


@dataclass(slots=True)
class Batch:
    """Records for one partition; once it was sent it stays as it is, so that the broker knows it again."""

    builder: Any
    key: bytes | None
    records: int = 0
    data: bytes = b""

    def add(self, stamp: int, key: bytes | None, value: bytes | None, headers: Headers | None) -> bool:
        """False where it is full."""
        if self.data or self.builder.append(self.records, stamp, key, value, list(headers or ())) is None:
            return False
        self.records += 1
        return True


class Producer:
    """One transactional id, and its one transaction at a time. Not for several threads at a time."""

    def __init__(self, bootstrap: str, *, name: str, timeout_s: float) -> None:
        self._cluster = Cluster(bootstrap, name)
        self._name, self._timeout_s = name, timeout_s
        self._homes, self._keyless = Homes(), count()
        self._held: Transaction | None = None
        self._is_over = False
        self._sequences: dict[Place, int] = defaultdict(int)
        self._batches: dict[Place, deque[Batch]] = {}
        self._partitions: set[Place] = set()
        self._is_asked = self._has_offsets = False
        self._failure = ""

    def init_transactions(self, timeout: float) -> None:
        """Take the name over, once the broker has ended what a namesake left."""
        self._insist(self._init, timeout)

    def begin_transaction(self) -> None:
        if self._held is None or self._is_over:
            raise KafkaException(KafkaError(KafkaError._FATAL))

    def produce(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int = -1,
        headers: Headers | None = None,
    ) -> None:
        """Keep a record for the commit."""
        if self._is_over:
            raise KafkaException(KafkaError(KafkaError._FATAL))
        if len(key or b"") + len(value or b"") > 2 * MAX_RECORD_BYTES:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        place = Place(topic, partition if partition >= 0 else self._home(topic, key))
        stamp = int(time.time() * 1000)
        waiting = self._batches.get(place)
        if waiting is None:
            waiting = self._batches[place] = deque()
        if not waiting or not waiting[-1].add(stamp, key, value, headers):
            waiting.append(self._new_batch(key))
            waiting[-1].add(stamp, key, value, headers)

    def flush(self, timeout: float) -> int:
        """Let the broker have what is kept, and nobody can read before the commit. Returns how many are kept on."""
        self._insist(self._deliver, timeout)
        return len(self._batches)

    def send_offsets_to_transaction(self, offsets: Sequence[TopicPartition], membership: Any, timeout: float) -> None:
        if offsets:
            member = read_membership(bytes(membership))
            named = {Place(place.topic, place.partition): place.offset for place in offsets}
            self._insist(lambda deadline: self._offer(named, member, deadline), timeout)

    def commit_transaction(self, timeout: float) -> None:
        self._insist(self._deliver, timeout)
        if self._failure:
            raise KafkaException(KafkaError(KafkaError._FAIL, self._failure, txn_requires_abort=True))
        if self._is_asked:
            self._insist(lambda deadline: self._end(deadline, commit=True), timeout)
        self._forget()

    def abort_transaction(self, timeout: float) -> None:
        """Drop it; what of it was sent may have left gaps in the sequences, which a new epoch closes."""
        if self._is_asked:
            self._insist(lambda deadline: self._end(deadline, commit=False), timeout)
            self._insist(self._init, timeout)
        self._forget()

    def _forget(self) -> None:
        self._batches.clear()
        self._partitions.clear()
        self._is_asked = self._has_offsets = False
        self._failure = ""

    def _new_batch(self, key: bytes | None) -> Batch:
        builder = DefaultRecordBatchBuilder(
            2, LZ4, is_transactional=1, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=BATCH_BYTES
        )
        return Batch(builder, key)

    def _home(self, topic: str, key: bytes | None) -> int:
        number = self._cluster.known_partitions(topic)
        if not number:
            self._insist(lambda deadline: bool(self._cluster.partitions(topic, deadline)) and 0, self._timeout_s)
            number = self._cluster.known_partitions(topic)
        return next(self._keyless) % number if key is None else self._homes.home(key, number)

    def _coordinator(self, deadline: float) -> Connection:
        return self._cluster.coordinator(TRANSACTION, self._name, deadline)

    def _init(self, deadline: float) -> int:
        error, held = requests.init_producer(
            self._coordinator(deadline), self._name, self._timeout_s, deadline, self._held
        )
        if not error:
            self._held = held
            self._sequences.clear()
        return error

    def _offer(self, offsets: dict[Place, int], member: Membership, deadline: float) -> int:
        held = self._present()
        if not self._has_offsets:
            self._is_asked = True
            error = requests.add_offsets(self._coordinator(deadline), held, member.group, deadline)
            if error:
                return error
            self._has_offsets = True
        coordinator = self._cluster.coordinator(GROUP, member.group, deadline)
        return _first(requests.commit_offsets(coordinator, held, offsets, member, deadline))

    def _deliver(self, deadline: float) -> int:
        held = self._present()
        if new := [place for place in self._batches if place not in self._partitions]:
            self._is_asked = True
            if error := _first(requests.add_partitions(self._coordinator(deadline), held, new, deadline)):
                return error
            self._partitions.update(new)
        while self._batches:
            if error := self._send(deadline):
                return error
        return 0

    def _send(self, deadline: float) -> int:
        """The first batch of each partition, to the brokers that lead them."""
        leaders: dict[Connection, dict[Place, bytes]] = defaultdict(dict)
        size = 0
        for place, waiting in self._batches.items():
            batch = self._built(place, waiting[0])
            if size and size + len(batch) > ROUND_BYTES:
                break
            size += len(batch)
            leaders[self._cluster.leader(place, deadline)][place] = batch
        error = 0
        for leader, batches in leaders.items():
            for place, code in requests.produce(leader, self._name, batches, self._timeout_s, deadline).items():
                error = self._taken(place, code) or error
        return error

    def _built(self, place: Place, batch: Batch) -> bytes:
        if not batch.data:
            held, first = self._present(), self._sequences[place]
            batch.builder.set_producer_state(held.producer_id, held.epoch, first)
            batch.data = bytes(batch.builder.build())
            self._sequences[place] = (first + batch.records) % _SEQUENCES
        return batch.data

    def _taken(self, place: Place, code: int) -> int:
        """An error after which the batch is to be sent again, or the producer has ended."""
        if code in _AGAIN or code in _OUSTED:
            return code
        if code not in (0, KafkaError.DUPLICATE_SEQUENCE_NUMBER):
            key = self._batches[place][0].key
            self._failure = self._failure or str(undelivered(KafkaError(code).str(), place.topic, key))
        self._batches[place].popleft()
        if not self._batches[place]:
            del self._batches[place]
        return 0

    def _end(self, deadline: float, *, commit: bool) -> int:
        error = requests.end(self._coordinator(deadline), self._present(), deadline, commit=commit)
        return 0 if error == KafkaError.INVALID_TXN_STATE and not commit else error

    def _present(self) -> Transaction:
        if self._held is None or self._is_over:
            raise KafkaException(KafkaError(KafkaError._FATAL))
        return self._held

    def _ousted(self) -> KafkaError:
        self._is_over = True
        return KafkaError(KafkaError._FENCED, fatal=True)

    def _insist(self, attempt: Callable[[float], int], timeout: float) -> None:
        """Until it is done, or ``timeout`` seconds are over: then it may be tried again where it stands."""
        deadline, pause = time.monotonic() + timeout, SHORT_S
        while True:
            try:
                code, reason = attempt(deadline), ""
            except Lost as lost:
                code, reason = KafkaError.NETWORK_EXCEPTION, str(lost)
            except Unready as unready:
                code, reason = unready.code, str(unready)
            if not code:
                return
            if code not in _AGAIN:
                self._is_over = self._is_over or code in _OUSTED
                raise KafkaException(
                    KafkaError(KafkaError._FENCED, fatal=True) if code in _OUSTED else KafkaError(code)
                )
            if code not in _IN_PLACE:
                self._cluster.forget()
            if time.monotonic() + pause > deadline:
                told = reason or KafkaError(code).str()
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, told, retriable=True))
            time.sleep(pause)
            pause = min(2 * pause, LONG_S)


def _first(errors: list[int]) -> int:
    """The error that says most: what was not attempted was not, because of another one."""
    found = [error for error in errors if error]
    return next((error for error in found if error != KafkaError.OPERATION_NOT_ATTEMPTED), found[0] if found else 0)


def read_membership(form: bytes) -> Membership:
    """Out of the form in which librdkafka writes a consumer's membership."""
    generation = int.from_bytes(form[7:11], "little", signed=True)
    group, member, rest = form[11:].split(b"\0", 2)
    return Membership(group.decode(), generation, member.decode(), rest[1:-1].decode() if rest[:1] == b"\0" else None)
