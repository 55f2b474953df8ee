"""What every librdkafka client is told, and an outage said once."""

import logging

import pytest
from confluent_kafka import KafkaError

from streams import librdkafka
from streams.librdkafka import client, reader


def test_names_are_librdkafkas_and_the_callers_go_before_ours() -> None:
    config = reader("a:1", "g", fetch_wait_max_ms=20, auto_offset_reset="latest")
    assert config["bootstrap.servers"] == "a:1"
    assert (config["group.id"], config["fetch.wait.max.ms"], config["auto.offset.reset"]) == ("g", 20, "latest")
    assert (config["enable.auto.commit"], config["isolation.level"]) == (False, "read_committed")


def test_an_outage_is_said_once_and_again_when_it_lasts(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = client("a:1")["error_cb"]
    with caplog.at_level(logging.WARNING, "kefu.kafka"):
        for _ in range(3):
            say(KafkaError(KafkaError._ALL_BROKERS_DOWN, "all are down"))
        assert [record.getMessage() for record in caplog.records] == [
            "Kafka: all are down; it is tried again until it answers"
        ]
        monkeypatch.setattr(librdkafka, "SAY_EVERY_S", 0.0)
        say(KafkaError(KafkaError._ALL_BROKERS_DOWN, "all are down"))
    assert len(caplog.records) == 2
