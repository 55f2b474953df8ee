"""Workers and brokers are killed with -9 in mid stream: nothing is lost, nothing comes twice, states are exact."""

import time

import pytest

from streams.delivery import Guarantee
from tests.chats import assert_exact, chats, outputs
from tests.programs.control import counting
from tests.servers.kafka import running
from tests.topics import fresh, produce

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

COUNT, KEYS = 20_000, 200

guarantees = pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])


@guarantees
def test_two_workers_killed_in_turn_lose_nothing_and_count_exactly(kafka: str, guarantee: Guarantee) -> None:
    source = fresh("kill")
    with counting(kafka, source, nap=0.0002, guarantee=guarantee) as workers:
        produce(kafka, source, chats(COUNT, keys=KEYS))
        workers.start("w1")
        workers.start("w2")
        for name in ("w1", "w2", "w1"):
            time.sleep(3)
            workers.kill(name)
            workers.start(name)
        assert_exact(outputs(workers, COUNT), COUNT, keys=KEYS, once=guarantee == "exactly_once")


@guarantees
def test_a_worker_killed_while_it_starts_leaves_no_trace(kafka: str, guarantee: Guarantee) -> None:
    source = fresh("early")
    with counting(kafka, source, guarantee=guarantee) as workers:
        produce(kafka, source, chats(2000, keys=KEYS))
        for pause in (0.5, 1.0, 1.5, 2.0):
            workers.start()
            time.sleep(pause)
            workers.kill()
        workers.start()
        assert_exact(outputs(workers, 2000), 2000, keys=KEYS, once=guarantee == "exactly_once")


def test_a_broker_killed_in_mid_stream_is_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("broker")) as broker:
        source = fresh("broker")
        with counting(broker.bootstrap, source, nap=0.0005) as workers:
            produce(broker.bootstrap, source, chats(10_000, keys=KEYS))
            workers.supervise("w1")
            time.sleep(4)
            broker.restart()
            assert_exact(outputs(workers, 10_000), 10_000, keys=KEYS)
