"""Our transactional producer on a real broker: how it asks, and what it does when the broker does not answer."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import confluent_kafka
import pytest
from confluent_kafka import KafkaError, KafkaException

from schemas.topics import MAX_RECORD_BYTES
from streams.wire import questions
from streams.wire.batches import BATCH_BYTES, ROUND_BYTES
from streams.wire.cluster import Cluster
from streams.wire.connection import Connection, Lost
from streams.wire.producer import Producer
from tests.topics import create, fresh, read

pytestmark = pytest.mark.kafka

WAIT_S = 20.0


def started(kafka: str, *, joins: bool = True) -> Producer:
    producer = Producer(kafka, name=fresh("worker"), timeout_s=WAIT_S, joins=joins)
    producer.init_transactions(WAIT_S)
    return producer


@pytest.fixture
def topic(kafka: str) -> str:
    name = fresh("wire")
    create(kafka, name)
    return name


@pytest.fixture(params=[True, False], ids=["kafka 4", "before"])
def producer(request: pytest.FixtureRequest, kafka: str) -> Producer:
    return started(kafka, joins=request.param)


def deadline() -> float:
    return time.monotonic() + WAIT_S


def test_the_test_broker_has_kafka_4s_transactions(kafka: str) -> None:
    host, port = kafka.split(":")
    assert questions.newest_transactions(Connection((host, int(port)), "test"), deadline()) >= 2


def test_more_than_one_request_can_hold_arrives_in_order(kafka: str, topic: str, producer: Producer) -> None:
    sizes = [BATCH_BYTES // 3] * 8 + [MAX_RECORD_BYTES - 1000, 10] + [BATCH_BYTES] * (ROUND_BYTES // BATCH_BYTES)
    producer.begin_transaction()
    for number, size in enumerate(sizes):
        for partition in range(2):
            producer.produce(topic, b"%d " % number + os.urandom(size - 10), b"k", partition)
    producer.commit_transaction(WAIT_S)
    found = read(kafka, topic)
    for partition in range(2):
        values = [message.value() or b"" for message in found if message.partition() == partition]
        assert [int(value.split(b" ", 1)[0]) for value in values] == list(range(len(sizes)))


def test_keys_have_the_home_that_librdkafka_gives_them(kafka: str, topic: str, producer: Producer) -> None:
    keys = [f"用户-{number}".encode() for number in range(60)]
    producer.begin_transaction()
    for key in keys:
        producer.produce(topic, b"ours", key)
    producer.commit_transaction(WAIT_S)
    peer = confluent_kafka.Producer({"bootstrap.servers": kafka, "partitioner": "murmur2_random"})
    for key in keys:
        peer.produce(topic, b"theirs", key)
    peer.flush(WAIT_S)
    homes = {(message.value(), message.key()): message.partition() for message in read(kafka, topic)}
    assert len(homes) == 2 * len(keys)
    assert all(homes[b"ours", key] == homes[b"theirs", key] for key in keys)


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_twice(
    kafka: str, topic: str, producer: Producer
) -> None:
    with Forgetful(kafka) as proxy:
        cluster = producer._cluster
        genuine = cluster._to

        def through_proxy(address: tuple[str, int], use: str) -> Connection:
            return genuine(proxy.address, use)

        cluster._to = through_proxy  # type: ignore[method-assign]
        for number in range(20):
            producer.begin_transaction()
            producer.produce(topic, b"%d" % number, b"k", 0)
            producer.produce(topic, b"%d" % number, b"k", 1)
            producer.commit_transaction(WAIT_S)
        assert proxy.hung_up > 20
    found = read(kafka, topic)
    for partition in range(2):
        assert [int(message.value() or b"") for message in found if message.partition() == partition] == list(range(20))


class Forgetful:
    """A proxy for a broker. It hands each request on; of each kind it keeps every second answer, and hangs up."""

    def __init__(self, kafka: str) -> None:
        host, port = kafka.split(":")
        self._broker = host, int(port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listening.getsockname()
        self.hung_up, self._asked = 0, Counter[bytes]()

    def __enter__(self) -> "Forgetful":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._hand_on, args=(client,), daemon=True).start()

    def _hand_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._broker) as broker:
            for request in _messages(client):
                broker.sendall(request)
                answer = next(_messages(broker))
                kind = request[4:6]
                self._asked[kind] += 1
                if self._asked[kind] % 2:
                    self.hung_up += 1
                    return
                client.sendall(answer)


def _messages(connection: socket.socket) -> Iterator[bytes]:
    """What comes, each with its size before it."""
    stream = connection.makefile("rb")
    with stream:
        while len(size := stream.read(4)) == 4:
            yield size + stream.read(int.from_bytes(size, "big"))


def test_a_broker_that_is_away_is_waited_for_and_then_said(topic: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = nobody.getsockname()
    producer = Producer(f"127.0.0.1:{address[1]}", name="w", timeout_s=1.0)
    with pytest.raises(KafkaException, match=f"127.0.0.1:{address[1]}") as problem:
        producer.init_transactions(0.3)
    assert problem.value.args[0].retriable()


def test_a_broker_that_does_not_answer_is_asked_last_from_then_on(kafka: str, topic: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cluster = Cluster(f"127.0.0.1:{silent.getsockname()[1]},{kafka}", "test")
        for _ in range(3):
            with suppress(Lost):
                cluster.learn(topic, time.monotonic() + 0.3)
            cluster.forget()
        assert cluster.partitions[topic] > 0
        silent.accept()[0].close()
        silent.settimeout(0.1)
        with pytest.raises(TimeoutError):
            silent.accept()
        cluster.close()


def test_who_does_not_answer_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(Lost, match="timed out"):
        questions.topics(Connection(server.getsockname(), "test"), ["t"], time.monotonic() + 0.1)


def test_who_speaks_something_else_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as client:
                client.sendall(b"HTTP/1.1 400 Bad Request")
                client.recv(1000)

        serving = threading.Thread(target=answer)
        serving.start()
        with pytest.raises(Lost, match="does not speak"):
            questions.topics(Connection(server.getsockname(), "test"), ["t"], deadline())
        serving.join()


def test_a_topic_that_is_not_there_is_named(kafka: str) -> None:
    producer = Producer(kafka, name=fresh("worker"), timeout_s=0.3)
    producer.init_transactions(WAIT_S)
    producer.begin_transaction()
    with pytest.raises(KafkaException, match="nowhere") as problem:
        producer.produce("nowhere", b"x", b"k")
    assert problem.value.args[0].code() == KafkaError._TIMED_OUT


def test_a_transaction_of_nothing_asks_nobody(kafka: str, producer: Producer) -> None:
    producer.begin_transaction()
    producer._cluster.close()
    asked = Connection.ask

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it asked")

    Connection.ask = never  # type: ignore[method-assign, assignment]
    try:
        producer.commit_transaction(WAIT_S)
    finally:
        Connection.ask = asked  # type: ignore[method-assign]


@pytest.mark.parametrize("joins", [True, False], ids=["kafka 4", "before"])
def test_what_was_aborted_half_way_leaves_no_gap(kafka: str, topic: str, joins: bool) -> None:
    producer = started(kafka, joins=joins)
    for number in range(3):
        producer.begin_transaction()
        producer.produce(topic, b"void", b"k", 0)
        producer.flush(WAIT_S)
        producer.produce(topic, b"never sent", b"k", 0)
        producer.abort_transaction(WAIT_S)
        producer.begin_transaction()
        producer.produce(topic, b"%d" % number, b"k", 0)
        producer.commit_transaction(WAIT_S)
    assert [message.value() for message in read(kafka, topic)] == [b"0", b"1", b"2"]
