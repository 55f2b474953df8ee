"""Transactions on a real broker: all or nothing, fenced by name and by membership, waited for where undecided."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from schemas.topics import MAX_RECORD_BYTES
from streams.delivery import stable_offsets
from streams.librdkafka import reader
from streams.progress import Place
from streams.sender import DeliveryFailed
from streams.transaction import Fenced, NotCommitted, Transactions, group_metadata
from tests.topics import create, fresh, produce, read

pytestmark = pytest.mark.kafka


class Member:
    """A real member of a real group that reads one topic."""

    def __init__(self, kafka: str, topic: str, group: str, instance: str | None = None) -> None:
        static = {"group.instance.id": instance} if instance else {}
        self.consumer = Consumer(reader(kafka, group, session_timeout_ms=10_000) | static)
        self.consumer.subscribe([topic])
        self.place = Place(topic, 0)
        while not self.consumer.assignment():
            self.consumer.poll(0.1)

    @property
    def membership(self) -> bytes:
        return bytes(self.consumer.consumer_group_metadata())

    def committed(self) -> int:
        (told,) = self.consumer.committed([TopicPartition(*self.place)], timeout=10)
        return int(told.offset)


@pytest.fixture
def member(kafka: str) -> Iterator[Member]:
    topic = fresh("in")
    create(kafka, topic)
    produce(kafka, topic, [(f"k{number}", b"x") for number in range(40)])
    member = Member(kafka, topic, fresh("group"))
    yield member
    member.consumer.close()


@pytest.fixture
def target(kafka: str) -> str:
    topic = fresh("out")
    create(kafka, topic)
    return topic


def started(kafka: str, name: str | None = None) -> Transactions:
    transactions = Transactions(kafka, name=name or fresh("worker"))
    transactions.start()
    return transactions


def test_records_and_offsets_become_visible_together(kafka: str, member: Member, target: str) -> None:
    transactions = started(kafka)
    transactions.send(target, b"k", b"v", [("h", b"1")])
    transactions.send(target, None, None)
    transactions.send_to(target, 3, b"k", b"third")
    assert transactions.open
    assert read(kafka, target) == []
    transactions.commit({member.place: 5}, member.membership)
    assert not transactions.open
    got = {(message.key(), message.value()): message for message in read(kafka, target)}
    assert set(got) == {(b"k", b"v"), (None, None), (b"k", b"third")}
    assert got[b"k", b"v"].headers() == [("h", b"1")]
    assert got[b"k", b"third"].partition() == 3
    assert member.committed() == 5


def test_what_is_aborted_is_never_seen_and_the_next_transaction_goes_on(
    kafka: str, member: Member, target: str
) -> None:
    transactions = started(kafka)
    transactions.send(target, b"k", b"dropped")
    transactions.abort()
    transactions.send(target, b"k", b"kept")
    transactions.commit({member.place: 1}, member.membership)
    assert [message.value() for message in read(kafka, target)] == [b"kept"]


def test_offsets_alone_can_be_committed(kafka: str, member: Member) -> None:
    started(kafka).commit({member.place: 7}, member.membership)
    assert member.committed() == 7


def test_a_former_generation_is_fenced_and_nothing_of_it_is_seen(kafka: str, member: Member, target: str) -> None:
    former = member.membership
    other = Member(kafka, member.place.topic, "another-group")
    rejoined = Consumer(reader(kafka, _group_of(former), session_timeout_ms=10_000))
    rejoined.subscribe([member.place.topic])
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(lambda: [member.consumer.poll(0.1) for _ in range(80)])
        while not rejoined.assignment():
            rejoined.poll(0.1)
        transactions = started(kafka)
        transactions.send(target, b"k", b"of a zombie")
        with pytest.raises(Fenced, match="went to another worker"):
            transactions.commit({member.place: 9}, former)
        polling.result()
    rejoined.close()
    other.consumer.close()
    assert read(kafka, target) == []


def test_a_namesake_ends_what_its_forerunner_left_open_and_fences_it(kafka: str, member: Member, target: str) -> None:
    name = fresh("worker")
    forerunner = started(kafka, name)
    forerunner.send(target, b"k", b"left open")
    forerunner._producer.flush(10)
    successor = started(kafka, name)
    successor.send(target, b"k", b"of the successor")
    successor.commit({member.place: 2}, member.membership)
    assert [message.value() for message in read(kafka, target)] == [b"of the successor"]
    with pytest.raises((Fenced, NotCommitted)):
        forerunner.commit({member.place: 1}, member.membership)
    with pytest.raises(DeliveryFailed, match="another of its name took over"):
        forerunner.send(target, b"k", b"too late")
    assert member.committed() == 2


@pytest.mark.parametrize("instance", [None, "worker-1"])
def test_the_membership_is_written_as_librdkafka_writes_it(kafka: str, target: str, instance: str | None) -> None:
    group = fresh("group")
    member = Member(kafka, target, group, instance)
    theirs = member.membership
    generation = int.from_bytes(theirs[7:11], "little", signed=True)
    assert group_metadata(generation, group, member.consumer.memberid() or "", instance) == theirs
    member.consumer.close()


def test_committed_offsets_are_waited_for_while_their_transaction_is_undecided(kafka: str, member: Member) -> None:
    """The plain answer (of clients before KIP-447) would be the offset before."""
    first, group = started(kafka), _group_of(member.membership)
    first.commit({member.place: 3}, member.membership)
    producer = Producer({"bootstrap.servers": kafka, "transactional.id": fresh("undecided")})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.send_offsets_to_transaction([TopicPartition(*member.place, 8)], member.membership, 10)
    decided = threading.Timer(1.5, producer.commit_transaction)
    began = time.monotonic()
    decided.start()
    assert stable_offsets(kafka, group, [member.place, Place(member.place.topic, 1)]) == {member.place: 8}
    assert time.monotonic() - began > 1
    decided.join()


def test_a_record_larger_than_its_topic_takes_fails_the_commit_and_leaves_nothing(
    kafka: str, member: Member, target: str
) -> None:
    small = fresh("small")
    create(kafka, small, config={"max.message.bytes": "1000"})
    transactions = started(kafka)
    transactions.send(target, b"k", b"beside it")
    transactions.send(small, b"big", os.urandom(4000))
    with pytest.raises(NotCommitted, match="small-"):
        transactions.commit({member.place: 1}, member.membership)
    transactions.abort()
    assert read(kafka, target) == []
    assert member.committed() < 0


def test_a_record_that_the_client_refuses_is_said_at_once(kafka: str, target: str) -> None:
    transactions = started(kafka)
    with pytest.raises(DeliveryFailed, match=f"{target}.*key b'k'"):
        transactions.send(target, b"k", b"x" * (3 * MAX_RECORD_BYTES))


def test_the_fence_needs_an_offset(kafka: str, member: Member, target: str) -> None:
    """librdkafka drops an empty list of offsets, and with it the fence: so the transport always names one."""
    transactions = started(kafka)
    transactions.send(target, b"k", b"unfenced")
    nobody = group_metadata(99, _group_of(member.membership), "nobody")
    transactions.commit({}, nobody)
    transactions.send(target, b"k", b"fenced")
    with pytest.raises(Fenced):
        transactions.commit({member.place: 0}, nobody)


def _group_of(membership: bytes) -> str:
    return membership[11:].split(b"\0")[0].decode()
