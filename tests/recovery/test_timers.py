"""Timers fire once, on whichever worker has the conversation when their time comes."""

import json
import time
from typing import Any

import pytest

from streams.delivery import Guarantee
from tests.programs.control import Counting, counting
from tests.topics import fresh, produce, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

TIMERS = 60


def set_timers(workers: Counting, seconds: float) -> None:
    chats: list[tuple[str | None, bytes]] = [
        (
            f"c{number}",
            json.dumps({"id": str(number), "conversation_id": f"c{number}", "text": f"wake {seconds}"}).encode(),
        )
        for number in range(TIMERS)
    ]
    produce(workers.bootstrap, workers.source, chats)


def are_set(workers: Counting) -> bool:
    """Whether each chat has been worked on, some of the timers perhaps fired since."""
    told = values(workers.bootstrap, f"{workers.source}-out")
    return sum(not chat["id"].startswith("woken") for chat in told) >= TIMERS


def fired(workers: Counting, count: int = TIMERS) -> list[Any]:
    """The timers that were told, once there are so many different ones and no more come."""

    def told() -> list[Any]:
        return [chat for chat in values(workers.bootstrap, f"{workers.source}-out") if chat["id"].startswith("woken")]

    wait_until(lambda: len({chat["id"] for chat in told()}) >= count, seconds=120)
    time.sleep(1)
    return told()


def assert_each_once(told: list[Any]) -> None:
    assert sorted(chat["id"] for chat in told) == sorted(f"woken {number}" for number in range(TIMERS))
    assert {chat["seen"] for chat in told} == {1}


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_timers_fire_once(kafka: str, guarantee: Guarantee) -> None:
    with counting(kafka, fresh("timer"), guarantee=guarantee) as workers:
        workers.start()
        set_timers(workers, 1.0)
        assert_each_once(fired(workers))


def test_timers_outlive_a_kill_and_fire_after_the_restart(kafka: str) -> None:
    with counting(kafka, fresh("outlive")) as workers:
        workers.start()
        set_timers(workers, 4.0)
        wait_until(lambda: are_set(workers))
        workers.kill()
        time.sleep(4)
        workers.start()
        assert_each_once(fired(workers))


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_what_has_come_while_nobody_was_there_goes_before_timers_that_are_due(kafka: str, guarantee: Guarantee) -> None:
    with counting(kafka, fresh("behind"), guarantee=guarantee) as workers:
        workers.start()
        set_timers(workers, 4.0)
        wait_until(lambda: are_set(workers))
        workers.kill()
        late = [(f"c{number}", b'{"id": "late", "conversation_id": "c%d"}' % number) for number in range(TIMERS)]
        produce(workers.bootstrap, f"{workers.source}-more", late)
        time.sleep(4)
        workers.start()
        told = fired(workers)
        assert sorted({chat["id"] for chat in told}) == sorted(f"woken {number}" for number in range(TIMERS))
        assert {chat["seen"] for chat in told} == {2}


def test_timers_fire_once_while_workers_are_killed_and_join(kafka: str) -> None:
    with counting(kafka, fresh("moving")) as workers:
        workers.supervise("w1")
        set_timers(workers, 6.0)
        wait_until(lambda: are_set(workers))
        workers.start("w2")
        time.sleep(2)
        for _ in range(3):
            workers.kill("w1")
            time.sleep(2.5)
        assert_each_once(fired(workers))
