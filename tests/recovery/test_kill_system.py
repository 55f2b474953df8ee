"""kill -9 of any one process of ``make run`` in the middle of a load: nothing lost, turns and reconciliation clean."""

import threading
import time
from collections.abc import Iterator

import pytest

from tests.integration.test_system import Crowd
from tests.servers.system import System, running

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

VICTIMS = {
    "dialogue": "worker dialogue",
    "inference": "worker inference",
    "gateway": "worker gateway",
    "sinks": "worker sinks",
    "clickhouse": "infra.clickhouse",
    "broker": "kafka.Kafka",
}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(tmp_path_factory.mktemp("killed"), KEFU_EMBEDDED="kafka,clickhouse") as copy:
        yield copy


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_loses_nothing(system: System, victim: str) -> None:
    crowd = Crowd(system, 4000)
    sending = threading.Thread(target=crowd.send)
    sending.start()
    time.sleep(0.7)
    system.kill(VICTIMS[victim])
    sending.join()
    crowd.assert_in_order(crowd.wait())
    crowd.assert_logged()
