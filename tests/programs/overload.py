"""Twice as many questions as the servers can answer, for minutes: what is answered, what expires, what memory does.

``python -m tests.programs.overload [--seconds 300 --servers 4 --times 2]``: simulated servers as processes, one real
inference worker, a real broker. The capacity is measured first, by as many questions at a time as there are slots.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil
from confluent_kafka import Consumer, Producer

from schemas import codec, times, topics
from schemas.inference import ModelResult
from tests.programs.questions import Asking, question, workers
from tests.servers.kafka import broker

SLOTS, ANSWER, DECODE = 4, 40, 80.0
DEADLINE_S = 8.0


@contextmanager
def simulated(count: int) -> Iterator[list[str]]:
    """So many simulated servers; their addresses."""
    own = {"--slots": SLOTS, "--answer": ANSWER, "--decode": DECODE, "--loading": 0.2}
    options = [str(part) for pair in own.items() for part in pair]
    command = [sys.executable, "-m", "tests.servers.simulated_ollama", *options]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count)]
    try:
        yield [msgspec.json.decode(process.stdout.readline())["url"] for process in processes if process.stdout]
    finally:
        for process in processes:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


@dataclass
class Load:
    """Questions at a constant rate, whatever comes back; ``results`` by request."""

    bootstrap: str
    rate: float
    seconds: float
    results: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)

    def play(self, worker: psutil.Process) -> int:
        """Ask, then wait for what is open; how many were asked."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "partitioner": "murmur2_random", "linger.ms": 5})
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": f"load-{time.time()}",
                             "auto.offset.reset": "latest", "isolation.level": "read_committed"})  # fmt: skip
        consumer.subscribe([topics.RESULTS.name])
        consumer.poll(5)
        began, asked = time.monotonic(), 0
        while (passed := time.monotonic() - began) < self.seconds:
            while asked < passed * self.rate:
                request = question(f"load{asked}", 1, within_s=DEADLINE_S)
                producer.produce(topics.REQUESTS.name, codec.encode(request), request.conversation_id)
                asked += 1
            producer.poll(0)
            self._count(consumer, 0.05)
            self.memory.append(worker.memory_info().rss)
        producer.flush()
        deadline = time.monotonic() + 60
        while len(self.results) < asked and time.monotonic() < deadline:
            self._count(consumer, 0.5)
        consumer.close()
        return asked

    def _count(self, consumer: Consumer, wait_s: float) -> None:
        for message in consumer.consume(500, wait_s):
            if message.error() is None:
                result: ModelResult = codec.decode(topics.RESULTS, message.value())
                self.results[result.request_id] += 1
                self.outcomes[result.outcome] += 1


def capacity(bootstrap: str, servers: int, questions: int) -> float:
    """Answers a second when every slot is busy."""
    asking = Asking(bootstrap, servers * SLOTS + servers, questions)
    began = time.monotonic()
    asking.play()
    assert asking.problems() == []
    sent = [times.seconds(result.occurred_at) for results in asking.results.values() for result in results]
    return len(sent) / (max(sent) - min(sent)) if began else 0.0


def played(folder: Path, *, seconds: float, servers: int, over: float) -> dict[str, object]:
    """The figures of one run."""
    with ExitStack() as stack:
        bootstrap = stack.enter_context(broker(folder / "kafka"))
        urls = stack.enter_context(simulated(servers))
        stack.enter_context(workers(bootstrap, folder, urls))
        most = capacity(bootstrap, servers, 400)
        (worker,) = [p for p in psutil.Process().children(recursive=True) if "inference" in p.cmdline()]
        load = Load(bootstrap, over * most, seconds)
        asked = load.play(worker)
        third = len(load.memory) // 3
        return {
            "capacity per s": round(most, 1),
            "asked": asked,
            "outcomes": dict(load.outcomes),
            "goodput of capacity": round(load.outcomes["answered"] / (seconds + DEADLINE_S) / most, 3),
            "lost": asked - len(load.results),
            "double": sum(count - 1 for count in load.results.values()),
            "memory MB": [round(part / 2**20) for part in (load.memory[third], load.memory[-1])],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--servers", type=int, default=4)
    parser.add_argument("--times", type=float, default=2.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kefu-overload-") as folder:
        for name, figure in played(
            Path(folder), seconds=given.seconds, servers=given.servers, over=given.times
        ).items():
            print(f"{name}: {figure}")


if __name__ == "__main__":
    main()
