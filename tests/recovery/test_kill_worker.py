"""Workers and brokers are killed with -9 in mid stream: nothing is lost, states are exact, copies are equal."""

import json
import time
from collections import defaultdict
from typing import Any

import pytest

from tests.programs.control import Counting, counting
from tests.servers.kafka import running
from tests.topics import fresh, produce, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

COUNT, KEYS = 20_000, 200


def chats(count: int) -> list[tuple[str | None, bytes]]:
    return [
        (f"c{number % KEYS}", json.dumps({"id": str(number), "conversation_id": f"c{number % KEYS}"}).encode())
        for number in range(count)
    ]


def outputs(workers: Counting, count: int) -> list[Any]:
    out: list[Any] = []

    def enough() -> bool:
        out[:] = values(workers.bootstrap, f"{workers.source}-out")
        return len({chat["id"] for chat in out}) >= count

    wait_until(enough, seconds=120)
    return out


def assert_exact(out: list[Any], count: int) -> None:
    """Each chat once or in equal copies, with the number that the state of its conversation must give it."""
    copies: dict[str, set[int]] = defaultdict(set)
    for chat in out:
        copies[chat["id"]].add(chat["seen"])
    assert copies == {str(number): {number // KEYS + 1} for number in range(count)}


def test_two_workers_killed_in_turn_lose_nothing_and_count_exactly(kafka: str) -> None:
    source = fresh("kill")
    with counting(kafka, source, nap=0.0002) as workers:
        produce(kafka, source, chats(COUNT))
        workers.start("w1")
        workers.start("w2")
        for name in ("w1", "w2", "w1"):
            time.sleep(3)
            workers.kill(name)
            workers.start(name)
        assert_exact(outputs(workers, COUNT), COUNT)


def test_a_worker_killed_while_it_starts_leaves_no_trace(kafka: str) -> None:
    source = fresh("early")
    with counting(kafka, source) as workers:
        produce(kafka, source, chats(2000))
        for pause in (0.5, 1.0, 1.5):
            workers.start()
            time.sleep(pause)
            workers.kill()
        workers.start()
        assert_exact(outputs(workers, 2000), 2000)


def test_a_broker_killed_in_mid_stream_is_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("broker")) as broker:
        source = fresh("broker")
        with counting(broker.bootstrap, source, nap=0.0005) as workers:
            produce(broker.bootstrap, source, chats(10_000))
            workers.start()
            time.sleep(4)
            broker.restart()
            assert_exact(outputs(workers, 10_000), 10_000)
