"""The broker that coordinates a group and its transactions is killed: both move, and nothing is lost or doubled."""

import time
from pathlib import Path

import pytest

from tests.chats import assert_exact, chats, outputs
from tests.programs.control import counting
from tests.servers.cluster import INTERNAL_PARTITIONS, INTERNAL_TOPICS, Cluster, two_brokers
from tests.topics import fresh, produce, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

COUNT = 8000


def coordinator_partition(name: str) -> int:
    """Where Kafka keeps a group or transactional id: the absolute value of Java's String.hashCode, modulo."""
    code = 0
    for character in name:
        code = (31 * code + ord(character)) & 0xFFFFFFFF
    return ((code if code < 1 << 31 else code - (1 << 32)) & 0x7FFFFFFF) % INTERNAL_PARTITIONS


def led_by_second(cluster: Cluster, topic: str) -> set[int]:
    """The partitions of one of Kafka's own topics that the second broker leads, once it leads any."""

    def led() -> set[int]:
        cluster.prefer(topic)
        return {n for n in range(INTERNAL_PARTITIONS) if cluster.leader(topic, n) == 2}

    wait_until(led)
    return led()


def coordinated_by_second(cluster: Cluster) -> str:
    """A group whose offsets and first worker's transactions the second broker coordinates."""
    offsets, transactions = (led_by_second(cluster, topic) for topic in INTERNAL_TOPICS)
    names = (fresh("moved") for _ in range(10_000))
    return next(
        name
        for name in names
        if coordinator_partition(name) in offsets and coordinator_partition(f"{name}-w1") in transactions
    )


def test_the_coordinators_broker_is_killed_and_comes_back(tmp_path: Path) -> None:
    with two_brokers(tmp_path) as cluster:
        source = coordinated_by_second(cluster)
        with counting(cluster.bootstrap, source, nap=0.001) as workers:
            workers.supervise("w1")
            workers.supervise("w2")
            produce(cluster.bootstrap, source, chats(COUNT))
            wait_until(lambda: outputs(workers, 100))
            cluster.nodes[1].kill()
            wait_until(lambda: cluster.leader("__consumer_offsets", coordinator_partition(source)) == 1)
            time.sleep(3)
            cluster.nodes[1].start()
            assert_exact(outputs(workers, COUNT, seconds=180), COUNT)
