"""P4 over HTTP: our pool and LiteLLM's router on the same simulated servers, one slow, one that comes and goes."""

import json
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

SERVERS, SLOW, FLAPPING = 4, 1, 3
UP_S, DOWN_S = 12.0, 4.0
PEERS = Path(".venv-bench/bin/python")
CASES = (("kefu", "bench.cases.pool_kefu", Path(sys.executable)), ("LiteLLM router", "bench.cases.pool_litellm", PEERS))
WITHIN_S = 8.0
QUICK = ("--loading", "0.01", "--answer", "40", "--decode", "20000", "--prefill", "1000000")
"""Servers that answer at once: what is measured is who asks them."""
ROUNDS = 3


def run(*, quick: bool) -> str:
    """The table, as Markdown."""
    seconds, rate = (20.0, 3.0) if quick else (60.0, 3.0)
    lines = [
        f"### Over HTTP: {SERVERS} simulated servers, {rate:g} questions a second for {seconds:.0f} s",
        f"| pool | good in {WITHIN_S:.0f} s | p50 s | p99 s | broken | CPU ms a call |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, module, python in CASES:
        if not python.exists():
            lines.append(f"| {name} | not installed: `make bench` sets it up | | | | |")
            continue
        with _servers() as urls:
            told = _played([str(python), "-m", module, "7", str(seconds), str(rate), *urls])
        lines.append(_line(name, told))
    return "\n".join([*lines, "", *_calls_per_core()]) + "\n"


def _calls_per_core() -> list[str]:
    """How many streamed calls a core can make: the CPU seconds of a burst of them, medians of interleaved rounds."""
    spent: dict[str, list[float]] = {name: [] for name, _, python in CASES if python.exists()}
    started = [_start(0, QUICK) for _ in range(SERVERS)]
    try:
        for _ in range(ROUNDS):
            for name, module, python in (case for case in CASES if case[0] in spent):
                told = _played([str(python), "-m", module, "7", "2", "200", *(url for url, _ in started)])
                spent[name].append(told["cpu_s"] / told["asked"])
    finally:
        for _, process in started:
            _end(process)
    ours = statistics.median(spent[CASES[0][0]])
    lines = [f"### A burst on {SERVERS} servers that answer at once, 40 pieces a call", ""]
    lines += ["| pool | CPU ms a call | calls a second a core | of ours |", "| --- | --- | --- | --- |"]
    for name, each in spent.items():
        middle = statistics.median(each)
        ranged = f"{middle * 1e3:.1f} ({min(each) * 1e3:.1f} to {max(each) * 1e3:.1f})"
        lines.append(f"| {name} | {ranged} | {1 / middle:.0f} | {ours / middle:.2f} × |")
    return lines


def _line(name: str, told: dict[str, Any]) -> str:
    took, asked = told["took"], told["asked"]
    good = sum(one <= WITHIN_S for one in took)
    return (
        f"| {name} | {good / asked:.1%} | {took[len(took) // 2]:.2f} | {took[int(len(took) * 0.99)]:.2f} "
        f"| {told['broken'] / asked:.1%} | {told['cpu_s'] / asked * 1000:.1f} |"
    )


def _played(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"{command[2]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(lines[-1])
    return told


@contextmanager
def _servers() -> Iterator[list[str]]:
    """Addresses of simulated servers, one of which goes down and comes back while they are used."""
    started = [_start(0, _paced(4.0 if number == SLOW else 1.0)) for number in range(SERVERS)]
    urls, over = [url for url, _ in started], threading.Event()
    processes = [process for _, process in started]

    def flap() -> None:
        port = int(urls[FLAPPING].rpartition(":")[2])
        while not over.wait(UP_S):
            _end(processes[FLAPPING])
            over.wait(DOWN_S)
            processes[FLAPPING] = _start(port, _paced(1.0))[1]

    flapping = threading.Thread(target=flap)
    flapping.start()
    try:
        yield urls
    finally:
        over.set()
        flapping.join()
        for process in processes:
            _end(process)


def _paced(slow: float) -> tuple[str, ...]:
    return ("--slow", str(slow), "--loading", "0.5", "--answer", "40", "--decode", "40")


def _start(port: int, options: Sequence[str]) -> tuple[str, "subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "tests.servers.simulated_ollama", "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    url: str = msgspec.json.decode(process.stdout.readline())["url"]
    return url, process


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
