"""Thousands of small histories in memory equal the pure step; workers that are broken on purpose are found out.

``KEFU_HISTORIES`` is how many; a failure names its seed, and ``KEFU_SEED`` runs that history alone.
"""

import asyncio
import logging
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from agents.ports import Kept
from streams.delivery import Delivery, ExactlyOnce, Group, Guarantee, Outcome
from streams.faust_app import Engine
from streams.progress import Place, Progress
from streams.states import Due, States
from streams.transaction import Transactions, group_metadata
from tests.memory_histories import History
from tests.memory_log import log_at
from tests.memory_worker import Parts, WorkerConsumer
from tests.oracle import Differs

COUNT = int(os.environ.get("KEFU_HISTORIES", "250"))
SEED = os.environ.get("KEFU_SEED")
ENOUGH = 600
"""Histories within which each broken worker is found out."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Killed workers say so; that is what they are for."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def seeds(count: int) -> Sequence[int]:
    return range(count) if SEED is None else [int(SEED)]


def play(seed: int, guarantee: Guarantee, parts: Parts | None = None) -> History:
    history = History(seed, guarantee, parts or Parts())
    try:
        history.run()
    except AssertionError as problem:
        raise type(problem)(f"history {seed}, {guarantee} (KEFU_SEED={seed} replays it): {problem}") from None
    return history


@pytest.mark.timeout(60 + COUNT)
def test_exactly_once_each_history_equals_the_step_folded_over_its_log() -> None:
    for seed in seeds(COUNT * 4 // 5):
        assert play(seed, "exactly_once").simulation.unexpected == []


@pytest.mark.timeout(60 + COUNT)
def test_at_least_once_equal_copies_apart_each_history_equals_the_step_folded_over_its_log() -> None:
    for seed in seeds(COUNT // 5):
        assert play(seed, "at_least_once").simulation.unexpected == []


def test_the_histories_are_full_of_trouble() -> None:
    """Otherwise they would prove nothing."""
    endings: list[str] = []
    generations = copies = 0
    for seed in range(60):
        history = play(seed, "exactly_once")
        endings += history.endings()
        group = history.log.group("histories")
        generations += group.generation > 2
        copies += any(partition.dropped for partition in history.log.topics["told"])
    for reason in ("killed", "struck", "stopped", "went to another worker", "no longer knows worker"):
        assert any(reason in ending for ending in endings), f"no worker ended because: {reason}"
    assert generations > 5
    assert copies > 0


def test_a_history_is_the_same_whenever_it_is_played() -> None:
    first, second = play(7, "exactly_once"), play(7, "exactly_once")
    assert first.log.topics == second.log.topics


class LateOffsets(WorkerConsumer):
    """Works out the offsets after it has waited: also those of a stretch whose states are not in the commit."""

    async def _commit_finished(self) -> bool:
        changes = self._changes()
        await asyncio.sleep(0.01)
        outcome = Outcome(self.progress.committable() or self._standing(), changes, {})
        if not outcome.offsets:
            return False
        await self.transport.delivery.write(outcome, self._thread)
        for states in self._states.values():
            states.settle()
        self.progress.committed(outcome.offsets)
        return True


class Ahead(Progress):
    """Says of what was handed over that it may be committed."""

    def committable(self) -> dict[Place, int]:
        return {place: after for place, after in self._handed.items() if after > self.standing(place)}


class PassingUnfinished(WorkerConsumer):
    """Commits what agents have in hand, as if they had worked it off."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.progress = Ahead()


class Unfenced(ExactlyOnce):
    """Commits as nobody in particular, whom the broker does not refuse."""

    async def write(self, outcome: Outcome, group: Group) -> bool:
        group.membership = group_metadata(-1, "histories", "")
        return await super().write(outcome, group)


class Hasty(ExactlyOnce):
    """Does not wait for offsets that a former worker's transaction is about to commit."""

    async def stable(self, group: str, places: Sequence[Place]) -> Mapping[Place, int]:
        known = log_at(self._bootstrap).group(group).offsets
        return {place: known[place] for place in places if place in known}


class Apart(ExactlyOnce):
    """Commits the offsets in a transaction of their own, after the rest."""

    async def write(self, outcome: Outcome, group: Group) -> bool:
        standing = {
            place: log_at(self._bootstrap).group("histories").offsets.get(place, 0) for place in outcome.offsets
        }
        await super().write(Outcome(standing, outcome.changes, {}), group)
        return await super().write(Outcome(outcome.offsets, (), outcome.standing), group)


class Forgetful(States):
    """Does not remember which records went into a state."""

    def put(self, partition: int, key: bytes, kept: Kept[Any]) -> None:
        super().put(partition, key, Kept(kept.state, {}, kept.wakes))


class Stuttering(States):
    """Says once more which timers were due the last time."""

    _last: Sequence[Due] = ()

    def due(self, now: float, limit: int = 100) -> list[Due]:
        again, self._last = self._last, super().due(now, limit)
        return [*again, *self._last]


class Sleepless(States):
    """Loses the timers of what it reads back."""

    async def open(self, *args: Any) -> None:
        await super().open(*args)
        self._timers.clear()
        self._looked_to = math.inf


class Careless(States):
    """Takes changes for committed as soon as a commit begins: what fails is not tried again."""

    def take(self) -> list[tuple[int, bytes, bytes | None]]:
        taken = super().take()
        self.settle()
        return taken[:-1]


def exactly(kind: type[ExactlyOnce]) -> Parts:
    def delivery(engine: Engine) -> Delivery:
        return kind(engine.bootstrap, Transactions(engine.bootstrap, name=f"{engine.group}-{engine.instance}"))

    return Parts(delivery=delivery)


BROKEN: dict[str, tuple[Guarantee, Parts]] = {
    "offsets taken after an await": ("exactly_once", Parts(consumer=LateOffsets)),
    "commits pass unfinished work": ("exactly_once", Parts(consumer=PassingUnfinished)),
    "commits are not fenced": ("exactly_once", exactly(Unfenced)),
    "undecided offsets are not waited for": ("exactly_once", exactly(Hasty)),
    "offsets in another transaction": ("exactly_once", exactly(Apart)),
    "applied offsets are forgotten": ("at_least_once", Parts(states=Forgetful)),
    "timers fire twice": ("exactly_once", Parts(states=Stuttering)),
    "timers are lost with a restart": ("exactly_once", Parts(states=Sleepless)),
    "states settle before their commit": ("exactly_once", Parts(states=Careless)),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_worker_that_is_broken_on_purpose_is_found_out(fault: str) -> None:
    guarantee, parts = BROKEN[fault]
    with pytest.raises(AssertionError) as found:
        for seed in range(ENOUGH):
            play(seed, guarantee, parts)
    assert found.type is Differs or "stuck" in str(found.value)
