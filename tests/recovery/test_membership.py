"""Workers come, go, sleep and share a name: no state is undone, nothing is lost, and each end says why."""

import time
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from tests.chats import assert_exact, chats, outputs
from tests.programs.control import HASTY_S, Counting, counting
from tests.servers.kafka import running
from tests.topics import fresh, produce, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

KEYS = 50


def group(workers: Counting) -> tuple[object, int]:
    """The state of their group, and how many members it has."""
    admin = AdminClient({"bootstrap.servers": workers.bootstrap})
    told = admin.describe_consumer_groups([workers.source])[workers.source].result(30)
    return told.state, len(told.members)


def exact(workers: Counting, count: int) -> None:
    """Every chat was answered exactly once and in order."""
    assert_exact(outputs(workers, count), count, keys=KEYS)


def test_a_worker_that_slept_past_its_session_is_fenced_when_it_wakes(kafka: str) -> None:
    with counting(kafka, fresh("sleeper"), nap=0.001, session_s=HASTY_S) as workers:
        workers.start("w1")
        produce(kafka, workers.source, chats(3000, keys=KEYS))
        wait_until(lambda: values(kafka, f"{workers.source}-out"))
        workers.sleep("w1")
        workers.start("w2")
        exact(workers, 3000)
        produce(kafka, workers.source, chats(1000, keys=KEYS, first=3000))
        exact(workers, 4000)
        workers.wake("w1")
        time.sleep(4)
        workers.kill("w1")
        workers.kill("w2")
        workers.start("w1")
        workers.start("w2")
        produce(kafka, workers.source, chats(1000, keys=KEYS, first=4000))
        exact(workers, 5000)


def test_two_workers_that_sleep_in_turn_under_load_lose_and_repeat_nothing(kafka: str) -> None:
    with counting(kafka, fresh("turns"), nap=0.002, session_s=HASTY_S) as workers:
        workers.supervise("w1")
        workers.supervise("w2")
        produce(kafka, workers.source, chats(14_000, keys=KEYS))
        for name in ("w1", "w2"):
            time.sleep(3)
            workers.sleep(name)
            time.sleep(HASTY_S + 2)
            workers.wake(name)
        exact(workers, 14_000)


def test_a_worker_whose_name_another_took_ends_and_says_so(kafka: str) -> None:
    with counting(kafka, fresh("name")) as workers:
        workers.start()
        produce(kafka, workers.source, chats(500, keys=KEYS))
        exact(workers, 500)
        workers.running["former"] = workers.running.pop("w1")
        workers.start()
        assert workers.died("former") == 3
        assert "KEFU_WORKER" in workers.said()
        produce(kafka, workers.source, chats(500, keys=KEYS, first=500))
        exact(workers, 1000)


def test_from_one_worker_to_four_and_back_to_two_under_load(kafka: str) -> None:
    with counting(kafka, fresh("scale"), nap=0.0005, session_s=10.0) as workers:
        workers.start("w1")
        produce(kafka, workers.source, chats(4000, keys=KEYS))
        outputs(workers, 1)
        for number, name in enumerate(("w2", "w3", "w4")):
            workers.start(name)
            time.sleep(1)
            produce(kafka, workers.source, chats(1000, keys=KEYS, first=4000 + 1000 * number))
        wait_until(lambda: group(workers)[1] == 4)
        for number, name in enumerate(("w1", "w3")):
            produce(kafka, workers.source, chats(1000, keys=KEYS, first=7000 + 1000 * number))
            assert workers.stop(name) == 0
        exact(workers, 9000)


def test_a_stop_does_not_wait_for_a_group_that_forms_anew(kafka: str) -> None:
    """The one that was killed is waited for by the group until its session has ended."""
    with counting(kafka, fresh("forming"), session_s=60.0) as workers:
        for name in ("w1", "w2"):
            workers.start(name)
        produce(kafka, workers.source, chats(200, keys=KEYS))
        exact(workers, 200)
        wait_until(lambda: group(workers) == (ConsumerGroupState.STABLE, 2))
        before = workers.said().count("it is rebalancing")
        workers.kill("w1")
        workers.start("w3")
        wait_until(lambda: workers.said().count("it is rebalancing") > before)
        time.sleep(0.5)
        assert workers.stop("w2") == 0
        assert group(workers)[0] == ConsumerGroupState.PREPARING_REBALANCING


def test_a_stop_while_the_broker_is_gone_still_ends(tmp_path: Path) -> None:
    with running(tmp_path / "broker", 4) as broker:
        source = fresh("gone")
        with counting(broker.bootstrap, source, nap=0.001) as workers:
            workers.start()
            produce(broker.bootstrap, source, chats(2000, keys=KEYS))
            wait_until(lambda: values(broker.bootstrap, f"{source}-out"))
            broker.kill()
            workers.stop()


def test_a_state_that_cannot_be_read_ends_the_worker_with_its_place_and_the_mend(kafka: str) -> None:
    source = fresh("foreign")
    with counting(kafka, source) as workers:
        produce(kafka, f"state.{source}.v1", [("c1", b"\xc1 of another program")])
        produce(kafka, f"state.{source}.v1", [("c2", b"")])
        workers.start()
        produce(kafka, source, [("c1", msgspec.json.encode({"id": "0", "conversation_id": "c1"}))])
        assert workers.died() == 3
        assert "holds a state under key b'c1' that this version cannot read" in workers.said()
