"""The watchdog: lag without progress ends the worker, progress and idleness do not."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from streams import watchdog
from streams.metrics import Metrics
from streams.progress import Place, Progress
from streams.watchdog import Stalled, lags, watch

T0, T1 = Place("t", 0), Place("t", 1)


@dataclass
class Consumer:
    """A consumer whose partitions end at ``ends``: how far it has read them is its ``position``."""

    ends: dict[Place, int]
    position: dict[Place, int | None] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    def assignment(self) -> set[Place]:
        return set(self.ends)

    def reached(self, place: Place) -> int | None:
        return self.position.get(place)

    def work(self, place: Place, first: int, after: int) -> None:
        self.read(place, after)
        self.progress.finish(self.progress.begin(place, first, after))

    def read(self, place: Place, after: int) -> None:
        """Hand records to an agent that does not begin them."""
        self.position[place] = after
        self.progress.hand_over(place, after)


class Looks:
    """Time as the watchdog sees it: before each look something may happen; after the last one the test ends."""

    def __init__(self, *before: Callable[[], object]) -> None:
        self.before = list(before)

    async def sleep(self, seconds: float) -> None:
        if not self.before:
            raise asyncio.CancelledError
        self.before.pop(0)()


def nothing() -> None: ...


async def look(monkeypatch: pytest.MonkeyPatch, consumer: Consumer, *before: Callable[[], object]) -> Metrics:
    """Watch with a patience of three looks."""
    metrics = Metrics()

    async def ends(admin: Any, places: list[Place]) -> dict[Place, int]:
        return {place: consumer.ends[place] for place in places}

    monkeypatch.setattr(watchdog, "asyncio", SimpleNamespace(sleep=Looks(*before).sleep))
    monkeypatch.setattr(watchdog, "ends", ends)
    app: Any = SimpleNamespace(consumer=consumer, transport=SimpleNamespace(bootstrap="127.0.0.1:9"))
    try:
        await watch(app, metrics, 3 * watchdog.LOOK_S)
    except asyncio.CancelledError:
        return metrics
    raise AssertionError("the watch ended")


async def test_records_that_wait_while_nothing_moves_end_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer({T0: 10, T1: 5})
    consumer.work(T0, 0, 4)
    consumer.work(T1, 0, 5)
    with pytest.raises(Stalled, match=r"no progress for 6 s .*'t-0': 6\}"):
        await look(monkeypatch, consumer, *[nothing] * 4)


async def test_patience_lasts_exactly_as_long_as_it_was_set_to(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer({T0: 10})
    consumer.work(T0, 0, 4)
    await look(monkeypatch, consumer, *[nothing] * 3)


async def test_a_record_now_and_then_is_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer({T0: 100})
    consumer.work(T0, 0, 1)
    moves = [nothing, nothing, nothing, lambda: consumer.work(T0, 1, 2)]
    await look(monkeypatch, consumer, *moves, *[nothing] * 2)


async def test_slow_work_that_is_only_begun_or_only_finished_is_progress_too(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer({T0: 100})
    consumer.work(T0, 0, 1)
    spans: list[Any] = []
    begin = lambda: spans.append(consumer.progress.begin(T0, 1, 2))  # noqa: E731
    finish = lambda: consumer.progress.finish(spans.pop())  # noqa: E731
    await look(monkeypatch, consumer, *[nothing] * 3, begin, nothing, nothing, finish, nothing, nothing)


async def test_a_worker_without_lag_may_rest_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer({T0: 4, T1: 0})
    consumer.work(T0, 0, 4)
    await look(monkeypatch, consumer, *[nothing] * 20)


async def test_the_lag_of_a_topic_is_the_sum_over_its_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer({T0: 10, T1: 5, Place("u", 0): 3})
    consumer.work(T0, 0, 4)
    consumer.work(T1, 0, 2)
    consumer.work(Place("u", 0), 0, 3)
    metrics = await look(monkeypatch, consumer, nothing)
    assert metrics.registry.get_sample_value("kefu_lag", {"topic": "t"}) == 9
    assert metrics.registry.get_sample_value("kefu_lag", {"topic": "u"}) == 0


async def test_a_consumer_that_never_said_a_word_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Stalled, match="'t-0': 3"):
        await look(monkeypatch, Consumer({T0: 3}), *[nothing] * 4)


async def test_records_that_an_agent_was_given_and_leaves_alone_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer({T0: 3})
    consumer.read(T0, 3)
    with pytest.raises(Stalled, match="'t-0': 3"):
        await look(monkeypatch, consumer, *[nothing] * 4)


def test_lag_is_what_is_unread_and_what_waits_for_its_agent() -> None:
    consumer = Consumer({T0: 10})
    consumer.work(T0, 0, 4)
    assert lags(consumer, consumer.ends) == {T0: 6}
    consumer.read(T0, 7)
    assert lags(consumer, consumer.ends) == {T0: 6}
    consumer.work(T0, 4, 7)
    assert lags(consumer, consumer.ends) == {T0: 3}
    assert lags(consumer, {}) == {}
