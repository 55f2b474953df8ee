"""The doctor without anything running: each finding says what is wrong and how to mend it, and nothing is changed."""

import collections
import os
from pathlib import Path

import pytest

from streams import doctor
from streams.doctor import Finding, examine
from streams.settings import Settings
from streams.up import failing
from streams.up.journal import Fate
from streams.up.leftovers import SUPERVISOR, Roster

NOBODY = {
    "kafka": "127.0.0.1:9",
    "clickhouse_url": "http://127.0.0.1:9",
    "http_port": 9,
    "ollama_urls": "",
    "business_url": "http://127.0.0.1:9",
}


def found(home: Path, **more: object) -> dict[str, Finding]:
    settings = Settings(home=home).model_copy(update=NOBODY | more)
    return {finding.what: finding for finding in examine(settings)}


@pytest.fixture(autouse=True)
def _no_long_wait_for_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(kafka: object) -> dict[str, int]:
        raise doctor.Wrong("Broker transport failure")

    monkeypatch.setattr("streams.topology.existing", nobody)


def test_what_does_not_answer_is_wrong_and_its_mend_is_said(tmp_path: Path) -> None:
    findings = found(tmp_path)
    assert list(findings) == ["disk", "processes", "Kafka", "ClickHouse", "gateway", "models", "tools"]
    for what, setting in {"Kafka": "KEFU_KAFKA=127.0.0.1:9", "ClickHouse": "http://127.0.0.1:9"}.items():
        assert findings[what].wrong
        assert setting in findings[what].text
        assert "`make run`" in findings[what].text
    assert findings["gateway"].line().startswith("✗ gateway: http://127.0.0.1:9 does not answer")


def test_no_models_is_no_fault(tmp_path: Path) -> None:
    assert found(tmp_path)["models"].line().startswith("✓ models: offline: ")


def test_nothing_is_created(tmp_path: Path) -> None:
    home = tmp_path / "not" / "yet"
    assert not found(home)["disk"].wrong
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(0, 0, 1024**3))
    finding = found(tmp_path)["disk"]
    assert finding.line().startswith("✗ disk: 1.0 GiB free")
    assert "make room" in finding.text


@pytest.mark.parametrize(("host", "shown"), [("::1", "http://[::1]:9"), ("localhost", "http://localhost:9")])
def test_the_gateway_is_looked_for_at_every_kind_of_address(tmp_path: Path, host: str, shown: str) -> None:
    assert shown in found(tmp_path, http_host=host)["gateway"].text


def test_a_process_that_fails_again_and_again_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert not found(tmp_path)["processes"].wrong
    Roster(tmp_path).write({SUPERVISOR: os.getpid(), "sinks": os.getpid()})
    failing.note(tmp_path, {"sinks": Fate(1, "exit status 1", 2), "tools": Fate(2)})
    assert found(tmp_path)["processes"].text == "1 of `kefu up` run"
    failing.note(tmp_path, {"sinks": Fate(1, "exit status 1", 3), "tools": Fate(2)})
    told = found(tmp_path)["processes"]
    assert told.wrong
    assert "sinks fails again and again (3 times, exit status 1)" in told.text
    assert "sinks.log" in told.text
    failing.note(tmp_path, {"sinks": Fate(3), "tools": Fate(2)})
    assert not found(tmp_path)["processes"].wrong
