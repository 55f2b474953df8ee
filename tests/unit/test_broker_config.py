"""The broker's configuration and what it makes of the folder that it finds."""

import os
from pathlib import Path

import pytest

from infra.kafka.config import Broker, address, server_properties
from infra.kafka.folder import State, lock, state
from infra.kafka.java import run_command
from infra.kafka.refused import Refused
from schemas.topics import MAX_RECORD_BYTES

IDENTITY = "version=1\ncluster.id=Nrz6YOfPTFSFlAa7OfhRYA\nnode.id=1\n"


def properties(broker: Broker) -> dict[str, str]:
    return dict(line.split("=", 1) for line in server_properties(broker, 5555).splitlines())


def test_clients_and_controller_are_on_loopback_at_the_ports_asked_for() -> None:
    found = properties(Broker(Path("/data"), "127.0.0.1", 9092, Path("/jars")))
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:5555"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:5555"
    assert found["log.dirs"] == "/data/log"


def test_the_default_limit_is_that_of_the_topics() -> None:
    found = properties(Broker(Path("/data"), "127.0.0.1", 9092, Path("/jars")))
    assert found["message.max.bytes"] == str(MAX_RECORD_BYTES)


def test_the_heap_is_bounded() -> None:
    command = run_command(Broker(Path("/data"), "127.0.0.1", 9092, Path("/jars"), heap="200m"))
    assert "-Xmx200m" in command
    assert command[-2:] == ["kafka.Kafka", "/data/server.properties"]


@pytest.mark.parametrize("text", ["0.0.0.0:9092", "192.0.2.1:9092", "example.org:9092", ":9092", "127.0.0.1", "[::]:1"])
def test_only_loopback_addresses_are_listened_on(text: str) -> None:
    with pytest.raises(Refused, match="KEFU_KAFKA"):
        address(text)


@pytest.mark.parametrize("text", ["127.0.0.1:9092", "localhost:9092", "[::1]:9092"])
def test_loopback_has_several_names(text: str) -> None:
    assert address(text)[1] == 9092


def records(log: Path, folder: str = "topic-0") -> None:
    (log / folder).mkdir(parents=True)
    (log / folder / "00000000000000000000.log").write_bytes(b"record")


def test_a_new_folder_is_empty(tmp_path: Path) -> None:
    assert state(tmp_path / "log") is State.EMPTY


def test_a_folder_without_identity_and_records_is_half_formatted(tmp_path: Path) -> None:
    (tmp_path / "bootstrap.checkpoint").touch()
    (tmp_path / "meta.properties").touch()
    assert state(tmp_path) is State.HALF_FORMATTED


def test_a_formatted_folder_may_not_have_been_started_yet(tmp_path: Path) -> None:
    (tmp_path / "meta.properties").write_text(IDENTITY)
    assert state(tmp_path) is State.FORMATTED


def test_records_without_identity_are_kept(tmp_path: Path) -> None:
    records(tmp_path)
    (tmp_path / "meta.properties").write_bytes(b"\0" * 64)
    assert state(tmp_path) is State.WITHOUT_IDENTITY


def test_records_without_metadata_are_kept(tmp_path: Path) -> None:
    records(tmp_path)
    (tmp_path / "meta.properties").write_text(IDENTITY)
    assert state(tmp_path) is State.WITHOUT_METADATA
    records(tmp_path, "__cluster_metadata-0")
    assert state(tmp_path) is State.FORMATTED


def test_a_folder_is_locked_for_one(tmp_path: Path) -> None:
    handle = lock(tmp_path)
    with pytest.raises(Refused, match=rf"another broker \(pid {os.getpid()}\) works in"):
        lock(tmp_path)
    os.close(handle)
