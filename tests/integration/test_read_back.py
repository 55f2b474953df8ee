"""Reading a changelog back ends by position, whatever its end looks like, and waits for what is not decided yet."""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.errors import Unavailable
from streams import read_back, state_frame
from tests.changelogs import Log, Seen, seen
from tests.topics import create, produce, read, wait_until

pytestmark = pytest.mark.kafka

ABORTED = state_frame.encode(seen(666))


def value(count: int) -> bytes:
    return state_frame.encode(seen(count))


@contextmanager
def later(seconds: float, do: Callable[[], object]) -> Iterator[None]:
    timer = Timer(seconds, do)
    timer.start()
    yield
    timer.join()


async def test_aborted_transactions_at_the_end_are_passed(kafka: str) -> None:
    log = Log(kafka)
    log.write(*((number % 4, f"k{number}".encode(), value(number)) for number in range(200)))
    for _ in range(3):
        log.abort(*((number % 4, f"k{number}".encode(), ABORTED) for number in range(200)))
    states = await log.opened(*range(4))
    assert [states.get(n % 4, f"k{n}".encode()) for n in range(200)] == [seen(n) for n in range(200)]
    assert states.size() == 200


async def test_a_changelog_of_nothing_but_markers_is_empty(kafka: str) -> None:
    log = Log(kafka)
    log.abort(*((partition, b"k", ABORTED) for partition in range(4)))
    assert (await log.opened(*range(4))).size() == 0
    log.write((0, b"k", value(1)))
    assert (await log.opened(*range(4))).size() == 1


async def test_aborted_and_committed_transactions_in_turn(kafka: str) -> None:
    log = Log(kafka)
    for count in range(5):
        log.write((0, b"k", value(count)), (1, b"k", value(count)))
        log.abort((0, b"k", ABORTED), (1, b"other", ABORTED))
    states = await log.opened(0, 1)
    assert (states.get(0, b"k"), states.get(1, b"k"), states.size()) == (seen(4), seen(4), 2)


async def test_records_without_a_key_and_of_other_programs_do_no_harm(kafka: str) -> None:
    log = Log(kafka, config={"cleanup.policy": "delete"})
    log.write((0, None, b"no key"), (0, b"foreign", b"\xff\x00"), (0, b"", b""), (0, b"k", value(1)), (0, None, None))
    produce(kafka, log.name, [("plain", value(2))], partitioner="murmur2_random")
    states = await log.opened(*range(4))
    assert states.get(0, b"k") == seen(1)
    assert states.size() == 4


async def test_a_compacted_changelog_whose_first_records_are_gone(kafka: str) -> None:
    eager = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "100"}
    log = Log(kafka, partitions=1, config={**eager, "max.compaction.lag.ms": "100"})
    for count in range(4):
        log.write((0, b"k", value(count)), (0, b"same", value(0)))
        log.abort((0, b"k", ABORTED))
        time.sleep(0.15)

    def compacted() -> bool:
        log.write((0, b"tick", value(0)))
        return len(read(kafka, log.name)) < 6

    wait_until(compacted)
    log.abort((0, b"k", ABORTED))
    states = await log.opened(0)
    assert (states.get(0, b"k"), states.get(0, b"same"), states.size()) == (seen(3), seen(0), 3)


async def test_a_changelog_whose_records_were_all_deleted_is_empty(kafka: str) -> None:
    log = Log(kafka, config={"cleanup.policy": "compact,delete"})
    log.write((0, b"old", value(1)))
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.delete_records([TopicPartition(log.name, 0, 2)])[TopicPartition(log.name, 0)].result(30)
    assert (await log.opened(0)).size() == 0
    log.write((0, b"new", value(2)))
    assert (await log.opened(0)).get(0, b"new") == seen(2)


async def test_an_undecided_transaction_of_the_former_owner_is_waited_for(
    kafka: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(read_back, "SAID_AFTER_S", 0.2)
    log = Log(kafka)
    log.write((0, b"k", value(1)), (1, b"k", value(1)))
    with (
        caplog.at_level(logging.WARNING, "kefu.states"),
        log.transaction([(0, b"k", value(2)), (0, b"new", value(2))]) as former,
        later(1.0, lambda: former.commit_transaction(10)),
    ):
        states = await log.opened(0, 1)
    assert (states.get(0, b"k"), states.get(0, b"new"), states.get(1, b"k")) == (seen(2), seen(2), seen(1))
    (line,) = [line for line in caplog.messages if log.name in line]
    assert line.startswith(f"{log.name}-0: the former owner's last transaction is still undecided")


async def test_what_the_restart_of_a_killed_owner_aborts_never_shows(kafka: str) -> None:
    log = Log(kafka)
    log.write((0, b"k", value(1)))
    with (
        log.transaction([(0, b"k", ABORTED), (0, b"new", ABORTED)], name=log.name),
        later(0.5, lambda: log.producer(log.name)),
    ):
        states = await log.opened(0)
    assert (states.get(0, b"k"), states.size()) == (seen(1), 1)


async def test_a_transaction_that_hangs_is_named_in_the_end(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_back, "UNDECIDED_S", 0.3)
    log = Log(kafka)
    with log.transaction([(0, b"k", ABORTED)]) as former:
        with pytest.raises(Unavailable, match="find-hanging"):
            await log.states().open([0])
        former.abort_transaction(10)


async def test_reading_back_ends_quietly_once_it_is_not_wanted(kafka: str) -> None:
    log = Log(kafka)
    log.write((0, b"k", value(1)))
    states = log.states()
    await states.open([0], lambda: False)
    assert not states.opened
    with log.transaction([(0, b"k", value(2))]) as former:
        patience = itertools.count()
        await states.open([0], lambda: next(patience) < 10)
        assert not states.opened
        former.commit_transaction(10)
    await states.open([0])
    assert (states.opened, states.get(0, b"k")) == (True, seen(2))


async def test_a_reading_back_that_was_cancelled_leaves_the_next_one_alone(kafka: str) -> None:
    log = Log(kafka)
    states = log.states()
    with log.transaction([(0, b"k", value(2))]) as former:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(states.open([0]), 0.5)
        await asyncio.wait_for(states.open([1]), 10)
        assert states.opened
        former.commit_transaction(10)
    await states.open([0])
    assert states.get(0, b"k") == seen(2)


async def test_a_changelog_that_was_created_anew_under_the_same_name_is_another(kafka: str) -> None:
    log = Log(kafka)
    log.write((0, b"old", value(1)), (0, b"old", value(2)))
    states = await log.opened(0)
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.delete_topics([log.name])[log.name].result()
    wait_until(lambda: log.name not in admin.list_topics(timeout=5).topics)
    create(kafka, log.name)
    log.write(*((0, f"new{number}".encode(), value(3)) for number in range(9)))
    await states.open([0])
    assert states.size() == 9
    assert states.get(0, b"old").state == Seen()
