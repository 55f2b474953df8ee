"""States on a real changelog: changed, committed, settled, read back whole or from where they were; their timers."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from agents.ports import LARGEST_EVENT, Kept, TooLarge
from schemas.errors import Misconfigured, Unavailable
from streams import changelog
from streams.shelf import Memory
from streams.shelf_disk import Disk
from streams.states import Due, States
from tests.changelogs import Log, Seen, seen
from tests.topics import fresh, read, wait_until

pytestmark = pytest.mark.kafka


class Watched(Memory):
    """A shelf in memory that notes which keys it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[bytes] = []

    def update(self, partition: int, values: Mapping[bytes, bytes | None], mark: int | None) -> None:
        self.given += values
        super().update(partition, values, mark)


@pytest.fixture(params=["memory", "disk"])
def log(request: pytest.FixtureRequest, kafka: str, tmp_path: Path) -> Log:
    """A changelog on which all States are strangers to each other."""
    if request.param == "memory":
        return Log(kafka)
    return Log(kafka, lambda changelog: Disk(tmp_path / fresh(changelog)))


async def test_an_empty_changelog_gives_empty_states(log: Log) -> None:
    states = log.states()
    assert not states.opened
    await states.open([0, 1])
    assert states.opened
    assert states.get(0, b"k") == Kept(Seen(), {})
    assert states.take() == []
    assert states.size() == 0


async def test_what_was_kept_is_read_back_with_its_offsets_and_timers(log: Log) -> None:
    states = await log.opened(0, 1)
    for number in range(300):
        states.put(number % 2, f"k{number}".encode(), seen(number, number, {"tea": 5.0} if number % 3 else None))
    log.commit(states, log.producer())
    restored = await log.opened(0, 1)
    assert restored.size() == 300
    for number in range(300):
        expected = seen(number, number, {"tea": 5.0} if number % 3 else None)
        assert restored.get(number % 2, f"k{number}".encode()) == expected
    assert restored.get(1, b"k0") == Kept(Seen(), {})
    assert len(restored.due(5.0, limit=1000)) == 200


async def test_a_value_written_before_there_were_timers_is_read(log: Log) -> None:
    log.write((0, b"k", msgspec.msgpack.encode([{"count": 3}, {"t": 7}])))
    assert (await log.opened(0)).get(0, b"k") == seen(3, 7)


async def test_only_the_newest_of_a_key_counts_and_it_is_written_once_however_often_it_changed(log: Log) -> None:
    states, producer = await log.opened(0), log.producer()
    for count in (1, 2, 3):
        states.put(0, b"k", seen(count))
        assert states.get(0, b"k") == seen(count)
    log.commit(states, producer)
    assert states.take() == []
    states.put(0, b"k", seen(4))
    log.commit(states, producer)
    wait_until(lambda: len(read(log.kafka, log.name)) == 2)
    assert (await log.opened(0)).get(0, b"k") == seen(4)


async def test_what_was_taken_is_taken_again_until_it_is_settled(log: Log) -> None:
    states = await log.opened(0)
    states.put(0, b"a", seen(1))
    first = states.take()
    states.put(0, b"b", seen(1))
    assert states.take() == [*first, *states.take()[1:]]
    assert [key for _, key, _ in states.take()] == [b"a", b"b"]
    assert states.size() == 0
    states.settle()
    assert states.size() == 2
    assert states.take() == []


async def test_a_change_after_take_belongs_to_the_next_commit(log: Log) -> None:
    states = await log.opened(0)
    states.put(0, b"k", seen(1))
    states.take()
    states.put(0, b"k", seen(2))
    states.settle()
    assert states.get(0, b"k") == seen(2)
    (again,) = states.take()
    assert again[:2] == (0, b"k")
    states.close()
    await states.open([0])
    assert states.get(0, b"k") == seen(1)


async def test_a_state_larger_than_its_topic_takes_leaves_the_old_one(log: Log) -> None:
    states = await log.opened(0)
    states.put(0, b"k", seen(1))
    with pytest.raises(TooLarge, match="larger than"):
        states.put(0, b"k" * LARGEST_EVENT, seen(2))
    with pytest.raises(TooLarge):
        states.put(0, b"k", Kept("x" * LARGEST_EVENT))
    assert states.get(0, b"k") == seen(1)
    assert len(states.take()) == 1


async def test_an_empty_record_forgets_a_key(log: Log) -> None:
    log.write((0, b"k", msgspec.msgpack.encode([{"count": 3}, {"t": 7}])))
    log.write((0, b"k", None))
    restored = await log.opened(0)
    assert restored.get(0, b"k") == Kept(Seen(), {})
    assert restored.size() == 0


async def test_a_state_that_is_forgotten_is_empty_at_once_and_after_a_restart_with_its_timers(log: Log) -> None:
    states, producer = await log.opened(0), log.producer()
    for key in (b"k", b"other"):
        states.put(0, key, seen(3, 7, {"tea": 5.0}))
    log.commit(states, producer)
    states.forget(0, b"k")
    assert states.get(0, b"k") == Kept(Seen(), {})
    assert states.take() == [(0, b"k", None)]
    log.commit(states, producer)
    for now in (states, await log.opened(0)):
        assert now.get(0, b"k") == Kept(Seen(), {})
        assert [due.key for due in now.due(9.0)] == [b"other"]
        assert now.size() == 1
    assert [message.value() for message in read(log.kafka, log.name) if message.key() == b"k"][-1] is None


async def test_a_state_that_is_forgotten_and_changed_again_before_the_commit_is_the_new_one(log: Log) -> None:
    states, producer = await log.opened(0), log.producer()
    states.put(0, b"k", seen(3))
    log.commit(states, producer)
    states.forget(0, b"k")
    states.put(0, b"k", seen(1))
    log.commit(states, producer)
    assert (await log.opened(0)).get(0, b"k") == seen(1)


async def test_partitions_that_come_back_are_read_from_where_they_were(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changelog, "MARK_EVERY_S", 0.0)
    log, shelf = Log(kafka), Watched()
    ours, theirs, producer = log.states(lambda _: shelf), log.states(), log.producer()
    await ours.open([0])
    for count in range(50):
        ours.put(0, b"a", seen(count))
        log.commit(ours, producer)
        await asyncio.sleep(0.01)
    ours.close()
    await theirs.open([0])
    theirs.put(0, b"a", seen(100))
    theirs.put(0, b"b", seen(1))
    log.commit(theirs, producer)
    shelf.given.clear()
    await ours.open([0])
    assert shelf.given[-2:] == [b"a", b"b"]
    assert len(shelf.given) < 40
    assert (ours.get(0, b"a"), ours.get(0, b"b")) == (seen(100), seen(1))


async def test_what_was_changed_but_not_settled_is_forgotten_when_the_assignment_ends(log: Log) -> None:
    states = await log.opened(0)
    states.put(0, b"taken", seen(1, wakes={"tea": 1.0}))
    states.take()
    states.put(0, b"k", seen(1, wakes={"tea": 1.0}))
    states.close()
    assert not states.opened
    assert states.due(9.0) == []
    await states.open([0])
    assert states.get(0, b"k") == states.get(0, b"taken") == Kept(Seen(), {})
    assert states.take() == []
    assert states.due(9.0) == []


async def test_partitions_that_went_to_another_worker_are_dropped(log: Log) -> None:
    states = await log.opened(0, 1)
    states.put(0, b"a", seen(1, wakes={"tea": 1.0}))
    states.put(1, b"b", seen(1))
    log.commit(states, log.producer())
    await states.open([1])
    assert states.size() == 1
    assert states.due(9.0) == []
    with pytest.raises(KeyError):
        states.get(0, b"a")
    await states.open([])
    assert states.opened
    assert states.size() == 0


async def test_timers_are_due_in_order_until_their_state_changes(log: Log) -> None:
    states, producer = await log.opened(0, 1), log.producer()
    states.put(0, b"a", seen(1, wakes={"tea": 3.0, "bed": 9.0}))
    states.put(1, b"b", seen(1, wakes={"tea": 2.0}))
    for _ in range(2):
        assert states.due(1.9) == []
        assert states.due(3.0) == [Due(1, b"b", "tea", 2.0), Due(0, b"a", "tea", 3.0)]
        assert states.due(3.0, limit=1) == [Due(1, b"b", "tea", 2.0)]
        log.commit(states, producer)
    states.put(1, b"b", seen(2))
    states.put(0, b"a", seen(2, wakes={"tea": 4.0, "bed": 9.0}))
    assert states.due(3.5) == []
    assert states.due(9.0) == [Due(0, b"a", "tea", 4.0), Due(0, b"a", "bed", 9.0)]


async def test_timers_outlive_a_restart_and_a_change_that_was_not_settled(log: Log) -> None:
    states, producer = await log.opened(0), log.producer()
    states.put(0, b"a", seen(1, wakes={"tea": 3.0}))
    log.commit(states, producer)
    states.put(0, b"a", seen(2))
    assert states.due(5.0) == []
    states.close()
    await states.open([0])
    assert states.due(5.0) == (await log.opened(0)).due(5.0) == [Due(0, b"a", "tea", 3.0)]


async def test_a_changelog_that_is_not_there_is_no_empty_one(kafka: str) -> None:
    name = fresh("nowhere")
    states = States(kafka, name, Seen, silence_s=1.0)
    with pytest.raises(Unavailable, match=name):
        await states.open([0])
    assert not states.opened


async def test_a_broker_that_says_nothing_is_given_up_on() -> None:
    with pytest.raises(Unavailable, match="could not be read back"):
        await States("127.0.0.1:9", "state", Seen, silence_s=1.0).open([0])


async def test_a_state_that_this_version_cannot_read_is_no_empty_state(log: Log) -> None:
    log.write((0, b"short", b"\x91\x01"), (0, b"timers", b"\xc1\x00\x00\x00\x09\x80"), (0, b"json", b'{"count": 1}'))
    log.write((0, b"empty", b""), (0, b"high", b"\xff\xff"))
    states = await log.opened(0)
    for key in (b"short", b"timers", b"json", b"empty", b"high"):
        with pytest.raises(Misconfigured, match="cannot read"):
            states.get(0, key)
    assert states.due(1e12) == []
