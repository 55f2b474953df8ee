"""An agent whose work ends in any order: after kills every question is answered, and few are asked again."""

import json
import time

import pytest
from confluent_kafka import Consumer, TopicPartition

from tests.chats import chats, outputs
from tests.programs.control import Counting, counting
from tests.topics import fresh, produce, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

COUNT = 600
AT_ONCE = 20


def committed(workers: Counting) -> int:
    """How many chats lie below what the group has committed."""
    consumer = Consumer({"bootstrap.servers": workers.bootstrap, "group.id": workers.source})
    told = consumer.committed([TopicPartition(workers.source, partition) for partition in range(4)], timeout=10)
    consumer.close()
    return sum(max(place.offset, 0) for place in told)


def test_a_killed_asking_worker_answers_every_question_and_repeats_few(kafka: str) -> None:
    with counting(kafka, fresh("ask"), nap=0.2, program="asking") as workers:
        workers.supervise("w1")
        produce(kafka, workers.source, chats(COUNT))
        kills = 3
        for _ in range(kills):
            time.sleep(3)
            workers.kill("w1")
        answers = [chat["id"] for chat in outputs(workers, COUNT)]
    assert set(answers) == {str(number) for number in range(COUNT)}
    assert len(answers) - COUNT <= kills * AT_ONCE


def test_the_commit_stays_below_the_slowest_question_and_ends_at_the_end(kafka: str) -> None:
    with counting(kafka, fresh("below"), nap=0.05, program="asking") as workers:
        workers.start()
        produce(kafka, workers.source, chats(200))
        outputs(workers, 200)
        wait_until(lambda: committed(workers) == 200)
        assert workers.stop() == 0


def test_a_question_that_cannot_be_read_is_put_aside_and_passed_by(kafka: str) -> None:
    with counting(kafka, fresh("odd"), nap=0.05, program="asking") as workers:
        workers.start()
        produce(kafka, workers.source, [("c0", b"{no"), *chats(20)])
        assert {json.loads(chat["id"]) for chat in outputs(workers, 20)} == set(range(20))
        wait_until(lambda: committed(workers) == 21)
