"""The embedded ClickHouse as a process: what it refuses to start on, how it ends, and what a kill leaves."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.servers.clickhouse import embedded_clickhouse, start, stop
from tests.topics import wait_until

pytestmark = pytest.mark.clickhouse

BLOCK = 100
BRIEF = "SELECT sum(sleepEachRow(0.1)) FROM numbers(30) SETTINGS max_block_size = 1"
"""Three seconds: long enough to be seen, shorter than the grace that a stop gives."""


def ask(url: str, sql: str) -> str:
    answer = httpx.post(url, content=sql, timeout=30)
    assert answer.is_success, answer.text
    return answer.text.strip()


def until_seen(url: str, sql: str) -> None:
    """Until a query runs."""
    wait_until(lambda: ask(url, f"SELECT count() FROM system.processes WHERE query = '{sql}'") != "0")


def refusal(*arguments: str) -> str:
    """The one line with which a start ends."""
    command = [sys.executable, "-m", "infra.clickhouse", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    return done.stderr


def test_data_outlives_a_restart(tmp_path: Path) -> None:
    with embedded_clickhouse(tmp_path) as url:
        ask(url, "CREATE DATABASE kefu")
        ask(url, "CREATE TABLE kefu.t (a UInt8) ENGINE = ReplacingMergeTree ORDER BY a")
        ask(url, "INSERT INTO kefu.t VALUES (1), (2)")
        ask(url, "CREATE TABLE in_default (a UInt8) ENGINE = MergeTree ORDER BY a")
    with embedded_clickhouse(tmp_path) as url:
        assert ask(url, "SELECT sum(a) FROM kefu.t") == "3"
        assert ask(url, "EXISTS in_default") == "1"


def test_an_address_that_is_not_free_or_not_loopback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} of 127.0.0.1 is not free" in refusal("--data", str(tmp_path / "d"), "--port", port)
    assert "not a loopback address" in refusal("--data", str(tmp_path / "d"), "--host", "0.0.0.0")
    assert not (tmp_path / "d").exists()


def test_a_folder_in_use_names_its_owner(tmp_path: Path) -> None:
    process, _ = start(tmp_path)
    assert f"in use by process {process.pid}" in refusal("--data", str(tmp_path), "--port", "0")
    stop(process)


def test_folders_that_are_not_to_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "not writable" in refusal("--data", str(tmp_path / "file"), "--port", "0")
    assert "holds other files" in refusal("--data", str(tmp_path), "--port", "0")


@pytest.mark.parametrize("part", ["store", "metadata"])
def test_a_folder_that_lost_a_part_is_not_taken_for_an_empty_one(tmp_path: Path, part: str) -> None:
    with embedded_clickhouse(tmp_path) as url:
        ask(url, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    (tmp_path / part).rename(tmp_path / "elsewhere")
    assert f"half made: {part} is missing" in refusal("--data", str(tmp_path), "--port", "0")


def test_a_start_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "kefu.lock").write_text("1\n")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "status").write_text("PID: 1\n")
    process, _ = start(tmp_path)
    assert (tmp_path / "kefu.lock").read_text() == f"{process.pid}\n"
    stop(process)


def test_the_engines_own_log_alone_is_no_half_made_folder(tmp_path: Path) -> None:
    process, url = start(tmp_path)
    ask(url, "SYSTEM FLUSH LOGS")
    process.kill()
    stop(process)
    with embedded_clickhouse(tmp_path) as url:
        assert ask(url, "SELECT 1") == "1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_a_running_query_end(tmp_path: Path, number: signal.Signals) -> None:
    process, url = start(tmp_path)
    answers: list[str] = []
    query = threading.Thread(target=lambda: answers.append(ask(url, BRIEF)))
    query.start()
    until_seen(url, BRIEF)
    process.send_signal(number)
    query.join()
    assert answers == ["0"]
    assert stop(process) == 0


def test_a_query_without_an_end_does_not_hold_the_stop_up(tmp_path: Path) -> None:
    process, url = start(tmp_path)
    endless = "SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1"
    answers: list[httpx.Response] = []
    query = threading.Thread(target=lambda: answers.append(httpx.post(url, content=endless, timeout=60)))
    query.start()
    until_seen(url, endless)
    assert stop(process) == 0
    query.join()
    assert answers[0].headers["X-ClickHouse-Exception-Code"] == "394"


class Writer:
    """Inserts numbered blocks until the server is gone; knows which were acknowledged and which was on its way."""

    def __init__(self, url: str, first: int) -> None:
        self.acknowledged: set[int] = set()
        self.sending = first
        self._url = url
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _write(self) -> None:
        with httpx.Client(timeout=60) as http:
            while self._insert(http):
                self.acknowledged.add(self.sending)
                self.sending += 1

    def _insert(self, http: httpx.Client) -> bool:
        rows = "\n".join(f"{self.sending},{row}" for row in range(BLOCK))
        try:
            return http.post(self._url, content=f"INSERT INTO t FORMAT CSV\n{rows}\n").is_success
        except httpx.HTTPError:
            return False


@pytest.mark.timeout(240)
def test_thirty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    moments = random.Random(4)
    acknowledged, unsure, first = set[int](), set[int](), 0
    process, url = start(tmp_path)
    ask(url, "CREATE TABLE t (block UInt32, row UInt32) ENGINE = MergeTree ORDER BY (block, row)")
    for _ in range(30):
        writer = Writer(url, first)
        wait_until(lambda writer=writer: writer.acknowledged)  # type: ignore[misc]
        time.sleep(moments.uniform(0.02, 0.15))
        os.kill(process.pid, signal.SIGKILL)
        writer.join()
        stop(process)
        acknowledged |= writer.acknowledged
        unsure.add(writer.sending)
        first = writer.sending + 1
        process, url = start(tmp_path)
        lines = ask(url, "SELECT block, count() FROM t GROUP BY block").splitlines()
        found = {int(block): int(count) for block, count in (line.split("\t") for line in lines)}
        assert set(found.values()) <= {BLOCK}
        assert acknowledged <= set(found) <= acknowledged | unsure
    assert len(acknowledged) >= 30
    stop(process)


def test_it_stays_small(tmp_path: Path) -> None:
    process, url = start(tmp_path)
    ask(url, "CREATE TABLE t (id UInt64, text String) ENGINE = MergeTree ORDER BY id")
    ask(url, "INSERT INTO t SELECT number, repeat('退货 ', 20) FROM numbers(100000)")
    assert ask(url, "SELECT count() FROM t WHERE text LIKE '%退货%'") == "100000"
    resident = psutil.Process(process.pid).memory_info().rss
    stop(process)
    assert resident < 700 << 20
