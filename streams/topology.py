"""Creates the topics with the contract's settings, and those that hold the agents' states."""

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas import topics
from schemas.errors import Misconfigured, Unavailable
from streams.librdkafka import client, reader
from streams.sender import refused

STATEFUL = ("dialogue",)
"""Agents with a state; each has a changelog."""


def changelog(agent: str) -> str:
    """The topic that holds an agent's states."""
    return f"state.{agent}.v1"


def wanted() -> dict[str, dict[str, str]]:
    """Every topic that kefu creates, with its settings."""
    return topics.created() | {changelog(agent): topics.STATE_CONFIG for agent in STATEFUL}


def admin(bootstrap: str) -> AdminClient:
    return AdminClient(client(bootstrap, socket_timeout_ms=5000))


def existing(kafka: AdminClient) -> dict[str, int]:
    """Partition counts of the topics that are there. Raises Unavailable when no broker answers."""
    try:
        listed = kafka.list_topics(timeout=5)
    except KafkaException as problem:
        raise Unavailable(refused(problem)) from None
    return {name: len(topic.partitions) for name, topic in listed.topics.items()}


def create(bootstrap: str, *, partitions: int, replication: int) -> list[str]:
    """Create what is missing and say what was created.

    Raises Unavailable when the broker does not answer, Misconfigured when a topic has another partition count.
    """
    kafka = admin(bootstrap)
    there = existing(kafka)
    missing = {name: config for name, config in wanted().items() if name not in there}
    _check(there, partitions)
    if missing:
        _create(kafka, missing, partitions, replication)
    return sorted(missing)


def coordinate(bootstrap: str, group: str) -> None:
    """Return once the broker keeps offsets for the group. Raises Unavailable while it does not yet."""
    consumer = Consumer(reader(bootstrap, group))
    try:
        consumer.committed([TopicPartition(topics.INBOUND.name, 0)], timeout=5)
    except KafkaException as problem:
        raise Unavailable(refused(problem)) from None
    finally:
        consumer.close()


def _check(there: Mapping[str, int], partitions: int) -> None:
    for name in wanted():
        if name in there and there[name] != partitions:
            raise Misconfigured(
                f"KEFU_PARTITIONS={partitions}, but topic {name} has {there[name]} partitions: "
                f"set KEFU_PARTITIONS={there[name]}, or use another Kafka"
            )


def _create(kafka: AdminClient, missing: Mapping[str, Mapping[str, str]], partitions: int, replication: int) -> None:
    new = [NewTopic(name, partitions, replication, config=dict(config)) for name, config in missing.items()]
    for name, outcome in kafka.create_topics(new, request_timeout=30).items():
        try:
            outcome.result()
        except KafkaException as problem:
            if problem.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise Unavailable(f"topic {name} could not be created: {refused(problem)}") from None
