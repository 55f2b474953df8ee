"""What Kafka promises about groups, their offsets and who may commit them, and the log in memory with it."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from streams.librdkafka import reader
from streams.transaction import group_metadata
from tests.log_suite.logs import WAIT_S, Log, refused
from tests.topics import fresh


class Member:
    """A member of a group that reads one topic; it takes part as long as it is polled."""

    def __init__(self, log: Log, topic: str, group: str) -> None:
        settings = reader(log.bootstrap, group, session_timeout_ms=10_000)
        self.consumer, self.topic = log.consumer(settings), topic
        self.consumer.subscribe([topic])

    @property
    def partitions(self) -> list[int]:
        return sorted(place.partition for place in self.consumer.assignment())

    @property
    def membership(self) -> Any:
        return self.consumer.consumer_group_metadata()

    def committed(self) -> int:
        (told,) = self.consumer.committed([TopicPartition(self.topic, 0)], timeout=WAIT_S)
        return int(told.offset)


def together(members: Sequence[Member], shares: Sequence[list[int]]) -> None:
    """Poll until the members have these shares."""
    for _ in range(400):
        for member in members:
            member.consumer.poll(0.05)
        if sorted(member.partitions for member in members) == sorted(shares):
            return
    raise AssertionError([member.partitions for member in members])


@pytest.fixture
def member(log: Log) -> Iterator[Member]:
    member = Member(log, log.topic(), fresh("group"))
    together([member], [[0, 1]])
    yield member
    member.consumer.close()


def test_offsets_of_a_transaction_count_with_it(log: Log, member: Member) -> None:
    place = TopicPartition(member.topic, 0, 5)
    with log.transaction(member.topic, b"1") as producer:
        producer.send_offsets_to_transaction([place], member.membership, WAIT_S)
        producer.abort_transaction(WAIT_S)
    assert member.committed() < 0
    with log.transaction(member.topic, b"1") as producer:
        producer.send_offsets_to_transaction([place], member.membership, WAIT_S)
        producer.commit_transaction(WAIT_S)
    assert member.committed() == 5


def test_undecided_offsets_are_not_told(log: Log, member: Member) -> None:
    member.consumer.commit(offsets=[TopicPartition(member.topic, 0, 3)], asynchronous=False)
    with log.transaction(member.topic, b"1") as producer:
        producer.send_offsets_to_transaction([TopicPartition(member.topic, 0, 8)], member.membership, WAIT_S)
        with pytest.raises(KafkaException):
            member.consumer.committed([TopicPartition(member.topic, 0)], timeout=1.0)
        producer.commit_transaction(WAIT_S)
    assert member.committed() == 8


def test_a_former_generation_is_fenced(log: Log, member: Member) -> None:
    former = member.membership
    other = Member(log, member.topic, group_of(former))
    together([member, other], [[0], [1]])
    with log.transaction(member.topic, b"of a zombie") as producer:
        with pytest.raises(KafkaException) as problem:
            producer.send_offsets_to_transaction([TopicPartition(member.topic, 0, 9)], former, WAIT_S)
        assert refused(problem) in (KafkaError.ILLEGAL_GENERATION, KafkaError._FENCED)
        producer.abort_transaction(WAIT_S)
    other.consumer.close()
    assert member.committed() < 0


def test_a_stranger_is_fenced_and_who_names_nothing_is_not(log: Log, member: Member) -> None:
    group, places = group_of(member.membership), [TopicPartition(member.topic, 0, 2)]
    with log.transaction(member.topic, b"1") as producer:
        with pytest.raises(KafkaException) as problem:
            producer.send_offsets_to_transaction(places, membership(group, 1, "stranger"), WAIT_S)
        assert refused(problem) == KafkaError.UNKNOWN_MEMBER_ID
        producer.abort_transaction(WAIT_S)
    with log.transaction(member.topic, b"1") as producer:
        producer.send_offsets_to_transaction(places, membership(group, -1, ""), WAIT_S)
        producer.commit_transaction(WAIT_S)
    assert member.committed() == 2


def group_of(membership: Any) -> str:
    return bytes(membership)[11:].split(b"\0")[0].decode()


def membership(group: str, generation: int, member: str) -> bytes:
    return group_metadata(generation, group, member)
