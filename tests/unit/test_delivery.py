"""How outcomes are written: what is committed, in which order, and what fences it."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from streams.delivery import AtLeastOnce, ExactlyOnce, Outcome
from streams.progress import Place
from streams.transaction import NotCommitted

HERE, THERE = Place("chat.inbound.v1", 3), Place("inference.results.v1", 3)
CHANGE = ("state.dialogue.v1", 3, b"c1", b"state")


class Noted:
    """Sender, transactions and group in one: notes what is asked of it."""

    membership = b"member"
    open = True

    def __init__(self, *, counted_in: bool = True) -> None:
        self.done: list[Any] = []
        self._counted_in = counted_in

    def send(self, *_: Any) -> None: ...

    def start(self) -> None: ...

    def send_to(self, changelog: str, partition: int, key: bytes, value: bytes | None) -> None:
        self.done.append((changelog, partition, key, value))

    async def flush(self) -> None:
        self.done.append("flushed")

    def commit(self, offsets: Mapping[Place, int], membership: bytes) -> None:
        self.done.append((dict(offsets), membership))

    def member(self) -> bool:
        return self._counted_in

    async def commit_offsets(self, offsets: Mapping[Place, int]) -> bool:
        self.done.append(dict(offsets))
        return True


async def written(delivery: Any, outcome: Outcome, noted: Noted) -> bool:
    return bool(await delivery.write(outcome, noted) and await delivery.conclude(outcome, noted))


async def test_at_least_once_writes_outputs_then_states_then_offsets() -> None:
    noted = Noted()
    assert await written(AtLeastOnce(noted), Outcome({HERE: 5}, [CHANGE], {THERE: 1}), noted)  # type: ignore[arg-type]
    assert noted.done == ["flushed", CHANGE, "flushed", {HERE: 5}]


async def test_at_least_once_commits_no_offset_that_was_not_worked_to() -> None:
    """A timer's outcome has no offsets; the standing one may be older than what the group has."""
    noted = Noted()
    assert await written(AtLeastOnce(noted), Outcome({}, [CHANGE], {THERE: 0}), noted)  # type: ignore[arg-type]
    assert noted.done == ["flushed", CHANGE, "flushed"]


async def test_at_least_once_leaves_states_alone_that_are_not_ours_any_more() -> None:
    noted = Noted(counted_in=False)
    assert not await written(AtLeastOnce(noted), Outcome({HERE: 5}, [CHANGE], {}), noted)  # type: ignore[arg-type]
    assert noted.done == ["flushed"]


@pytest.mark.parametrize(("offsets", "fence"), [({HERE: 5}, {HERE: 5}), ({}, {THERE: 1})])
async def test_exactly_once_is_always_fenced_by_an_offset(offsets: dict[Place, int], fence: dict[Place, int]) -> None:
    noted = Noted()
    outcome = Outcome(offsets, [CHANGE], {THERE: 1})
    assert await written(ExactlyOnce("", noted), outcome, noted)  # type: ignore[arg-type]
    assert noted.done == [CHANGE, (fence, b"member")]


async def test_a_cancelled_commit_is_waited_for() -> None:
    """Its thread cannot be stopped: were the gate free before it ends, other offsets could join its transaction."""
    door, noted = threading.Event(), Noted()
    noted.commit = lambda offsets, membership: door.wait(10)  # type: ignore[method-assign,assignment]
    writing = asyncio.create_task(ExactlyOnce("", noted).write(Outcome({HERE: 5}, [], {}), noted))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    writing.cancel()
    await asyncio.sleep(0.05)
    assert not writing.done()
    door.set()
    with pytest.raises(asyncio.CancelledError):
        await writing


async def test_a_commit_that_hangs_is_given_up_so_that_the_worker_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.delivery.HANGS_S", 0.05)
    released = threading.Event()

    class Hanging(Noted):
        def commit(self, offsets: Mapping[Place, int], membership: bytes) -> None:
            released.wait(10)

    hanging = Hanging()
    try:
        with pytest.raises(NotCommitted, match=r"has not come back for 0\.05 s; the worker starts anew"):
            await ExactlyOnce("", hanging).write(Outcome({HERE: 5}, [], {}), hanging)  # type: ignore[arg-type]
    finally:
        released.set()
