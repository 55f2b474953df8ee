"""Producers over the log in memory, confluent_kafka's and ours: the verbs that kefu uses, with librdkafka's errors."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from aiokafka.partitioner import murmur2
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from schemas.topics import MAX_RECORD_BYTES
from streams.progress import Place
from tests.memory_group import Membership, Refused
from tests.memory_log import Entry, Headers, MemoryLog, Token, log_at

WAIT_S = 0.005
"""Seconds between two tries of what the broker is not ready for."""

_RETRY = {KafkaError.CONCURRENT_TRANSACTIONS}
_FENCING = {KafkaError.INVALID_PRODUCER_EPOCH}
_unnamed = count()


class Producer:
    """A producer as confluent_kafka has it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._log: MemoryLog = log_at(config["bootstrap.servers"])
        self._largest = config.get("message.max.bytes", 1_000_000)
        self._told = config.get("on_delivery")
        self._queues: dict[Place, deque[Entry]] = defaultdict(deque)
        self._token: Token | None = None

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def produce(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | str | None = None,
        partition: int = -1,
        headers: Headers | None = None,
    ) -> None:
        key = key.encode() if isinstance(key, str) else key
        if len(key or b"") + len(value or b"") > self._largest:
            raise failure(KafkaError.MSG_SIZE_TOO_LARGE)
        number = len(self._log.topics[topic])
        chosen = partition if partition >= 0 else next(_unnamed) % number if key is None else home(key, number)
        stamp = int(self._log.world.clock() * 1000)
        place = Place(topic, chosen)
        self._queues[place].append(Entry(0, key, value, headers, stamp))
        self._kept(place)

    def _kept(self, place: Place) -> None:
        self._log.world.beside(lambda: self._deliver(place, 1))

    def poll(self, timeout: float = 0.0) -> int:
        return 0

    def flush(self, timeout: float = 60.0) -> int:
        world, deadline = self._log.world, self._log.world.clock() + timeout
        while len(self) and world.clock() <= deadline:
            world.pause(world.latency() or WAIT_S)
            for place, queue in self._queues.items():
                self._deliver(place, len(queue))
        return len(self)

    def _ask(self, verb: Callable[[], Any], timeout: float) -> Any:
        """Ask the broker, again while it is not ready; a moment passes before it hears and before we hear."""
        world, deadline = self._log.world, self._log.world.clock() + timeout
        while True:
            world.pause(world.latency())
            try:
                answer = verb()
            except Refused as problem:
                if problem.code not in _RETRY:
                    raise failure(problem.code) from None
                if world.clock() > deadline:
                    raise failure(KafkaError._TIMED_OUT, retriable=True) from None
                world.pause(WAIT_S)
            else:
                world.pause(world.latency())
                return answer

    def _deliver(self, place: Place, most: int) -> None:
        """The broker takes what is queued for a partition; what it refuses is told once and gone."""
        queue = self._queues[place]
        for _ in range(min(most, len(queue))):
            try:
                self._log.write(place, queue[0], self._token)
            except Refused as problem:
                if problem.code in _RETRY:
                    return
                self._refused(place, queue[0], problem)
            queue.popleft()

    def _refused(self, place: Place, entry: Entry, problem: Refused) -> None:
        if self._told is not None:
            error = KafkaError(problem.code)
            self._told(error, Message(topic=place.topic, partition=place.partition, key=entry.key, error=error))


class TransactionalProducer(Producer):
    """Ours (streams.wire.producer): the broker has nothing of a transaction before its commit, or a flush."""

    def __init__(self, bootstrap: str, *, name: str, timeout_s: float) -> None:
        super().__init__({"bootstrap.servers": bootstrap, "message.max.bytes": 2 * MAX_RECORD_BYTES})
        self._name, self._timeout_s = name, timeout_s
        self._failed = False

    def init_transactions(self, timeout: float) -> None:
        self._token = self._ask(lambda: self._log.register(self._name, self._timeout_s), timeout)

    def begin_transaction(self) -> None:
        self._failed = False

    def send_offsets_to_transaction(self, offsets: Sequence[TopicPartition], membership: Any, timeout: float) -> None:
        group, member = read_membership(bytes(membership))
        if offsets:
            named = {Place(place.topic, place.partition): place.offset for place in offsets}
            self._ask(lambda: self._log.offer(self._held(), group, named, member), timeout)

    def commit_transaction(self, timeout: float = 60.0) -> None:
        self.flush(timeout)
        if self._failed:
            raise failure(KafkaError._FAIL, abortable=True)
        self._ask(lambda: self._log.end_transaction(self._held(), committed=True), timeout)

    def abort_transaction(self, timeout: float = 60.0) -> None:
        self._queues.clear()
        self._ask(lambda: self._log.end_transaction(self._held(), committed=False), timeout)

    def _held(self) -> Token:
        if self._token is None:
            raise failure(KafkaError._STATE)
        return self._token

    def _kept(self, place: Place) -> None: ...

    def _refused(self, place: Place, entry: Entry, problem: Refused) -> None:
        self._failed = True


def failure(code: int, *, retriable: bool = False, abortable: bool = False) -> KafkaException:
    """What librdkafka raises."""
    fatal = code in _FENCING
    return KafkaException(KafkaError(KafkaError._FENCED if fatal else code, None, fatal, retriable, abortable))


def home(key: bytes, partitions: int) -> int:
    """The partition of a key, as librdkafka's murmur2_random has it."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def read_membership(form: bytes) -> tuple[str, Membership]:
    """Group and membership out of librdkafka's form."""
    generation = int.from_bytes(form[7:11], "little", signed=True)
    group, member, rest = form[11:].split(b"\0", 2)
    instance = rest[1:-1].decode() if rest[:1] == b"\0" else None
    return group.decode(), Membership(generation, member.decode(), instance)
