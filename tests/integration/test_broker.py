"""The embedded broker: what it acknowledged survives, and what cannot start says why."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas import topics
from tests.servers.kafka import JARS, Broker, running

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]
TOPIC = "kept"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running(tmp_path_factory.mktemp("broker"), partitions=3) as started:
        create(started.bootstrap, NewTopic(TOPIC, num_partitions=3, replication_factor=1))
        yield started


def create(bootstrap: str, topic: NewTopic) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    admin.create_topics([topic])[topic.topic].result(30)


def produce(bootstrap: str, values: list[bytes]) -> list[bytes | None]:
    """Sends all with acks=all; those that were acknowledged."""
    acknowledged: list[bytes | None] = []
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "log_level": 0})
    for value in values:
        producer.produce(TOPIC, value, on_delivery=lambda e, m: acknowledged.append(m.value()) if e is None else None)
    producer.flush(90)
    return acknowledged


def stored(bootstrap: str, partitions: int = 3) -> list[bytes]:
    """Every record of the topic, read from its beginning to the end that it has now."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "log_level": 0})
    places = [TopicPartition(TOPIC, partition, 0) for partition in range(partitions)]
    wanted = sum(consumer.get_watermark_offsets(place, timeout=30)[1] for place in places)
    consumer.assign(places)
    found: list[bytes] = []
    deadline = time.monotonic() + 90
    while len(found) < wanted and time.monotonic() < deadline:
        found += [value for m in consumer.consume(1000, timeout=1) if (value := m.value()) is not None]
    consumer.close()
    return found


def test_what_was_acknowledged_survives_kill_9(server: Broker) -> None:
    sent = [b"%d" % number for number in range(20_000)]
    assert len(produce(server.bootstrap, sent)) == len(sent)
    server.restart()
    assert sorted(stored(server.bootstrap)) == sorted(sent)


def test_a_second_broker_on_the_folder_names_the_first(server: Broker) -> None:
    assert server.process is not None
    said = refusal("--data", str(server.folder), "--listen", "127.0.0.1:1")
    assert f"another broker (pid {server.process.pid}) works in {server.folder}" in said


def test_a_port_in_use_names_its_holder_and_the_setting(server: Broker, tmp_path: Path) -> None:
    assert server.process is not None
    said = refusal("--data", str(tmp_path), "--listen", server.bootstrap)
    assert f"held by java, pid {server.process.pid}" in said
    assert "KEFU_KAFKA" in said


def test_topics_come_into_being_on_purpose_only(server: Broker) -> None:
    assert produce_error(server.bootstrap, b"lost", "mistyped") == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_the_largest_batch_is_that_of_the_topics(server: Broker) -> None:
    assert produce_error(server.bootstrap, b"x" * (topics.MAX_RECORD_BYTES + 1), TOPIC) == KafkaError.MSG_SIZE_TOO_LARGE


def produce_error(bootstrap: str, value: bytes, topic: str) -> int | None:
    """The code of the error that the broker answers one record with."""
    errors: list[int | None] = []
    own_limits = {"message.max.bytes": 4 * topics.MAX_RECORD_BYTES, "topic.metadata.propagation.max.ms": 500}
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0} | own_limits)
    try:
        producer.produce(topic, value, on_delivery=lambda error, _: errors.append(error.code() if error else None))
    except KafkaException as problem:
        errors.append(problem.args[0].code())
    producer.flush(30)
    return errors[0] if errors else None


def test_it_stops_when_told_and_finds_its_records_again(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        create(server.bootstrap, NewTopic(TOPIC, num_partitions=3, replication_factor=1))
        produce(server.bootstrap, [b"kept"])
        assert server.stop() == 128 + signal.SIGTERM
        server.start()
        assert stored(server.bootstrap) == [b"kept"]


def test_a_formatting_that_was_cut_short_is_done_again(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "bootstrap.checkpoint").touch()
    with running(tmp_path) as server:
        create(server.bootstrap, NewTopic(TOPIC, num_partitions=1, replication_factor=1))
        assert produce(server.bootstrap, [b"1"]) == [b"1"]


def test_records_without_metadata_are_not_started_on(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        create(server.bootstrap, NewTopic(TOPIC, num_partitions=1, replication_factor=1))
        produce(server.bootstrap, [b"1"])
    shutil.rmtree(tmp_path / "log" / "__cluster_metadata-0")
    assert "its __cluster_metadata-0 is missing" in refusal("--data", str(tmp_path), "--listen", server.bootstrap)
    assert (tmp_path / "log" / f"{TOPIC}-0" / "00000000000000000000.log").stat().st_size > 0


def refusal(*arguments: str) -> str:
    """What a broker says that must not start."""
    command = [sys.executable, "-m", "infra.kafka", *arguments, "--jars", str(JARS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    return done.stderr
