"""Reading records as a person does: everything up to now, what comes from now on, and the table of topics."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer

from schemas.errors import Misconfigured
from streams import records, topology
from streams.listing import topic_table
from streams.settings import Settings
from tests.topics import PARTITIONS, create, fresh, produce

pytestmark = pytest.mark.kafka


@pytest.fixture
def topic(kafka: str) -> str:
    name = fresh("read")
    create(kafka, name)
    return name


def chats(first: int, count: int) -> list[tuple[str | None, bytes]]:
    return [(f"k{number}", b"%d" % number) for number in range(first, first + count)]


def taken(following: Iterator[Any], count: int) -> list[bytes]:
    """The next so many values."""
    found: list[bytes] = []
    deadline = time.monotonic() + 30
    while len(found) < count and time.monotonic() < deadline:
        message = next(following)
        if message is not None:
            found.append(message.value())
    return found


def test_until_now_gives_every_record_of_every_partition_and_ends(spine: Settings, topic: str) -> None:
    assert list(records.until_now(spine, topic)) == []
    produce(spine.kafka, topic, chats(0, 500))
    read = list(records.until_now(spine, topic))
    assert {int(message.value()) for message in read} == set(range(500))
    assert {message.partition() for message in read} == set(range(PARTITIONS))
    assert len(list(records.until_now(spine, topic))) == 500


def test_a_name_stands_for_itself_before_it_stands_for_all_that_begin_so(spine: Settings, topic: str) -> None:
    create(spine.kafka, f"{topic}-more")
    assert {place.topic for place in records.places(spine, topic)} == {topic}
    assert {place.topic for place in records.places(spine, topic[:-1])} == {topic, f"{topic}-more"}


@pytest.mark.parametrize("read", [records.until_now, records.from_now], ids=["until now", "from now"])
def test_a_topic_that_is_not_there_is_said_so(spine: Settings, read: Any) -> None:
    with pytest.raises(Misconfigured, match="no topic begins with 'nowhere'; `kefu topics` lists them"):
        next(read(spine, "nowhere"))


def test_from_now_gives_what_comes_and_nothing_from_before(spine: Settings, topic: str) -> None:
    produce(spine.kafka, topic, chats(0, 50))
    following = records.from_now(spine, topic)
    assert next(following) is None
    produce(spine.kafka, topic, chats(50, 50))
    assert sorted(map(int, taken(following, 50))) == list(range(50, 100))


def test_from_now_can_begin_a_while_ago(spine: Settings, topic: str) -> None:
    producer = Producer({"bootstrap.servers": spine.kafka})
    now_ms = int(time.time() * 1000)
    for number, age_s in enumerate((3600, 600, 60)):
        producer.produce(topic, b"%d" % number, "k", timestamp=now_ms - age_s * 1000)
    assert producer.flush(10) == 0
    following = records.from_now(spine, topic, since_s=1200)
    assert taken(following, 2) == [b"1", b"2"]


def test_tail_prints_a_line_per_record_and_ends_after_its_count(
    spine: Settings, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    produce(spine.kafka, topic, [("k", '{"text": "你好"}'.encode()), ("k", b"\xff"), ("k", b"")])
    records.tail(spine, topic, since_s=600, count=3)
    assert capsys.readouterr().out.splitlines() == ['{"text": "你好"}', "\ufffd", ""]


def test_the_table_of_topics_says_how_much_and_how_long(spine: Settings) -> None:
    before = counted(spine)
    produce(spine.kafka, "chat.delivery.v1", chats(0, 7))
    after = counted(spine)
    assert set(after) == set(topology.wanted())
    assert after["chat.delivery.v1"] - before["chat.delivery.v1"] == 7
    lines = {line.split()[0]: line for line in topic_table(spine).splitlines()}
    assert lines["chat.inbound.v1"].endswith("7 days: what people say, from any producer")
    assert "  1 hour: " in lines["chat.chunks.v1"]
    assert "  1 day: " in lines["inference.requests.v1"]
    assert "the last of each key: knowledge" in lines["knowledge.articles.v1"]
    assert lines["dlq.chat.inbound.v1"].endswith("30 days: put aside")
    assert lines["state.dialogue.v1"].endswith("an agent's states")
    assert "missing" not in lines


def counted(settings: Settings) -> dict[str, int]:
    rows = [line.split() for line in topic_table(settings).splitlines()[1:]]
    assert {row[1] for row in rows} == {str(PARTITIONS)}
    return {row[0]: int(row[2]) for row in rows}


def test_topics_that_are_missing_are_named_with_the_mend(spine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = topology.wanted()
    monkeypatch.setattr(topology, "wanted", lambda: wanted | {"gone.v1": {}, "lost.v1": {}})
    assert topic_table(spine).splitlines()[-1] == "missing: gone.v1, lost.v1; `kefu migrate` creates them"


def test_what_tail_prints_is_what_json_reads(spine: Settings, topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    produce(spine.kafka, topic, [("k", json.dumps({"n": number}).encode()) for number in range(3)])
    records.tail(spine, topic, since_s=600, count=2)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"n": 0}, {"n": 1}]
