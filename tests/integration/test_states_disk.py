"""States on disk: a restart reads the tail, and whatever happened, they are what their changelog says."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from schemas.errors import Misconfigured
from streams import changelog, state_frame
from streams.shelf_disk import Disk, disk
from streams.states import Due
from tests.changelogs import Log, Seen, seen
from tests.topics import create, read, wait_until

pytestmark = pytest.mark.kafka

PARTITIONS = range(4)


class Watched(Disk):
    """A shelf on disk that notes which keys it was given."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.given: list[bytes] = []

    def update(self, partition: int, values: Mapping[bytes, bytes | None], mark: int | None) -> None:
        self.given += values
        super().update(partition, values, mark)


@pytest.fixture
def log(kafka: str, tmp_path: Path) -> Log:
    """A changelog; all States on it have one folder, so that there is one at a time."""
    return Log(kafka, disk(tmp_path))


async def test_a_restart_reads_only_the_tail(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog, "MARK_EVERY_S", 0.0)
    states, producer = await log.opened(0), log.producer()
    for number in range(60):
        states.put(0, b"k%d" % number, seen(number))
        log.commit(states, producer)
        await asyncio.sleep(0.01)
    del states
    log.write((0, b"theirs", state_frame.encode(seen(1))))
    shelf = Watched(tmp_path / log.name)
    states = await log.opened(0, shelf=lambda _: shelf)
    assert shelf.given[-1] == b"theirs"
    assert len(shelf.given) < 50
    assert [states.get(0, b"k%d" % number) for number in range(60)] == [seen(number) for number in range(60)]
    shelf.given.clear()
    await states.open([0])
    assert shelf.given == []
    assert states.size() == 61


async def test_what_is_not_settled_is_never_on_disk(log: Log) -> None:
    states, producer = await log.opened(0), log.producer()
    states.put(0, b"k", seen(1))
    log.commit(states, producer)
    states.put(0, b"k", seen(666))
    states.put(0, b"new", seen(666))
    producer.begin_transaction()
    for partition, key, value in states.take():
        producer.produce(log.name, value, key, partition)
    producer.abort_transaction(30)
    del states
    states = await log.opened(0)
    assert (states.get(0, b"k"), states.get(0, b"new").state, states.size()) == (seen(1), Seen(), 1)


async def test_a_mark_counts_only_for_a_commit_that_began_after_it_was_known(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that slept between its commit and settling it may have lost the partition meanwhile."""
    monkeypatch.setattr(changelog, "MARK_EVERY_S", 0.0)
    states, producer = await log.opened(0), log.producer()
    for count in range(5):
        states.put(0, b"ours", seen(count))
        log.commit(states, producer)
        await asyncio.sleep(0.05)
    log.write((0, b"theirs", state_frame.encode(seen(1))))
    wait_until(lambda: len(read(log.kafka, log.name)) == 6)
    states.put(0, b"ours", seen(9))
    states.take()
    await asyncio.sleep(0.5)
    states.settle()
    del states
    assert (await log.opened(0)).get(0, b"theirs") == seen(1)


async def test_partitions_that_come_back_get_what_happened_elsewhere(log: Log, tmp_path: Path) -> None:
    ours, producer = await log.opened(0, 1), log.producer()
    for number in range(20):
        ours.put(number % 2, b"k%d" % number, seen(number))
    log.commit(ours, producer)
    await ours.open([1])
    theirs = await log.opened(0, shelf=disk(tmp_path / "theirs"))
    theirs.put(0, b"k0", seen(100, wakes={"tea": 5.0}))
    log.commit(theirs, producer)
    ours.put(1, b"k1", seen(100))
    log.commit(ours, producer)
    await ours.open([0, 1])
    assert (ours.get(0, b"k0").state, ours.get(0, b"k2"), ours.get(1, b"k1")) == (Seen(100), seen(2), seen(100))
    assert ours.due(9.0) == [Due(0, b"k0", "tea", 5.0)]


async def test_timers_far_ahead_and_long_ago_outlive_a_restart(log: Log) -> None:
    states, producer = await log.opened(0), log.producer()
    states.put(0, b"past", seen(1, wakes={"tea": 5.0}))
    states.put(0, b"far", seen(1, wakes={"tea": 5000.0, "bed": 5001.0}))
    states.put(0, b"moved", seen(1, wakes={"tea": 5000.0}))
    log.commit(states, producer)
    states.put(0, b"moved", seen(2, wakes={"tea": 6000.0}))
    assert states.due(10.0) == [Due(0, b"past", "tea", 5.0)]
    states.put(0, b"past", seen(2))
    states.put(0, b"unsettled", seen(1, wakes={"tea": 400.0}))
    assert states.due(401.0) == [Due(0, b"unsettled", "tea", 400.0)]
    states.put(0, b"unsettled", seen(2))
    log.commit(states, producer)
    del states
    states = await log.opened(0)
    assert states.due(4999.0) == []
    assert states.due(5999.0) == [Due(0, b"far", "tea", 5000.0), Due(0, b"far", "bed", 5001.0)]
    assert [due.key for due in states.due(6000.0)] == [b"far", b"far", b"moved"]


async def test_a_disk_that_is_ahead_of_its_changelog_starts_afresh(log: Log) -> None:
    states, producer = await log.opened(0), log.producer()
    states.put(0, b"old", seen(1, wakes={"tea": 5.0}))
    log.commit(states, producer)
    await states.open([0])
    del states
    admin = AdminClient({"bootstrap.servers": log.kafka})
    admin.delete_topics([log.name])[log.name].result()
    wait_until(lambda: log.name not in admin.list_topics(timeout=5).topics)
    create(log.kafka, log.name)
    for number in range(9):
        log.write((0, b"new%d" % number, state_frame.encode(seen(number))))
    states = await log.opened(0)
    assert (states.size(), states.get(0, b"old").state, states.due(9.0)) == (9, Seen(), [])


async def test_a_folder_in_use_stops_the_start(log: Log) -> None:
    first = await log.opened(0)
    second = log.states()
    with pytest.raises(Misconfigured, match="in use by another process"):
        await second.open([0])
    assert (first.opened, second.opened) == (True, False)


async def test_after_every_kill_the_disk_is_what_the_changelog_says(log: Log, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.programs.keeping", log.kafka, log.name, str(tmp_path)]
    for pause in (0.4, 0.7, 1.1, 0.5):
        worker = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"working\n"
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(pause)
        worker.kill()
        assert worker.wait() == -9
        worker.stdout.close()
    log.producer(log.name)
    ours, truth = await log.opened(*PARTITIONS), await log.opened(*PARTITIONS, shelf=disk(tmp_path / "fresh"))
    assert truth.size() == ours.size() > 0
    for number in range(500):
        place = number % 4, b"k%d" % number
        assert ours.get(*place) == truth.get(*place)
    assert ours.due(1e9, 1000) == truth.due(1e9, 1000)
