"""The transport on a real broker: every codec, dead letters, commits, graceful stop, several workers."""

import json
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from tests.programs.control import Counting, counting
from tests.topics import fresh, produce, read, values, wait_until

pytestmark = pytest.mark.kafka


def chats(count: int, *, keys: int = 20, first: int = 0) -> list[tuple[str | None, bytes]]:
    """Numbered chats, spread over so many conversations."""
    return [
        (f"c{number % keys}", json.dumps({"id": str(number), "conversation_id": f"c{number % keys}"}).encode())
        for number in range(first, first + count)
    ]


def counts(replies: list[Any]) -> dict[str, int]:
    return {reply["id"]: reply["seen"] for reply in replies}


def expected(count: int, *, keys: int = 20) -> dict[str, int]:
    return {str(number): number // keys + 1 for number in range(count)}


def all_out(workers: Counting, count: int) -> list[Any]:
    """The outputs once there are that many different ones."""
    out: list[Any] = []

    def enough() -> bool:
        out[:] = values(workers.bootstrap, f"{workers.source}-out")
        return len(counts(out)) >= count

    wait_until(enough)
    return out


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_records_of_every_codec_are_worked_on_once_and_in_order(kafka: str, codec: str) -> None:
    source = fresh("codec")
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, chats(300), **{"compression.type": codec})
        out = all_out(workers, 300)
        assert len(out) == 300
        assert counts(out) == expected(300)


def test_malformed_records_become_dead_letters_with_their_origin_and_hold_up_nobody(kafka: str) -> None:
    source = fresh("bad")
    good = chats(200)
    records = [
        record
        for number, chat in enumerate(good)
        for record in ((chat, ("c0", b"{no")) if number % 10 == 0 else (chat,))
    ]
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, records)
        assert counts(all_out(workers, 200)) == expected(200)
        letters = read(kafka, f"dlq.{source}")
    assert len(letters) == 20
    places = set()
    for letter in letters:
        headers = dict(letter.headers())
        assert letter.value() == b"{no"
        assert headers["__dlq.errors.topic"] == source.encode()
        assert headers["__dlq.errors.class"] == b"Rejected"
        places.add((headers["__dlq.errors.partition"], headers["__dlq.errors.offset"]))
    assert len(places) == 20


def test_a_graceful_stop_commits_everything_and_the_next_start_repeats_nothing(kafka: str) -> None:
    source = fresh("stop")
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, chats(500))
        all_out(workers, 500)
        assert workers.stop() == 0, workers.said()
        workers.start()
        produce(kafka, source, chats(100, first=500))
        out = all_out(workers, 600)
    assert len(out) == 600
    assert counts(out) == expected(600)


def test_the_committed_offsets_reach_the_end(kafka: str) -> None:
    source = fresh("commit")
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, chats(300))
        all_out(workers, 300)
        group = Consumer({"bootstrap.servers": kafka, "group.id": source})
        places = [TopicPartition(source, part) for part in range(4)]

        def committed() -> bool:
            offsets = group.committed(places, timeout=10)
            return [place.offset for place in offsets] == [
                group.get_watermark_offsets(p, timeout=10)[1] for p in places
            ]

        wait_until(committed)
        group.close()


def test_a_step_with_a_bug_is_put_aside_and_the_next_record_is_worked_on(kafka: str) -> None:
    source = fresh("bug")
    bug = ("c0", json.dumps({"id": "bug", "conversation_id": "c0", "text": "bug"}).encode())
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, [bug, *chats(10)])
        assert counts(all_out(workers, 10)) == expected(10)
        (letter,) = read(kafka, f"dlq.{source}")
    assert dict(letter.headers())["__dlq.errors.class"] == b"Bug"
    assert b"RuntimeError" in dict(letter.headers())["__dlq.errors.message"]


def test_a_record_as_large_as_the_topic_takes_is_read(kafka: str) -> None:
    source = fresh("large")
    text = "x" * 900_000
    large = ("c0", json.dumps({"id": "0", "conversation_id": "c0", "text": text}).encode())
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, [large])
        assert len(all_out(workers, 1)[0]["text"]) == len(text)


def test_two_workers_share_the_partitions_and_a_third_takes_over_from_one(kafka: str) -> None:
    source = fresh("share")
    with counting(kafka, source) as workers:
        workers.start("w1")
        workers.start("w2")
        produce(kafka, source, chats(2000))
        all_out(workers, 2000)
        workers.start("w3")
        produce(kafka, source, chats(2000, first=2000))
        out = all_out(workers, 4000)
    assert counts(out) == expected(4000)
