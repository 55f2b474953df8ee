"""The topics on a real broker: created once, with the contract's policies, and never with another partition count."""

import functools

import pytest
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType

from schemas.errors import Misconfigured, Unavailable
from streams import topology
from streams.settings import Settings
from streams.waiting import until
from tests.topics import PARTITIONS, fresh

pytestmark = pytest.mark.kafka


def test_everything_is_there_with_its_partitions_and_creating_it_again_creates_nothing(spine: Settings) -> None:
    there = topology.existing(topology.admin(spine.kafka))
    assert {name: there.get(name) for name in topology.wanted()} == dict.fromkeys(topology.wanted(), PARTITIONS)
    assert topology.create(spine.kafka, partitions=PARTITIONS, replication=1) == []


def test_the_policies_are_what_the_broker_was_told(spine: Settings) -> None:
    admin = topology.admin(spine.kafka)
    asked = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in topology.wanted()])
    for resource, answer in asked.items():
        told = {name: entry.value for name, entry in answer.result(10).items()}
        config = topology.wanted()[resource.name]
        assert {name: told[name] for name in config} == config, resource.name


def test_a_topic_that_somebody_deleted_is_created_again_alone(spine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    more = {fresh("more"): {"cleanup.policy": "compact"}, fresh("more"): {}}
    before = topology.wanted()
    monkeypatch.setattr(topology, "wanted", lambda: before | more)
    assert topology.create(spine.kafka, partitions=PARTITIONS, replication=1) == sorted(more)


def test_two_that_create_at_once_both_succeed(spine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    name = fresh("race")
    monkeypatch.setattr(topology, "wanted", lambda: {name: {}})
    assert topology.create(spine.kafka, partitions=PARTITIONS, replication=1) == [name]
    monkeypatch.setattr(topology, "existing", lambda kafka: {})
    assert topology.create(spine.kafka, partitions=PARTITIONS, replication=1) == [name]


def test_another_partition_count_is_refused_with_the_setting_and_the_mend(spine: Settings) -> None:
    with pytest.raises(Misconfigured) as said:
        topology.create(spine.kafka, partitions=PARTITIONS + 1, replication=1)
    assert f"KEFU_PARTITIONS={PARTITIONS + 1}, but topic" in str(said.value)
    assert f"set KEFU_PARTITIONS={PARTITIONS}" in str(said.value)


def test_more_replicas_than_brokers_are_refused_in_words(spine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    name = fresh("copies")
    monkeypatch.setattr(topology, "wanted", lambda: {name: {}})
    with pytest.raises(Unavailable, match=f"topic {name} could not be created: .*replication"):
        topology.create(spine.kafka, partitions=1, replication=3)


def test_a_group_can_be_coordinated_on_a_broker_that_answers(spine: Settings) -> None:
    until("Kafka's offsets", functools.partial(topology.coordinate, spine.kafka, fresh("group")))
