"""What Kafka promises about its log, and the log in memory promises with it: one suite, run against both.

Compaction comes late on a real broker: what both promise is that the newest value of a key is there.
"""

import os

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.changelog import EARLIEST
from tests.log_suite.logs import PARTITIONS, WAIT_S, Log, refused
from tests.memory_producer import home
from tests.topics import fresh


def test_records_keep_their_order_and_what_they_carry(log: Log) -> None:
    topic, producer = log.topic(), log.sending()
    producer.produce(topic, b"one", b"k", 0, headers=[("h", b"1"), ("h", b"2")])
    producer.produce(topic, None, b"k", 0)
    producer.produce(topic, b"", None, 0)
    assert producer.flush(WAIT_S) == 0
    records, end = log.read(topic)
    assert [(at.offset(), at.key(), at.value()) for at in records] == [
        (0, b"k", b"one"),
        (1, b"k", None),
        (2, None, b""),
    ]
    assert records[0].headers() == [("h", b"1"), ("h", b"2")]
    assert end == 3


def test_a_key_has_one_home(log: Log) -> None:
    topic, producer = log.topic(), log.sending()
    for key in (b"c1", "订单".encode(), b"c3", b"customer-42"):
        producer.produce(topic, key, key)
    producer.flush(WAIT_S)
    wanted = [key for key in (b"c1", "订单".encode(), b"c3", b"customer-42") if home(key, PARTITIONS) == 0]
    assert log.values(topic) == wanted


def test_reading_goes_on_where_it_is_told_to(log: Log) -> None:
    topic, producer = log.topic(), log.sending()
    for number in range(5):
        producer.produce(topic, b"%d" % number, b"k", 0)
    producer.flush(WAIT_S)
    assert [message.value() for message in log.read(topic, start=3)[0]] == [b"3", b"4"]


def test_a_transaction_is_seen_when_it_is_committed_and_its_marker_takes_an_offset(log: Log) -> None:
    topic = log.topic()
    with log.transaction(topic, b"1", b"2") as producer:
        assert log.values(topic) == []
        assert log.values(topic, "read_uncommitted") == [b"1", b"2"]
        producer.commit_transaction(WAIT_S)
    records, end = log.read(topic)
    assert [message.offset() for message in records] == [0, 1]
    assert end == 3


def test_what_is_aborted_is_never_seen_by_committed_readers(log: Log) -> None:
    topic = log.topic()
    with log.transaction(topic, b"void") as producer:
        producer.abort_transaction(WAIT_S)
        producer.begin_transaction()
        producer.produce(topic, b"kept", b"k", 0)
        producer.commit_transaction(WAIT_S)
    assert log.values(topic) == [b"kept"]
    assert log.values(topic, "read_uncommitted") == [b"void", b"kept"]
    assert log.read(topic)[1] == 4


def test_a_changelog_that_ends_in_aborted_transactions_has_an_end(log: Log) -> None:
    topic = log.topic()
    with log.transaction(topic, b"void", b"void") as producer:
        producer.abort_transaction(WAIT_S)
    records, end = log.read(topic)
    assert records == []
    assert end == log.ends(topic) == 3


def test_an_open_transaction_holds_committed_readers_back_and_nobody_else(log: Log) -> None:
    topic = log.topic()
    with log.transaction(topic, b"open") as producer:
        plain = log.sending()
        plain.produce(topic, b"behind", b"k", 0)
        plain.flush(WAIT_S)
        assert log.read(topic) == ([], 0)
        assert log.values(topic, "read_uncommitted") == [b"open", b"behind"]
        assert log.ends(topic) == 2
        assert log.ends(topic, EARLIEST) == 0
        producer.commit_transaction(WAIT_S)
    assert log.values(topic) == [b"open", b"behind"]


def test_a_namesake_ends_what_was_left_open_and_fences_it(log: Log) -> None:
    topic, name = log.topic(), fresh("worker")
    with log.transaction(topic, b"left open", name=name) as forerunner:
        with log.transaction(topic, b"next", name=name) as successor:
            successor.commit_transaction(WAIT_S)
        with pytest.raises(KafkaException) as problem:
            forerunner.commit_transaction(WAIT_S)
        assert refused(problem) == KafkaError._FENCED
        assert problem.value.args[0].fatal()
    assert log.values(topic) == [b"next"]


def test_a_record_over_the_size_of_its_topic_fails_its_transaction(log: Log) -> None:
    topic = log.topic(max_message_bytes="1000")
    producer = log.sending(fresh("worker"))
    producer.begin_transaction()
    producer.produce(topic, b"small", b"k", 0)
    producer.produce(topic, os.urandom(4000), b"k", 0)
    with pytest.raises(KafkaException) as problem:
        producer.commit_transaction(WAIT_S)
    assert not problem.value.args[0].retriable()
    producer.abort_transaction(WAIT_S)
    assert log.values(topic) == []


def test_the_newest_value_of_each_key_outlives_compaction(log: Log) -> None:
    topic, producer = log.topic(cleanup_policy="compact"), log.sending()
    for key, value in ((b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"c", None), (b"b", b"2"), (b"a", b"3")):
        producer.produce(topic, value, key, 0)
    producer.flush(WAIT_S)
    with log.transaction(topic, b"void") as aborted:
        aborted.abort_transaction(WAIT_S)
    log.compact(topic)
    records, end = log.read(topic)
    assert {at.key(): (at.value(), at.offset()) for at in records if at.value()} == {b"a": (b"3", 5), b"b": (b"2", 4)}
    assert end == 8
