"""Where the brokers, leaders and coordinators of a Kafka cluster are, and the connections to them."""

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from confluent_kafka import KafkaError

from streams.progress import Place
from streams.wire import questions
from streams.wire.connection import Address, Connection, Lost

T = TypeVar("T")


class Unready(Exception):
    """The cluster cannot do it yet; ``code`` is why, as Kafka's protocol numbers errors."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason or KafkaError(code).str())
        self.code = code


class Cluster:
    """One connection to each broker that is needed. What is known of places is asked for again once ``forget`` is
    called. Not for several threads at a time."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._bootstrap = [_address(one) for one in bootstrap.split(",")]
        self._client_id = client_id
        self._connections: dict[tuple[Address, str], Connection] = {}
        self._brokers: dict[int, Address] = {}
        self._silent: dict[Address, float] = {}
        """When a broker last failed to answer."""
        self._leaders: dict[str, dict[int, int]] = {}
        self.partitions: dict[str, int] = {}
        """How many a topic has, as far as it is known."""
        self._coordinators: dict[tuple[int, str], Address] = {}

    def learn(self, topic: str, deadline: float) -> int:
        """Find out where a topic's partitions are; 0. Raises Unready, Lost."""
        told = self._anybody(lambda broker: questions.topics(broker, [topic], deadline))
        self._brokers.update(told.brokers)
        if error := told.errors.get(topic, KafkaError.UNKNOWN_TOPIC_OR_PART):
            raise Unready(error, f"{topic}: {KafkaError(error).str()}")
        self._leaders[topic] = dict(told.leaders[topic])
        self.partitions[topic] = len(told.leaders[topic])
        return 0

    def leader(self, place: Place, deadline: float) -> Connection:
        """A connection to the leader of a partition. Raises Unready, Lost."""
        if place.topic not in self._leaders:
            self.learn(place.topic, deadline)
        node = self._leaders[place.topic].get(place.partition, -1)
        if node not in self._brokers:
            raise Unready(KafkaError.LEADER_NOT_AVAILABLE)
        return self._to(self._brokers[node], "records")

    def coordinator(self, kind: int, name: str, deadline: float) -> Connection:
        """A connection to the coordinator of a group or of a transactional id. Raises Unready, Lost."""
        address = self._coordinators.get((kind, name))
        if address is None:
            error, address = self._anybody(lambda broker: questions.coordinator(broker, kind, name, deadline))
            if error:
                raise Unready(error)
            self._coordinators[kind, name] = address
        return self._to(address, "coordination")

    def forget(self) -> None:
        """Leaders and coordinators may be elsewhere."""
        self._leaders.clear()
        self._coordinators.clear()

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def _anybody(self, ask: Callable[[Connection], T]) -> T:
        """Ask the brokers that are known and those that were given, until one answers; who did not is asked last."""
        problem = Lost("no broker is known")
        known = dict.fromkeys([*self._brokers.values(), *self._bootstrap])
        for address in sorted(known, key=lambda one: self._silent.get(one, 0.0)):
            try:
                return ask(self._to(address, "records"))
            except Lost as lost:
                problem, self._silent[address] = lost, monotonic()
        raise problem

    def _to(self, address: Address, use: str) -> Connection:
        found = self._connections.get((address, use))
        if found is None:
            found = self._connections[address, use] = Connection(address, self._client_id)
        return found


def _address(text: str) -> Address:
    host, _, port = text.strip().rpartition(":")
    return (host.strip("[]"), int(port)) if port.isdigit() and host else (text.strip(), 9092)
