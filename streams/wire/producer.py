"""A transactional producer that asks the broker as little as it can.

librdkafka sends each partition's records in a request of its own, and the broker asks its transaction coordinator about
every one: with a dozen partitions in a transaction that is most of what both do. Here the records of a transaction go
out together when it is committed, one request to each broker. The verbs and errors are those of confluent_kafka.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from streams.homes import home
from streams.progress import Place
from streams.sender import Headers, undelivered
from streams.wire import questions, requests
from streams.wire.batches import Batches, TooLarge
from streams.wire.cluster import Cluster, Unready
from streams.wire.connection import Connection, Lost
from streams.wire.questions import GROUP, TRANSACTION
from streams.wire.requests import Membership, Transaction

SHORT_S, LONG_S = 0.001, 0.1
"""Seconds to wait before a request is repeated: the first time, and at most."""

_IN_PLACE = {KafkaError.CONCURRENT_TRANSACTIONS, KafkaError.UNSTABLE_OFFSET_COMMIT}
"""What passes by itself."""
_ELSEWHERE = {
    KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REQUEST_TIMED_OUT, KafkaError.BROKER_NOT_AVAILABLE, KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.NETWORK_EXCEPTION, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR, KafkaError.NOT_ENOUGH_REPLICAS, KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    KafkaError.KAFKA_STORAGE_ERROR, KafkaError.FENCED_LEADER_EPOCH, KafkaError.UNKNOWN_LEADER_EPOCH,
}  # fmt: skip
"""What passes, perhaps at another broker."""
_AGAIN = _IN_PLACE | _ELSEWHERE
_OUSTED = {KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED}


class Producer:
    """One transactional id, and its one transaction at a time. Not for several threads at a time.

    ``timeout_s`` is how long the broker keeps a transaction open. ``joins``: false where Kafka 4's transactions are not
    to be used though the cluster has them.
    """

    def __init__(self, bootstrap: str, *, name: str, timeout_s: float, joins: bool = True) -> None:
        self._cluster = Cluster(bootstrap, name)
        self._name, self._timeout_s, self._may_join = name, timeout_s, joins
        self._keyless = count()
        self._batches = Batches()
        self._held: Transaction | None = None
        self._is_over = False
        self._partitions: set[Place] = set()
        self._is_asked = self._has_group = False
        self._failure = ""

    def init_transactions(self, timeout: float) -> None:
        """Take the name over, once the broker has ended what a namesake left."""
        self._insist(self._init, timeout)

    def begin_transaction(self) -> None:
        self._present()

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
            self._present()
        if partition < 0:
            partition = self._home(topic, key)
        try:
            self._batches.add(topic, partition, key, value, headers)
        except TooLarge:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)) from None

    def flush(self, timeout: float) -> int:
        """Let the broker have what is kept, and nobody can read before the commit. Returns for how many it waits on."""
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
        """Drop it. What of it was sent may have left gaps in the sequences, which a new epoch closes."""
        if self._is_asked:
            self._insist(lambda deadline: self._end(deadline, commit=False), timeout)
            self._insist(self._init, timeout)
        self._forget()

    def _forget(self) -> None:
        self._batches.clear()
        self._partitions.clear()
        self._is_asked = self._has_group = False
        self._failure = ""

    def _home(self, topic: str, key: bytes | None) -> int:
        number = self._cluster.partitions.get(topic)
        if number is None:
            self._insist(lambda deadline: self._cluster.learn(topic, deadline), self._timeout_s)
            number = self._cluster.partitions[topic]
        return next(self._keyless) % number if key is None else home(key, number)

    def _coordinator(self, deadline: float) -> Connection:
        return self._cluster.coordinator(TRANSACTION, self._name, deadline)

    def _init(self, deadline: float) -> int:
        coordinator = self._coordinator(deadline)
        joins = self._may_join and questions.newest_transactions(coordinator, deadline) >= 2
        error, producer_id, epoch = requests.init_producer(
            coordinator, self._name, self._timeout_s, deadline, self._held
        )
        if not error:
            self._held = Transaction(self._name, producer_id, epoch, joins)
            self._batches.begin_anew()
        return error

    def _offer(self, offsets: Mapping[Place, int], member: Membership, deadline: float) -> int:
        present, self._is_asked = self._present(), True
        if not (present.joins or self._has_group):
            error = requests.add_offsets(self._coordinator(deadline), present, member.group, deadline)
            if error:
                return error
            self._has_group = True
        coordinator = self._cluster.coordinator(GROUP, member.group, deadline)
        return _first(requests.commit_offsets(coordinator, present, offsets, member, deadline))

    def _deliver(self, deadline: float) -> int:
        present = self._present()
        new = [place for place in self._batches if place not in self._partitions]
        if new:
            self._is_asked = True
            if not present.joins and (error := self._add(present, new, deadline)):
                return error
            self._partitions.update(new)
        while self._batches:
            if error := self._send(present, deadline):
                return error
        return 0

    def _add(self, present: Transaction, places: Sequence[Place], deadline: float) -> int:
        return _first(requests.add_partitions(self._coordinator(deadline), present, places, deadline))

    def _send(self, present: Transaction, deadline: float) -> int:
        leaders: dict[Connection, dict[Place, bytes]] = defaultdict(dict)
        for place, data in self._batches.next_round(present):
            leaders[self._cluster.leader(place, deadline)][place] = data
        error = 0
        for leader, batches in leaders.items():
            for place, code in requests.produce(leader, present, batches, self._timeout_s, deadline).items():
                error = self._taken(place, code) or error
        return error

    def _taken(self, place: Place, code: int) -> int:
        """An error after which the batch is to be sent again, or the producer has ended."""
        if code in _AGAIN or code in _OUSTED:
            return code
        batch = self._batches.taken(place)
        if code not in (0, KafkaError.DUPLICATE_SEQUENCE_NUMBER) and not self._failure:
            self._failure = str(undelivered(KafkaError(code).str(), place.topic, batch.key))
        return 0

    def _end(self, deadline: float, *, commit: bool) -> int:
        present = self._present()
        error, following = requests.end(self._coordinator(deadline), present, deadline, commit=commit)
        if not error and following != present:
            self._held = following
            self._batches.begin_anew()
        return 0 if error == KafkaError.INVALID_TXN_STATE and not commit else error

    def _present(self) -> Transaction:
        if self._held is None or self._is_over:
            raise KafkaException(KafkaError(KafkaError._FATAL))
        return self._held

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
                raise KafkaException(self._ousted() if code in _OUSTED else KafkaError(code))
            if code in _ELSEWHERE:
                self._cluster.forget()
            if time.monotonic() + pause > deadline:
                told = reason or KafkaError(code).str()
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, told, retriable=True))
            time.sleep(pause)
            pause = min(2 * pause, LONG_S)

    def _ousted(self) -> KafkaError:
        self._is_over = True
        return KafkaError(KafkaError._FENCED, fatal=True)


def _first(errors: Sequence[int]) -> int:
    """The error that says most: what was not attempted was not, because of another one."""
    found = [error for error in errors if error]
    return next((error for error in found if error != KafkaError.OPERATION_NOT_ATTEMPTED), found[0] if found else 0)


def read_membership(form: bytes) -> Membership:
    """Out of the form in which librdkafka writes a consumer's membership."""
    generation = int.from_bytes(form[7:11], "little", signed=True)
    group, member, rest = form[11:].split(b"\0", 2)
    return Membership(group.decode(), generation, member.decode(), rest[1:-1].decode() if rest[:1] == b"\0" else None)
