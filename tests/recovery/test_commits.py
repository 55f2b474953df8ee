"""A worker is killed with -9 at each point of a commit, and restarted or replaced: every chat is answered once."""

import signal
import time

import pytest

from tests.chats import assert_exact, chats, outputs
from tests.programs.control import HASTY_S, Counting, counting
from tests.programs.dying import POINTS
from tests.topics import fresh, produce, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]


def feed_until_dead(workers: Counting, name: str) -> int:
    """Chats in small portions, so that each has a commit, until the worker has killed itself; how many there were."""
    sent = 0
    ends = time.monotonic() + 60
    while workers.running[name].poll() is None and time.monotonic() < ends:
        produce(workers.bootstrap, workers.source, chats(20, first=sent))
        sent += 20
        time.sleep(0.3)
    assert workers.died(name) == -signal.SIGKILL
    return sent


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_of_a_commit_and_restarted(kafka: str, point: str) -> None:
    with counting(kafka, fresh("point")) as workers:
        workers.start(die=[point])
        count = feed_until_dead(workers, "w1")
        workers.start()
        assert_exact(outputs(workers, count), count)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_of_a_commit_and_replaced_by_another_worker(kafka: str, point: str) -> None:
    """The successor has another name: it has to wait until the broker has decided the dead one's transaction."""
    with counting(kafka, fresh("heir"), session_s=HASTY_S) as workers:
        workers.start(die=[point])
        count = feed_until_dead(workers, "w1")
        workers.supervise("w2")
        assert_exact(outputs(workers, count), count)


def test_work_that_was_committed_before_a_kill_is_not_done_again(kafka: str) -> None:
    with counting(kafka, fresh("rest")) as workers:
        workers.start()
        produce(kafka, workers.source, chats(100))
        outputs(workers, 100)
        time.sleep(0.5)
        workers.kill()
        workers.start()
        produce(kafka, workers.source, chats(100, first=100))
        assert_exact(outputs(workers, 200), 200)
        wait_until(lambda: workers.stop() == 0)
