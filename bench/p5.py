"""P5: a restart with many conversations, beside a raw scan of their changelog, interleaved."""

import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer

from agents.ports import Kept
from bench.cases.restart import PARTITIONS, Conversation
from streams import state_frame
from tests.servers.kafka import broker
from tests.topics import create

CHANGELOG = "state.bench.v1"
PER_COMMIT = 20_000
TAIL = 100
"""One key of so many changes between two restarts."""
TEXT = "你好，我想退货，订单号是 2026{number}，买了三天还没有发货，请问什么时候能到？ My parcel has not arrived yet. "
CASES = {
    "scan": "raw scan: consume and count",
    "plain scan": "the same with librdkafka's default settings",
    "memory": "kefu, states in memory",
    "empty": "kefu, states on disk, folder empty",
    "disk": "kefu, states on disk, only the tail to read",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One run: seconds by the clock and of the processor."""

    seconds: float
    cpu: float


def run(*, quick: bool) -> str:
    """The table, as Markdown."""
    keys, rounds = (100_000 if quick else 1_000_000), 3
    figures: dict[str, list[Figure]] = {case: [] for case in CASES}
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, broker(Path(folder, "kafka")) as bootstrap:
        producer = _changelog(bootstrap)
        _write(producer, range(keys))
        for turn in range(rounds):
            for case, runs in figures.items():
                if case == "empty":
                    shutil.rmtree(Path(folder, "states"), ignore_errors=True)
                if case == "disk":
                    _write(producer, range(turn, keys, TAIL))
                runs.append(_measured(bootstrap, keys, case, Path(folder, "states")))
    return _table(figures, keys, rounds)


def _changelog(bootstrap: str) -> Producer:
    create(bootstrap, CHANGELOG, partitions=PARTITIONS, config={"cleanup.policy": "compact"})
    settings = {"bootstrap.servers": bootstrap, "transactional.id": "bench", "compression.type": "lz4"}
    producer = Producer(settings | {"linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    producer.init_transactions(60)
    return producer


def _write(producer: Producer, numbers: Sequence[int]) -> None:
    for first in range(0, len(numbers), PER_COMMIT):
        producer.begin_transaction()
        for number in numbers[first : first + PER_COMMIT]:
            producer.produce(CHANGELOG, _value(number), b"conversation-%d" % number, number % PARTITIONS)
        producer.commit_transaction(60)


def _value(number: int) -> bytes:
    chance = random.Random(number)
    turns = [
        {"id": f"{chance.getrandbits(64):016x}", "text": TEXT.format(number=number), "at": 1.7e9 + number, "by": by}
        for by in ("customer", "agent", "customer")
    ]
    return state_frame.encode(Kept(Conversation(turns), {"chat.inbound.v1": number, "inference.results.v1": number}))


def _measured(bootstrap: str, keys: int, case: str, folder: Path) -> Figure:
    command = [sys.executable, "-m", "bench.cases.restart", bootstrap, CHANGELOG, str(keys), case, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"{case} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    line = json.loads(lines[-1])
    return Figure(line["seconds"], line["cpu_seconds"])


def _table(figures: dict[str, list[Figure]], keys: int, rounds: int) -> str:
    scan = statistics.median(figure.seconds for figure in figures["scan"])
    lines = ["| restart | seconds: median (min – max) | CPU seconds | × raw scan |", "| --- | --- | --- | --- |"]
    for case, runs in figures.items():
        times = sorted(figure.seconds for figure in runs)
        middle, cpu = statistics.median(times), statistics.median(figure.cpu for figure in runs)
        lines.append(
            f"| {CASES[case]} | {middle:.2f} ({times[0]:.2f} – {times[-1]:.2f}) | {cpu:.2f} | {middle / scan:.2f} |"
        )
    size = len(_value(keys))
    title = f"## P5: restart with {keys} conversations of {size} bytes, {rounds} interleaved rounds"
    return title + "\n\n" + "\n".join(lines) + f"\n\nThe tail: every {TAIL}th conversation changed again.\n"
