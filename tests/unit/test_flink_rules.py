"""The monitor's rules, statements and folders: everything of it that needs no Flink."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from flink_jobs import checkpoints, cluster, gate, quality, rules
from flink_jobs.__main__ import main
from flink_jobs.checkpoints import Past
from flink_jobs.cluster import Cluster
from flink_jobs.quality import Quality
from schemas import times
from schemas.errors import Misconfigured
from schemas.operations import Alert, LogEvent

JOB = Quality("127.0.0.1:1", Path("/gate"))


def columns(ddl: str) -> list[str]:
    return re.findall(r"`?(\w+)`? (?:STRING|DOUBLE|TIMESTAMP_LTZ\(3\))(?! METADATA)", ddl)


def test_the_alerts_table_is_the_alert() -> None:
    *_, alerts = quality.tables(JOB)
    assert columns(alerts) == list(Alert.__struct_fields__)


def test_the_log_table_reads_only_what_a_log_event_has() -> None:
    log, *_ = quality.tables(JOB)
    assert set(columns(log)) < set(LogEvent.__struct_fields__)
    assert "occurred_at" in columns(log)


def test_each_rule_is_one_row_that_no_other_can_be_taken_for() -> None:
    names = [rule.name for rule in rules.RULES]
    assert len(set(names)) == len(names)
    assert rules.as_sql(rules.RULES).count("ROW('") == len(names)


def test_a_departure_has_a_floor_so_that_a_calm_past_does_not_alarm() -> None:
    assert all(rule.floor > 0 for rule in rules.RULES if rule.kind == "departure")


@pytest.mark.parametrize(
    ("window", "span", "windows"), [(10, "50.000", 6), (2, "58.000", 30), (90, "0.000", 1), (7, "56.000", 9)]
)
def test_lasting_means_every_window_of_a_minute(window: float, span: str, windows: int) -> None:
    statement = quality.insert(replace(JOB, window=window))
    assert f"RANGE BETWEEN INTERVAL '{span}' SECOND(3, 3) PRECEDING" in statement
    assert f"windows >= {windows})" in statement


def test_literals_cannot_end_early() -> None:
    assert rules.text("it's") == "'it''s'"
    assert rules.number(0.4) == "4.000000e-01"


def test_another_window_is_another_state_and_another_start_is_not() -> None:
    assert quality.fingerprint(JOB, engine="2.3") == quality.fingerprint(JOB, engine="2.3")
    assert quality.fingerprint(JOB, engine="2.3") != quality.fingerprint(JOB, engine="2.4")
    assert quality.fingerprint(JOB, engine="2.3") != quality.fingerprint(replace(JOB, window=2), engine="2.3")


def checkpoint(folder: Path, run: str, number: int, *, age: int, complete: bool = True) -> Path:
    path = folder / run / f"chk-{number}"
    path.mkdir(parents=True)
    if complete:
        (path / "_metadata").touch()
        os.utime(path / "_metadata", (1_000_000 - age, 1_000_000 - age))
    return path


def test_the_newest_whole_checkpoint_is_resumed_and_the_rest_is_swept(tmp_path: Path) -> None:
    checkpoint(tmp_path / "job", "a", 90, age=60)
    newest = checkpoint(tmp_path / "job", "b", 7, age=5)
    checkpoint(tmp_path / "job", "b", 8, age=0, complete=False)
    other = checkpoint(tmp_path / "other job", "c", 9, age=0)
    assert checkpoints.prepared(tmp_path, "job") == Past(tmp_path / "job", newest)
    assert not other.exists()
    assert [left.name for left in (tmp_path / "job").iterdir()] == ["b"]


def test_without_a_checkpoint_there_is_nothing_to_resume(tmp_path: Path) -> None:
    checkpoint(tmp_path / "job", "a", 1, age=0, complete=False)
    assert checkpoints.prepared(tmp_path, "job").newest is None


def test_the_gate_opens_at_the_second_checkpoint_of_this_run(tmp_path: Path) -> None:
    past = Past(tmp_path / "job", checkpoint(tmp_path / "job", "before", 9, age=60))
    (tmp_path / "gate").mkdir()
    opening = Thread(target=gate.open_when_reading, args=(tmp_path / "gate", past))
    opening.start()
    checkpoint(tmp_path / "job", "now", 10, age=50)
    opening.join(3 * gate.ASK_SECONDS)
    assert not list((tmp_path / "gate").iterdir())
    checkpoint(tmp_path / "job", "now", 11, age=40)
    opening.join(10)
    (opened,) = (tmp_path / "gate").iterdir()
    assert not opened.name.startswith((".", "_")), "Flink skips such files"
    assert json.loads(opened.read_text())["until_ms"] / 1000 > times.seconds("9998-12-31")


def test_one_copy_at_a_time_has_a_state(tmp_path: Path) -> None:
    held = checkpoints.claim(tmp_path)
    with pytest.raises(Misconfigured, match="another copy"):
        checkpoints.claim(tmp_path)
    os.close(held)
    os.close(checkpoints.claim(tmp_path))


@pytest.mark.parametrize("content", ["", "no number", "1", str(2**22 + 1)])
def test_a_pid_that_is_no_java_of_ours_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "java.pid").write_text(content)
    checkpoints.await_orphan(tmp_path / "java.pid")


def test_the_innermost_cause_is_told() -> None:
    trace = (
        "An error occurred\n: outer\n\tat x.y\nCaused by: middle\n\tat z\nCaused by: the broker is away\n\t... 6 more"
    )
    assert cluster.innermost(trace) == "the broker is away"
    assert cluster.innermost("only this\n") == "only this"
    assert cluster.innermost("") == "no reason given"


def test_the_cluster_listens_on_loopback_only_and_resumes_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "flink-sql-connector-kafka-5.jar").touch()
    place = Cluster(tmp_path, tmp_path)
    fresh = cluster.settings(place, Past(tmp_path, None))
    assert {fresh[name] for name in fresh if name.endswith(("bind-host", "bind-address"))} == {"127.0.0.1"}
    assert "execution.state-recovery.path" not in fresh
    resumed = cluster.settings(place, Past(tmp_path, tmp_path / "chk-3"))
    assert resumed["execution.state-recovery.path"] == (tmp_path / "chk-3").as_uri()


@pytest.mark.parametrize(
    ("extra", "complaint"), [([], "no flink-sql-connector-kafka-*.jar"), (["--window", "0.1"], "--window 0.1")]
)
def test_a_wrong_setting_is_named_with_its_mend(
    extra: list[str], complaint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["--kafka", "127.0.0.1:1", "--jars", str(tmp_path), "--state", str(tmp_path), *extra]) == 2
    assert complaint in capfd.readouterr().err
