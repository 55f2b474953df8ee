"""Two brokers, one of them also the controller: so that leaders and coordinators have somewhere to move to."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import ElectionType, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from infra.kafka.config import Broker, server_properties
from infra.kafka.java import format_command, run_command
from tests.servers.kafka import JARS, answers
from tests.servers.ports import free_port

CLUSTER_ID = "a2VmdS10ZXN0LWNsdXN0ZQ"
INTERNAL_TOPICS = ("__consumer_offsets", "__transaction_state")
INTERNAL_PARTITIONS = 8
REPLICATED: dict[str, object] = {
    "default.replication.factor": 2,
    "offsets.topic.replication.factor": 2,
    "transaction.state.log.replication.factor": 2,
    "num.partitions": 4,
}


@dataclass
class Node:
    """One broker; ``number`` 1 is the controller too."""

    number: int
    broker: Broker
    controller: int
    process: subprocess.Popen[bytes] | None = None

    def format(self) -> None:
        self.broker.data.mkdir(parents=True)
        told = server_properties(self.broker, self.controller)
        mine: dict[str, object] = {"node.id": self.number, **REPLICATED}
        if self.number != 1:
            mine |= {"process.roles": "broker", "listeners": f"PLAINTEXT://127.0.0.1:{self.broker.port}"}
        kept = [line for line in told.splitlines() if line.partition("=")[0] not in mine]
        self.broker.properties.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in mine.items())]))
        subprocess.run(format_command(self.broker, CLUSTER_ID), check=True, capture_output=True)

    def start(self) -> None:
        with (self.broker.data / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(run_command(self.broker), stdout=log, stderr=log, env=os.environ)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@dataclass
class Cluster:
    """Both brokers; clients are told of both."""

    folder: Path
    nodes: list[Node] = field(default_factory=list)

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{node.broker.port}" for node in self.nodes)

    def start(self) -> None:
        controller = free_port()
        for number in (1, 2):
            data = self.folder / f"node-{number}"
            self.nodes.append(Node(number, Broker(data, "127.0.0.1", free_port(), JARS, heap="256m"), controller))
        for node in self.nodes:
            node.format()
            node.start()
        self.wait_for(2)
        self._share_internal_topics()

    def wait_for(self, count: int) -> None:
        """Until so many brokers are up."""
        deadline = time.monotonic() + 120
        while not answers(self.bootstrap) or len(self._admin().list_topics(timeout=10).brokers) < count:
            assert time.monotonic() < deadline, "the brokers do not come up"
            time.sleep(0.2)

    def leader(self, topic: str, partition: int) -> int:
        """The number of the broker that leads a partition; -1 while nobody does."""
        told = self._admin().list_topics(timeout=10).topics.get(topic)
        return -1 if told is None or partition not in told.partitions else int(told.partitions[partition].leader)

    def prefer(self, topic: str) -> None:
        """Give each partition back to its preferred leader; a broker that was slow to start may have lost its own."""
        parts = [TopicPartition(topic, n) for n in range(INTERNAL_PARTITIONS)]
        kafka = self._admin()
        kafka.elect_leaders(ElectionType.PREFERRED, parts).result(timeout=30)

    def end(self) -> None:
        for node in self.nodes:
            if node.process is not None and node.process.poll() is None:
                node.kill()

    def _share_internal_topics(self) -> None:
        """Kafka's own topics, led in turn by both: left to itself, a slow start may give them all to one.

        A transactional id is a group's name and a suffix, so its partition's parity follows from the group's:
        the second broker leads the odd partitions of the one topic and the even ones of the other: it can have both.
        """
        topics = [
            NewTopic(
                topic,
                num_partitions=INTERNAL_PARTITIONS,
                replica_assignment=[[2, 1] if number % 2 == odd else [1, 2] for number in range(INTERNAL_PARTITIONS)],
                config={"cleanup.policy": "compact"},
            )
            for topic, odd in zip(INTERNAL_TOPICS, (1, 0), strict=True)
        ]
        kafka = self._admin()
        for told in kafka.create_topics(topics).values():
            told.result(timeout=60)

    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})


@contextmanager
def two_brokers(folder: Path) -> Iterator[Cluster]:
    """A cluster that runs; ended afterwards."""
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.end()
