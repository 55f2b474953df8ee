"""Dead letters on a real broker: listed oldest first, shown whole, sent back as they were."""

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import Producer

from agents.dead_letter import LARGEST, dead_letter
from schemas import topics
from schemas.errors import Misconfigured, Rejected
from streams import dead_letters
from streams.sender import Sender
from streams.settings import Settings
from tests.fakes import FakeRecord
from tests.topics import PARTITIONS, create, fresh, read

pytestmark = pytest.mark.kafka

KEY, VALUE = "键".encode(), b"{no\xff"
OWN = [("trace", b"1"), ("trace", b"\xff")]


@pytest.fixture
def origin(kafka: str) -> str:
    """A topic with a dead letter topic beside it."""
    name = fresh("origin")
    create(kafka, name, f"dlq.{name}")
    return name


def put_aside(settings: Settings, origin: str, *values: bytes | None) -> None:
    """As the runtime does it, one after the other."""
    sender = Sender(settings.kafka, client_id="test")
    for offset, value in enumerate(values):
        record: Any = FakeRecord(origin, 3, offset, KEY, value, headers=OWN)
        sender.send(*dead_letter(record, Rejected("not JSON"), "Rejected"))
    sender.flush_now()


def test_a_letter_is_found_under_both_names_and_at_its_place(spine: Settings, origin: str) -> None:
    put_aside(spine, origin, VALUE, b"other")
    first, second = dead_letters.find(spine, origin)
    assert (first.value, second.value, first.key) == (VALUE, b"other", KEY)
    assert first.origin == f"{origin}/3/0"
    assert first.line() == f"{first.place}  from {origin}/3/0  Rejected: not JSON"
    assert dead_letters.find(spine, f"dlq.{origin}") == [first, second]
    assert dead_letters.find(spine, first.place) == [first]
    assert dead_letters.find(spine, second.place.removeprefix("dlq.")) == [second]


def test_letters_come_oldest_first_over_all_partitions(spine: Settings, origin: str) -> None:
    producer = Producer({"bootstrap.servers": spine.kafka})
    for number in range(8):
        producer.produce(
            f"dlq.{origin}", b"%d" % number, "k", number % PARTITIONS, timestamp=1_772_442_930_000 + number
        )
    assert producer.flush(10) == 0
    assert [letter.value for letter in dead_letters.find(spine, origin)] == [b"%d" % number for number in range(8)]


def test_letters_go_back_as_they_were_and_stay_where_they_are(spine: Settings, origin: str) -> None:
    put_aside(spine, origin, VALUE, None)
    assert dead_letters.replay(spine, origin) == 2
    back = read(spine.kafka, origin)
    assert [(message.key(), message.value(), message.headers()) for message in back] == [
        (KEY, VALUE, OWN),
        (KEY, None, OWN),
    ]
    assert len(dead_letters.find(spine, origin)) == 2


def test_one_letter_goes_back_alone(spine: Settings, origin: str) -> None:
    put_aside(spine, origin, b"a", b"b")
    _, second = dead_letters.find(spine, origin)
    assert dead_letters.replay(spine, second.place) == 1
    assert [message.value() for message in read(spine.kafka, origin)] == [b"b"]


@pytest.mark.parametrize("where", ["nowhere", "dlq.nowhere", "dlq.nowhere/0/0"])
def test_a_topic_without_letters_is_said_so(spine: Settings, where: str) -> None:
    with pytest.raises(Misconfigured, match=r"no topic begins with 'dlq\.nowhere'"):
        dead_letters.find(spine, where)


@pytest.mark.parametrize("verb", [dead_letters.find, dead_letters.replay])
@pytest.mark.parametrize("rest", ["0/99", "a/b"])
def test_a_place_where_nothing_lies_is_said_so(spine: Settings, verb: Callable[..., object], rest: str) -> None:
    place = f"{topics.SETTINGS.dead_letter}/{rest}"
    with pytest.raises(Misconfigured, match=f"no dead letter at {place}"):
        verb(spine, place)


def test_nothing_to_replay_is_said_so(spine: Settings, origin: str) -> None:
    assert dead_letters.find(spine, origin) == []
    with pytest.raises(Misconfigured, match="no dead letter at"):
        dead_letters.replay(spine, origin)


def test_a_record_too_large_is_put_aside_in_part_and_not_sent_back(spine: Settings, origin: str) -> None:
    put_aside(spine, origin, b"x" * 5_000_000)
    (letter,) = dead_letters.find(spine, origin)
    assert letter.value is not None
    assert LARGEST // 2 <= len(letter.value) <= LARGEST
    assert letter.headers["__dlq.errors.cut"] == "key 3, value 5000000, headers 42 bytes"
    with pytest.raises(Misconfigured, match=f"all of it stands at {origin}/3/0"):
        dead_letters.replay(spine, letter.place)
    put_aside(spine, origin, VALUE)
    assert dead_letters.replay(spine, origin) == 1
    assert [message.value() for message in read(spine.kafka, origin)] == [VALUE]
