"""Workers come, go, sleep and share a name: no state is undone, nothing is lost, and each end says why."""

import json
import os
import signal
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.programs.control import Counting, counting
from tests.servers.kafka import running
from tests.topics import fresh, produce, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

KEYS = 50


def chats(first: int, after: int) -> list[tuple[str | None, bytes]]:
    return [
        (f"c{number % KEYS}", json.dumps({"id": str(number), "conversation_id": f"c{number % KEYS}"}).encode())
        for number in range(first, after)
    ]


def counted(workers: Counting, count: int) -> Counter[str]:
    """How often each chat was answered, once all were and each answer has the number that its state must give."""
    out: list[Any] = []

    def enough() -> bool:
        out[:] = values(workers.bootstrap, f"{workers.source}-out")
        return len({chat["id"] for chat in out}) >= count

    wait_until(enough)
    seen: dict[str, set[int]] = defaultdict(set)
    for chat in out:
        seen[chat["id"]].add(chat["seen"])
    assert seen == {str(number): {number // KEYS + 1} for number in range(count)}
    return Counter(chat["id"] for chat in out)


def test_a_worker_that_slept_past_its_session_does_not_undo_what_its_successor_wrote(kafka: str) -> None:
    source = fresh("sleeper")
    with counting(kafka, source, nap=0.001) as workers:
        workers.start("w1")
        produce(kafka, source, chats(0, 3000))
        wait_until(lambda: values(kafka, f"{source}-out"))
        os.kill(workers.running["w1"].pid, signal.SIGSTOP)
        workers.start("w2")
        counted(workers, 3000)
        produce(kafka, source, chats(3000, 4000))
        counted(workers, 4000)
        os.kill(workers.running["w1"].pid, signal.SIGCONT)
        time.sleep(4)
        workers.kill("w1")
        workers.kill("w2")
        workers.start("w1")
        workers.start("w2")
        produce(kafka, source, chats(4000, 5000))
        counted(workers, 5000)


def test_a_worker_whose_name_another_took_ends_and_says_so(kafka: str) -> None:
    source = fresh("name")
    with counting(kafka, source) as workers:
        workers.start()
        produce(kafka, source, chats(0, 500))
        counted(workers, 500)
        first = workers.running.pop("w1")
        workers.start()
        assert first.wait(30) == 3
        assert "give each worker its own KEFU_WORKER" in workers.said()
        produce(kafka, source, chats(500, 1000))
        counted(workers, 1000)


def test_workers_that_join_under_load_repeat_nothing(kafka: str) -> None:
    source = fresh("join")
    with counting(kafka, source, nap=0.0005) as workers:
        workers.start("w1")
        produce(kafka, source, chats(0, 4000))
        for number, name in enumerate(("w2", "w3", "w4")):
            workers.start(name)
            time.sleep(1)
            produce(kafka, source, chats(4000 + 500 * number, 4500 + 500 * number))
        assert set(counted(workers, 5500).values()) == {1}


def test_a_stop_while_the_broker_is_gone_still_ends(tmp_path: Path) -> None:
    with running(tmp_path / "broker", 4) as broker:
        source = fresh("gone")
        with counting(broker.bootstrap, source, nap=0.001) as workers:
            workers.start()
            produce(broker.bootstrap, source, chats(0, 2000))
            wait_until(lambda: values(broker.bootstrap, f"{source}-out"))
            broker.kill()
            began = time.monotonic()
            workers.stop()
            assert time.monotonic() - began < 15


def test_a_state_that_cannot_be_read_ends_the_worker_with_its_place_and_the_mend(kafka: str) -> None:
    source = fresh("foreign")
    with counting(kafka, source) as workers:
        produce(kafka, f"state.{source}.v1", [("c1", b"\xc1 of another program")])
        produce(kafka, f"state.{source}.v1", [("c2", b"")])
        workers.start()
        produce(kafka, source, [("c1", msgspec.json.encode({"id": "0", "conversation_id": "c1"}))])
        assert workers.running["w1"].wait(30) == 3
        assert "holds a state under key b'c1' that this version cannot read" in workers.said()
        workers.running.clear()
