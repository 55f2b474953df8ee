"""States on a real changelog: read back whole or from where they were, and written once per change."""

from typing import Any

import msgspec
import pytest

from agents.runtime import Kept
from schemas.errors import Misconfigured, Unavailable
from streams import states as module
from streams.sender import Sender
from streams.states import States
from tests.topics import create, fresh, produce, read

pytestmark = pytest.mark.kafka

COMPACTED = {"cleanup.policy": "compact"}


class Seen(msgspec.Struct, frozen=True):
    """What is remembered of a key."""

    count: int = 0


class Memory:
    """States with their changelog, and a way to write what they changed as the transport does."""

    def __init__(self, kafka: str) -> None:
        self.kafka, self.changelog = kafka, fresh("state")
        create(kafka, self.changelog, config=COMPACTED)

    def states(self) -> States:
        return States(self.kafka, self.changelog, Seen)

    def write(self, states: States) -> None:
        sender = Sender(self.kafka, client_id="test")
        for partition, key, value in states.take():
            sender.send_to(self.changelog, partition, key, value)
        sender.flush_now()


def seen(count: int, offset: int = 0) -> Kept[Any]:
    return Kept(Seen(count), {"t": offset})


async def test_an_empty_changelog_gives_empty_states(kafka: str) -> None:
    states = Memory(kafka).states()
    assert not states.opened
    await states.open([0, 1])
    assert states.opened
    assert states.get(0, b"k") == Kept(Seen(), {})
    assert states.take() == []
    assert states.size() == 0


async def test_what_was_kept_is_read_back_with_the_offsets_that_went_into_it(kafka: str) -> None:
    memory = Memory(kafka)
    states = memory.states()
    await states.open([0, 1])
    for number in range(300):
        states.put(number % 2, f"k{number}".encode(), seen(number, offset=number))
    memory.write(states)
    restored = memory.states()
    await restored.open([0, 1])
    assert restored.size() == 300
    assert all(restored.get(n % 2, f"k{n}".encode()) == seen(n, offset=n) for n in range(300))
    assert restored.get(1, b"k0") == Kept(Seen(), {})


async def test_only_the_newest_of_a_key_counts_and_it_is_written_once_however_often_it_changed(kafka: str) -> None:
    memory = Memory(kafka)
    states = memory.states()
    await states.open([0])
    for count in (1, 2, 3):
        states.put(0, b"k", seen(count))
        assert states.get(0, b"k") == seen(count)
    memory.write(states)
    assert states.take() == []
    states.put(0, b"k", seen(4))
    memory.write(states)
    assert len(read(kafka, memory.changelog)) == 2
    restored = memory.states()
    await restored.open([0])
    assert restored.get(0, b"k") == seen(4)


async def test_an_empty_record_forgets_a_key(kafka: str) -> None:
    memory = Memory(kafka)
    states = memory.states()
    await states.open([0])
    states.put(0, b"k", seen(1))
    memory.write(states)
    sender = Sender(kafka, client_id="test")
    sender.send_to(memory.changelog, 0, b"k", None)
    sender.flush_now()
    restored = memory.states()
    await restored.open([0])
    assert restored.get(0, b"k") == Kept(Seen(), {})
    assert restored.size() == 0


async def test_partitions_that_come_back_are_read_from_where_they_were(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(kafka)
    ours, theirs = memory.states(), memory.states()
    await ours.open([0])
    ours.put(0, b"a", seen(1))
    memory.write(ours)
    await ours.open([0])
    applied: list[bytes] = []
    apply = States._apply

    def noted(self: States, message: Any) -> None:
        applied.append(message.key())
        apply(self, message)

    monkeypatch.setattr(States, "_apply", noted)
    ours.close()
    await theirs.open([0])
    theirs.put(0, b"a", seen(2))
    theirs.put(0, b"b", seen(1))
    memory.write(theirs)
    applied.clear()
    await ours.open([0])
    assert sorted(applied) == [b"a", b"b"]
    assert (ours.get(0, b"a"), ours.get(0, b"b")) == (seen(2), seen(1))


async def test_what_was_changed_but_not_taken_is_forgotten_when_the_assignment_ends(kafka: str) -> None:
    states = Memory(kafka).states()
    await states.open([0])
    states.put(0, b"k", seen(1))
    states.close()
    assert not states.opened
    await states.open([0])
    assert states.get(0, b"k") == Kept(Seen(), {})


async def test_partitions_that_went_to_another_worker_are_dropped(kafka: str) -> None:
    memory = Memory(kafka)
    states = memory.states()
    await states.open([0, 1])
    states.put(0, b"a", seen(1))
    states.put(1, b"b", seen(1))
    memory.write(states)
    await states.open([1])
    assert states.size() == 1
    with pytest.raises(KeyError):
        states.get(0, b"a")
    await states.open([])
    assert states.size() == 0


async def test_a_changelog_that_is_not_there_is_no_empty_one(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE_S", 1.0)
    states = States(kafka, fresh("nowhere"), Seen)
    with pytest.raises(Unavailable, match="nowhere-"):
        await states.open([0])
    assert not states.opened


async def test_a_broker_that_says_nothing_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE_S", 0.1)
    with pytest.raises(Unavailable, match="no answer from the broker"):
        await States("127.0.0.1:9", "state", Seen).open([0])


async def test_a_state_that_this_version_cannot_read_is_no_empty_state(kafka: str) -> None:
    memory = Memory(kafka)
    produce(kafka, memory.changelog, [("k", b"\x91\x01")], partitioner="murmur2_random")
    states = memory.states()
    await states.open(range(4))
    (partition,) = [message.partition() for message in read(kafka, memory.changelog)]
    with pytest.raises(Misconfigured, match="cannot read"):
        states.get(partition, b"k")
