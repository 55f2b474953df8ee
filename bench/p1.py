"""P1: consume, decode, change, encode, produce; plain and with keyed state, at least and exactly once, beside peers."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.servers.kafka import broker

PARTITIONS, KEYS = 4, 5000
PEERS = Path(".venv-bench/bin/python")


@dataclass(frozen=True, slots=True)
class Case:
    """A contestant: its program, its interpreter, and the share of the records that it gets (slow ones get fewer)."""

    name: str
    module: str
    python: Path
    share: float = 1.0


HERE = Path(sys.executable)
KEFU = Case("kefu", "bench.cases.kefu", HERE)
QUIX = Case("Quix Streams 3.28", "bench.cases.quix", PEERS)
CASES = (
    KEFU,
    Case("bare confluent-kafka loop", "bench.cases.bare", HERE),
    QUIX,
    Case("stock Faust 0.15.3", "bench.cases.stock_faust", HERE, 0.1),
)
MODES = {"plain": CASES, "state": CASES, "plain-eos": (KEFU, QUIX), "state-eos": (KEFU, QUIX)}
"""``-eos``: exactly once, which only two of them can."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One run: records a second, and CPU microseconds a record."""

    rate: float
    cpu_us: float


def run(*, quick: bool) -> str:
    """The table, as Markdown."""
    count, rounds = (50_000, 1) if quick else (200_000, 3)
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, broker(Path(folder)) as bootstrap:
        tables = [
            _mode(bootstrap, mode, [case for case in cases if case.python.exists()], count, rounds)
            for mode, cases in MODES.items()
        ]
    missing = "" if PEERS.exists() else "\nQuix Streams is not installed: `make bench` sets it up.\n"
    return (
        f"## P1: transport, {count} records, {rounds} interleaved rounds; eos: exactly once\n\n"
        + "\n".join(tables)
        + missing
    )


def _mode(bootstrap: str, mode: str, cases: list[Case], count: int, rounds: int) -> str:
    sources = {case.share: _filled(bootstrap, int(count * case.share)) for case in cases}
    figures: dict[str, list[Figure]] = {case.name: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            figures[case.name].append(_measured(bootstrap, case, sources[case.share], int(count * case.share), mode))
    return _table(mode, figures)


def _table(mode: str, figures: dict[str, list[Figure]]) -> str:
    ours = statistics.median(figure.rate for figure in figures["kefu"])
    lines = [f"| {mode} | records/s: median (min – max) | CPU µs a record | kefu is |", "| --- | --- | --- | --- |"]
    for name, runs in figures.items():
        rates = sorted(figure.rate for figure in runs)
        middle = statistics.median(rates)
        cpu = statistics.median(figure.cpu_us for figure in runs)
        lines.append(
            f"| {name} | {middle:,.0f} ({rates[0]:,.0f} – {rates[-1]:,.0f}) | {cpu:.1f} | {ours / middle:.2f} × |"
        )
    return "\n".join(lines) + "\n"


def _measured(bootstrap: str, case: Case, source: str, count: int, mode: str) -> Figure:
    target = f"bench-{uuid.uuid4().hex[:8]}"
    _create(bootstrap, target, f"state.{target}.v1")
    command = [str(case.python), "-m", case.module, bootstrap, source, target, str(count), mode]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"{case.name} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    _check(bootstrap, case, target, count, mode)
    line = json.loads(lines[-1])
    return Figure(line["records"] / line["seconds"], line["cpu_seconds"] / line["records"] * 1e6)


def _filled(bootstrap: str, count: int) -> str:
    source = f"bench-source-{uuid.uuid4().hex[:8]}"
    _create(bootstrap, source)
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 20,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 1_000_000,
            "partitioner": "murmur2_random",
        }
    )
    for number in range(count):
        key = f"c{number % KEYS}"
        chat = {
            "id": f"{number:010}-{uuid.uuid4()}",
            "conversation": key,
            "channel": "web",
            "text": "你好，我想退货，订单号是 2026" + str(number),
            "ts": time.time(),
        }
        producer.produce(source, json.dumps(chat, ensure_ascii=False).encode(), key)
    producer.flush()
    return source


def _create(bootstrap: str, *names: str) -> None:
    config = {"cleanup.policy": "compact"}
    new = [NewTopic(name, PARTITIONS, 1, config=config if name.startswith("state.") else {}) for name in names]
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics(new).values():
        made.result()
    time.sleep(0.5)


def _check(bootstrap: str, case: Case, target: str, count: int, mode: str) -> None:
    """Every record once, each key in order, and with state the right numbers."""
    last: dict[str, int] = {}
    seen = 0
    for chat in _read(bootstrap, target):
        seen += 1
        number, key = int(chat["id"][:10]), chat["conversation"]
        expected = last.get(key, int(key[1:]) - KEYS) + KEYS
        if number != expected:
            raise SystemExit(f"{case.name}: record {number} of {key} came where {expected} was due")
        if mode.startswith("state") and chat["seen"] != number // KEYS + 1:
            raise SystemExit(f"{case.name}: record {number} says it is number {chat['seen']} of {key}")
        last[key] = number
    if seen != count:
        raise SystemExit(f"{case.name}: {seen} records out of {count}")


def _read(bootstrap: str, topic: str) -> list[dict[str, Any]]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"check-{uuid.uuid4()}",
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    consumer.subscribe([topic])
    ended, values = set[int | None](), list[dict[str, Any]]()
    while len(ended) < PARTITIONS:
        for message in consumer.consume(10_000, 0.2):
            problem = message.error()
            if problem is None:
                values.append(json.loads(message.value() or b""))
            elif problem.code() == KafkaError._PARTITION_EOF:
                ended.add(message.partition())
    consumer.close()
    return values
