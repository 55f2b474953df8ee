"""The containers: the versions that are locked, loopback only, the embedded servers' limits, every worker once."""

import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import yaml

from infra.kafka.config import Broker, server_properties
from streams.settings import Settings
from streams.workers import WORKERS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "containers"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(package: str) -> str:
    found = re.search(rf"^{package}==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert found
    return found[1]


def jar(pom: str, artifact: str) -> str:
    found = re.search(rf"<artifactId>{artifact}</artifactId>\s*<version>(.*)</version>", _pom(pom).read_text())
    assert found
    return found[1]


def _pom(name: str) -> Path:
    return ROOT / "infra" / "jars" / name / "pom.xml"


def image(service: str) -> tuple[str, str]:
    name, _, tag = SERVICES[service]["image"].partition(":")
    return name, tag


def test_every_image_is_pinned_to_a_full_version() -> None:
    for service in SERVICES:
        assert re.match(r"\d+\.\d+\.\d+", image(service)[1]), service
    froms = re.findall(r"^FROM (\S+)", (FOLDER / "Dockerfile").read_text(), re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.1[12]\.\d+-slim-\w+", name) for name in froms)


def test_the_images_have_the_versions_that_are_locked() -> None:
    assert image("kafka") == ("apache/kafka", jar("kafka", "kafka_2.13"))
    assert image("flink-jobmanager")[1].split("-")[0] == locked("apache-flink")
    assert image("flink-jobmanager") == image("flink-taskmanager")
    assert image("dialogue") == ("kefu", PROJECT["version"])


def test_flink_and_its_connector_fit() -> None:
    assert jar("flink", "flink-sql-connector-kafka") == "5.0.0-2.2"
    assert locked("apache-flink").startswith("2.")


def test_ports_are_published_on_loopback_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_worker_has_one_container() -> None:
    commands = [service.get("command") for service in SERVICES.values()]
    workers = [command[1] for command in commands if command and command[0] == "worker"]
    assert sorted(workers) == sorted(WORKERS)


def test_the_settings_of_the_workers_are_settings() -> None:
    given = {name.removeprefix("KEFU_").lower() for name in SERVICES["dialogue"]["environment"]}
    assert given <= set(Settings.model_fields)


def test_the_broker_has_the_limits_of_the_embedded_one() -> None:
    embedded = dict(
        line.split("=", 1)
        for line in server_properties(Broker(Path("/d"), "127.0.0.1", 9092, Path("/j")), 1).splitlines()
    )
    environment = SERVICES["kafka"]["environment"]
    for name in ("auto.create.topics.enable", "message.max.bytes", "offsets.retention.minutes"):
        assert str(environment[f"KAFKA_{name.upper().replace('.', '_')}"]) == embedded[name]


def test_what_a_service_waits_for_exists_and_can_be_waited_for() -> None:
    for name, service in SERVICES.items():
        needed = service.get("depends_on", {})
        for other, how in needed.items() if isinstance(needed, dict) else []:
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other], (name, other)


def test_clickhouse_reads_rows_once() -> None:
    profile = ET.parse(FOLDER / "clickhouse" / "kefu.xml").getroot().find("profiles/default/final")
    assert profile is not None
    assert profile.text == "1"


def test_the_image_is_built_with_what_the_repository_holds() -> None:
    wanted = re.findall(r"^!(\S+)", (FOLDER / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert all((ROOT / name).exists() for name in wanted)
    assert {"agents", "flink_jobs", "infra", "schemas", "streams"} <= set(wanted)
