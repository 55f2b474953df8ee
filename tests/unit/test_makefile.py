"""The Makefile and its scripts: the order of the steps, and what a machine lacks in a line each."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = ROOT / "infra" / "setup"
JAVA_21 = """echo 'openjdk version "21.0.2" 2024-01-16' >&2"""
JAVA_11 = """echo 'openjdk version "11.0.20" 2023-07-18' >&2"""
JAVA_8 = """echo 'java version "1.8.0_392"' >&2"""


def run(*command: str, folder: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | variables
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def machine(folder: Path, **programs: str) -> str:
    """A path with the usual tools and these programs, each the body of a shell script."""
    for tool in ("sh", "sed", "head", "grep"):
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def lacking(path: str, python: str = sys.executable, venv: str = "none") -> list[str]:
    done = run("/bin/sh", str(SETUP / "needs.sh"), python, venv, PATH=path)
    assert (done.returncode == 0) == (not done.stderr)
    return done.stderr.splitlines()


def test_a_complete_machine_lacks_nothing(tmp_path: Path) -> None:
    assert lacking(machine(tmp_path, java=JAVA_21, mvn="")) == []


@pytest.mark.parametrize(("java", "version"), [(JAVA_11, "11"), (JAVA_8, "1")])
def test_an_old_java_is_said_in_a_line(tmp_path: Path, java: str, version: str) -> None:
    [line] = lacking(machine(tmp_path, java=java, mvn=""))
    assert f"java is version {version}, and Kafka needs 17 or newer" in line


def test_everything_that_is_missing_is_said_at_once_with_its_mend(tmp_path: Path) -> None:
    python, java, maven = lacking(machine(tmp_path), python="python-of-nobody")
    assert "python-of-nobody does not run: install Python 3.11 or 3.12" in python
    assert "Java is missing" in java
    assert "apt install maven" in maven


@pytest.mark.parametrize("version", ["3.9.18", "3.13.0"])
def test_a_python_that_does_not_do_is_said_with_its_version(tmp_path: Path, version: str) -> None:
    [line] = lacking(machine(tmp_path, java=JAVA_21, mvn="", python3=f"echo {version}"), python="python3")
    assert f"python3 is version {version}, and kefu needs 3.11 or 3.12" in line


def test_an_environment_from_elsewhere_is_said(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / "pyvenv.cfg").touch()
    (tmp_path / "bin").mkdir()
    [line] = lacking(machine(tmp_path / "bin", java=JAVA_21, mvn=""), venv=str(venv))
    assert f"remove it (rm -rf {venv})" in line


def test_the_machine_is_checked_before_anything_is_downloaded(tmp_path: Path) -> None:
    steps = run("make", "--dry-run", "--always-make", "--jobs=1", "run", f"VENV={tmp_path}/v", "PYTHON=python3").stdout
    order = ["needs.sh", "-m venv", "pip install", "requirements.lock", "kefu up"]
    places = [steps.index(step) for step in order]
    assert places == sorted(places)
    assert steps.index("needs.sh") < steps.index("jars.sh") < steps.index("kefu up")


def test_a_second_start_sets_nothing_up(tmp_path: Path) -> None:
    done = tmp_path / "share" / "kefu" / "done"
    done.mkdir(parents=True)
    for stamp in ("venv", "run", "dev", "jars-kafka", "jars-flink", "jars-pages"):
        (done / stamp).touch()
    steps = run("make", "--dry-run", "run", f"VENV={tmp_path}").stdout
    assert "needs.sh" in steps
    assert not re.search(r"setup: ", steps)


def test_help_names_every_target_of_the_contract() -> None:
    listed = re.findall(r"^  make (\S+) ", run("make", "help").stdout, re.MULTILINE)
    assert {"run", "test", "check", "bench", "clean-state", "help"} <= set(listed)


def test_clean_state_removes_only_a_folder_of_kefu(tmp_path: Path) -> None:
    state, other = tmp_path / "state", tmp_path / "other"
    (state / "run").mkdir(parents=True)
    other.mkdir()
    assert run(str(SETUP / "clean.sh"), str(state)).returncode == 0
    refused = run(str(SETUP / "clean.sh"), str(other))
    assert not state.exists()
    assert (refused.returncode, other.exists()) == (1, True)


def test_clean_state_leaves_a_running_kefu_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "up.lock").write_text(f"{os.getpid()}\n")
    assert f"pid {os.getpid()}" in run(str(SETUP / "clean.sh"), str(tmp_path)).stderr
    assert tmp_path.exists()


def test_continuous_integration_runs_the_test_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"


def test_uv_is_pinned_with_its_hashes() -> None:
    pinned = (SETUP / "uv.txt").read_text()
    assert re.match(r"uv==\d+\.\d+\.\d+ ", pinned)
    assert pinned.count("--hash=sha256:") >= 5
