"""The sender on a real broker: records arrive as they were given, and one that does not fails the flush."""

import re

import pytest
from aiokafka.partitioner import murmur2

from schemas.topics import MAX_RECORD_BYTES
from streams.sender import DeliveryFailed, Sender
from tests.topics import PARTITIONS, create, fresh, read

pytestmark = pytest.mark.kafka

TOO_LARGE = b"x" * (MAX_RECORD_BYTES + 100_000)


@pytest.fixture
def topic(kafka: str) -> str:
    name = fresh("sent")
    create(kafka, name, config={"max.message.bytes": str(MAX_RECORD_BYTES), "compression.type": "producer"})
    return name


@pytest.fixture
def sender(kafka: str) -> Sender:
    return Sender(kafka, client_id="test")


async def test_records_arrive_with_key_value_and_headers_in_order(kafka: str, topic: str, sender: Sender) -> None:
    for number in range(1000):
        sender.send(topic, b"k", str(number).encode(), [("n", b"%d" % number), ("n", b"again"), ("empty", b"")])
    await sender.flush()
    messages = read(kafka, topic)
    assert [message.value() for message in messages] == [str(number).encode() for number in range(1000)]
    assert {message.key() for message in messages} == {b"k"}
    assert messages[7].headers() == [("n", b"7"), ("n", b"again"), ("empty", b"")]


def test_a_record_may_have_neither_key_nor_value_nor_headers(kafka: str, topic: str, sender: Sender) -> None:
    sender.send(topic, None, None)
    sender.flush_now()
    (message,) = read(kafka, topic)
    assert (message.key(), message.value(), message.headers()) == (None, None, None)


def test_a_keys_partition_is_the_one_that_javas_clients_choose(kafka: str, topic: str, sender: Sender) -> None:
    keys = [f"键-{number}".encode() for number in range(50)]
    for key in keys:
        sender.send(topic, key, key)
    sender.flush_now()
    chosen = {message.key(): message.partition() for message in read(kafka, topic)}
    assert chosen == {key: (murmur2(key) & 0x7FFFFFFF) % PARTITIONS for key in keys}


def test_a_partition_of_the_callers_choice_is_taken(kafka: str, topic: str, sender: Sender) -> None:
    for partition in range(PARTITIONS):
        sender.send_to(topic, partition, b"k", b"v")
    sender.flush_now()
    assert sorted(message.partition() for message in read(kafka, topic)) == list(range(PARTITIONS))


async def test_a_record_that_the_broker_refuses_fails_this_flush_and_every_later_one(
    topic: str, sender: Sender
) -> None:
    sender.send(topic, b"k", _noise(len(TOO_LARGE)))
    with pytest.raises(DeliveryFailed, match=re.compile("large|size", re.IGNORECASE)):
        await sender.flush()
    sender.send(topic, b"k", b"small")
    with pytest.raises(DeliveryFailed):
        await sender.flush()
    with pytest.raises(DeliveryFailed):
        sender.flush_now()


def _noise(size: int) -> bytes:
    """Bytes that do not compress."""
    import random

    return random.Random(7).randbytes(size)


def test_a_record_that_no_topic_can_take_is_refused_at_once(topic: str, sender: Sender) -> None:
    with pytest.raises(DeliveryFailed):
        sender.send(topic, b"k", b"x" * (3 * MAX_RECORD_BYTES))


async def test_a_flush_without_records_does_nothing(sender: Sender) -> None:
    await sender.flush()
    sender.flush_now()
