"""`kefu up` over the real supervisord, with small programs in the place of the broker, ClickHouse and the workers."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import psutil
import pytest

from streams.up import failing
from tests.servers.ports import free_port

SERVER = """
import http.server, sys
class Yes(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Yes).serve_forever()
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
BROKEN = "import sys; sys.exit('the reason is here')"


@dataclass
class Start:
    """A running `kefu up`, and what it has said so far."""

    home: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in self.process.stdout)

    def heard(self, part: str) -> Callable[[], bool]:
        return lambda: any(part in line for line in self.lines)

    def pids(self) -> dict[str, int]:
        """Of the programs and of the supervisor."""
        entries = json.loads((self.home / "run" / "processes.json").read_text())
        return {name: pid for name, (pid, _) in entries.items()}


@contextmanager
def started(folder: Path, **programs: str) -> Iterator[Start]:
    """`kefu up` whose processes are these Python programs, which never count as steady, and three servers."""
    ports = {name: free_port() for name in ("broker", "clickhouse", "gateway")}
    entries = [_program(folder, name, SERVER, str(port)) for name, port in ports.items()]
    entries += [_program(folder, name, code, startsecs=60) for name, code in programs.items()]
    log = "logfile=/dev/null\nlogfile_maxbytes=0\npidfile=%(ENV_UP_HOME)s/run/supervisor.pid\n"
    (folder / "processes.conf").write_text(f"[supervisord]\n{log}")
    with (folder / "processes.conf").open("a") as file:
        file.writelines(entries)
    settings = {
        "KEFU_HOME": str(folder),
        "KEFU_EMBEDDED": "clickhouse",
        "KEFU_KAFKA": f"127.0.0.1:{ports['broker']}",
        "KEFU_CLICKHOUSE_URL": f"http://127.0.0.1:{ports['clickhouse']}",
        "KEFU_HTTP_PORT": str(ports["gateway"]),
        "KEFU_OLLAMA_URLS": "",
    }
    command = [sys.executable, "-m", "tests.programs.kefu_up", str(folder / "processes.conf")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | settings)
    start = Start(folder, process)
    reader = Thread(target=start.read)
    reader.start()
    try:
        eventually(start.heard("Ready: "), start)
        yield start
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


def _program(folder: Path, name: str, code: str, *arguments: str, startsecs: int = 1) -> str:
    path = folder / f"{name}.py"
    path.write_text(code)
    return textwrap.dedent(f"""
        [program:{name}]
        command="{sys.executable}" "{path}" {" ".join(arguments)}
        startsecs={startsecs}
        startretries=1000
        stopwaitsecs=2
        autorestart=true
        redirect_stderr=true
        stdout_logfile=%(ENV_UP_HOME)s/logs/%(program_name)s.log
        """)


def eventually(holds: Callable[[], bool], start: Start, within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "\n".join(start.lines)
        time.sleep(0.05)


def gone(pids: dict[str, int]) -> Callable[[], bool]:
    return lambda: not any(psutil.pid_exists(pid) for pid in pids.values())


def test_it_says_ready_once_and_an_interrupt_ends_every_process(tmp_path: Path) -> None:
    with started(tmp_path, stubborn=STUBBORN) as start:
        eventually(lambda: "stubborn" in start.pids(), start)
        pids = start.pids()
        assert len(pids) == 5
        start.process.send_signal(signal.SIGINT)
        assert start.process.wait(15) == 0
        eventually(gone(pids), start, within_s=0.5)
    gateway = [line for line in start.lines if line.startswith("Ready: http://127.0.0.1:")]
    assert len(gateway) == 1
    assert start.lines[-1] == "stopped"


def test_offline_mode_is_said(tmp_path: Path) -> None:
    with started(tmp_path) as start:
        assert start.heard("offline mode, answers come from scripts and knowledge")()


def test_a_killed_process_comes_back_and_this_is_said(tmp_path: Path) -> None:
    with started(tmp_path) as start:
        time.sleep(1.5)  # past its startsecs, so that this counts as the end of a running process
        before = start.pids()["broker"]
        os.kill(before, signal.SIGKILL)
        eventually(start.heard("broker ended (killed by signal 9), started again"), start)
        assert start.pids()["broker"] != before


def test_what_fails_again_and_again_shows_its_last_line(tmp_path: Path) -> None:
    with started(tmp_path, broken=BROKEN) as start:
        said = "broken fails again and again (3 times, exit status 1); its last line: the reason is here"
        eventually(start.heard(said), start)
        eventually(lambda: "exit status 1" in failing.noted(tmp_path).get("broken", ""), start)


def test_a_killed_supervisor_is_started_again_with_its_processes(tmp_path: Path) -> None:
    with started(tmp_path) as start:
        before = start.pids()
        os.kill(before["supervisor"], signal.SIGKILL)
        eventually(start.heard("the supervisor ended (killed by signal 9), started again"), start)
        eventually(lambda: len(start.pids()) == 4, start)
        eventually(gone(before), start)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_nobody_outlives_a_killed_start(tmp_path: Path) -> None:
    with started(tmp_path) as start:
        pids = start.pids()
        start.process.kill()
        start.process.wait()
        eventually(gone(pids), start)


def test_the_next_start_ends_what_a_killed_one_left_behind(tmp_path: Path) -> None:
    with started(tmp_path) as start:
        pids = start.pids()
        start.process.send_signal(signal.SIGSTOP)
        os.kill(pids["supervisor"], signal.SIGKILL)
        start.process.kill()
        start.process.wait()
        left = {name: pid for name, pid in pids.items() if name != "supervisor"}
        assert not gone(left)()
        with started(tmp_path) as second:
            assert second.lines[1] == "ended broker, clickhouse, gateway"
            assert gone(left)()


def test_a_second_start_on_the_folder_names_the_first(tmp_path: Path) -> None:
    with started(tmp_path) as start:
        command = [sys.executable, "-m", "tests.programs.kefu_up", "unused"]
        settings = os.environ | {"KEFU_HOME": str(tmp_path)}
        second = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=30, check=False)
        assert f"another kefu (pid {start.process.pid}) runs on {tmp_path}" in second.stderr
