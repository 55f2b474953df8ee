"""The transport on a real broker: every codec, dead letters, commits, graceful stop, several workers."""

import json
import os
import time
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from tests.chats import assert_exact, chats, outputs
from tests.programs.control import counting
from tests.topics import create, fresh, produce, read, wait_until

pytestmark = pytest.mark.kafka


def counts(replies: list[Any]) -> dict[str, int]:
    return {reply["id"]: reply["seen"] for reply in replies}


def expected(count: int, *, keys: int = 20) -> dict[str, int]:
    return {str(number): number // keys + 1 for number in range(count)}


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_records_of_every_codec_are_worked_on_once_and_in_order(kafka: str, codec: str) -> None:
    source = fresh("codec")
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, chats(300), **{"compression.type": codec})
        out = outputs(workers, 300)
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
        assert counts(outputs(workers, 200)) == expected(200)
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


def test_headers_of_any_kind_do_no_harm_and_stay_with_what_is_put_aside(kafka: str) -> None:
    source, headers = fresh("headers"), [("trace", b"1"), ("trace", None), ("é", b"\xff\0")]
    with counting(kafka, source) as workers:
        workers.start()
        producer = Producer({"bootstrap.servers": kafka})
        for key, value in (*chats(20), ("c0", b"{no")):
            producer.produce(source, value, key, headers=headers)  # type: ignore[arg-type]
        assert producer.flush(30) == 0
        assert counts(outputs(workers, 20)) == expected(20)
        wait_until(lambda: read(kafka, f"dlq.{source}"))
        (letter,) = read(kafka, f"dlq.{source}")
    assert letter.headers()[:3] == headers
    assert [name.split(".")[0] for name, _ in letter.headers()[3:]] == ["__dlq"] * 5


def test_a_graceful_stop_commits_everything_and_the_next_start_repeats_nothing(kafka: str) -> None:
    source = fresh("stop")
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, chats(500))
        outputs(workers, 500)
        assert workers.stop() == 0, workers.said()
        workers.start()
        produce(kafka, source, chats(100, first=500))
        out = outputs(workers, 600)
    assert len(out) == 600
    assert counts(out) == expected(600)


def test_the_committed_offsets_reach_the_end(kafka: str) -> None:
    source = fresh("commit")
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, chats(300))
        outputs(workers, 300)
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
        assert counts(outputs(workers, 10)) == expected(10)
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
        assert len(outputs(workers, 1)[0]["text"]) == len(text)


def test_two_workers_share_the_partitions_and_a_third_takes_over_from_one(kafka: str) -> None:
    source = fresh("share")
    with counting(kafka, source) as workers:
        workers.start("w1")
        workers.start("w2")
        produce(kafka, source, chats(2000))
        outputs(workers, 2000)
        workers.start("w3")
        produce(kafka, source, chats(2000, first=2000))
        out = outputs(workers, 4000)
    assert counts(out) == expected(4000)


def test_records_without_a_key_are_worked_on_by_what_they_say(kafka: str) -> None:
    source = fresh("keyless")
    keyless = [(None, json.dumps({"id": str(n), "conversation_id": f"c{n}"}).encode()) for n in range(200)]
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, keyless)
        assert counts(outputs(workers, 200)) == {str(number): 1 for number in range(200)}


def test_two_topics_go_into_one_state(kafka: str) -> None:
    """Which of the two comes first is open; the numbers of a conversation have no gap and no repeat all the same."""
    source = fresh("both")
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, chats(200))
        produce(kafka, f"{source}-more", chats(200, first=200))
        out = outputs(workers, 400)
    for conversation in {chat["conversation_id"] for chat in out}:
        seen = [chat["seen"] for chat in out if chat["conversation_id"] == conversation]
        assert seen == list(range(1, 21))


def test_a_batch_larger_than_what_is_fetched_at_once_is_read(kafka: str) -> None:
    """An operator's topic may take larger batches than ours; aiokafka is told to fetch two of our largest records."""
    source = fresh("wide")
    with counting(kafka, source, config={"max.message.bytes": "8000000"}) as workers:
        workers.start()
        noise = os.urandom(150_000).hex()
        records: list[tuple[str | None, bytes]] = [
            ("c0", json.dumps({"id": str(n), "conversation_id": "c0", "text": noise}).encode()) for n in range(16)
        ]
        options = {"batch.size": 7_000_000, "message.max.bytes": 7_000_000, "linger.ms": 500}
        produce(kafka, source, records, **options)
        assert_exact(outputs(workers, 16), 16, keys=1)


def test_markers_at_the_end_of_a_topic_are_no_lag(kafka: str) -> None:
    """The second worker reads what the first wrote in transactions; with lag and no progress it would end itself."""
    source = fresh("chain")
    with counting(kafka, source) as first, counting(kafka, f"{source}-out", create=False) as second:
        create(kafka, f"{source}-out-more", f"{source}-out-out", f"state.{source}-out.v1")
        first.start()
        second.start(stalled_s=4)
        produce(kafka, source, chats(100))
        outputs(second, 100)
        time.sleep(10)
        assert second.running["w1"].poll() is None, second.said()
