"""Puts questions to inference workers over the topics, one at a time in each conversation, and counts what comes back.

``python -m tests.programs.questions [--questions 2000 --servers 4 --workers 2 --kills 8]``: real Ollama servers with
the tiny model, each killed with -9 and started again in turn; a hot switch and a gray release meanwhile.
"""

import argparse
import functools
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import Consumer, Producer

from schemas import codec, ids, times, topics
from schemas.inference import ModelMessage, ModelRequest, ModelResult
from streams import topology
from tests.servers.kafka import broker
from tests.servers.ollama import Ollama
from tests.servers.ollama import running as ollama_running

KEFU = Path(sys.executable).with_name("kefu")
PARTITIONS = 12
MODELS = ("tiny", "tiny-next")
CHANGES = {0.1: f"switch {MODELS[1]}", 0.4: f"release {MODELS[0]} 50 --name back", 0.6: "promote"}
"""What is done to the models once such a part of the questions is answered."""


@dataclass
class Asking:
    """Conversations that ask; each goes on when its question was answered. ``results`` in the order of their topic.

    At least ``questions`` are asked, and more as long as there is ``trouble``. A result that comes again is counted in
    ``repeats`` and dropped, as the dialogue drops it: a worker without a state asks again what was in flight when its
    partitions moved.
    """

    bootstrap: str
    conversations: int
    questions: int
    within_s: float = 300.0
    trouble: "Trouble | None" = None
    results: dict[str, list[ModelResult]] = field(default_factory=lambda: defaultdict(list))
    repeats: int = 0
    asked: dict[str, int] = field(default_factory=dict)

    def play(self) -> None:
        """Ask until all are answered. Raises TimeoutError."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "partitioner": "murmur2_random", "linger.ms": 2})
        consumer = self._consumer()
        for number in range(self.conversations):
            self._ask(producer, f"c{number}")
        deadline, answered = time.monotonic() + self.within_s, 0
        while answered < sum(self.asked.values()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{answered} of {sum(self.asked.values())} were answered in {self.within_s:g} s")
            for message in consumer.consume(100, 0.2):
                assert message.error() is None, message.error()
                result: ModelResult = codec.decode(topics.RESULTS, message.value())
                if not self._is_new(result):
                    continue
                answered += 1
                if self.trouble is not None:
                    self.trouble.look(answered)
                self._ask(producer, result.conversation_id)
            producer.poll(0)
        time.sleep(1)
        for message in consumer.consume(100, 2.0):
            self._is_new(codec.decode(topics.RESULTS, message.value()))
        consumer.close()

    def _is_new(self, result: ModelResult) -> bool:
        known = self.results[result.conversation_id]
        if any(one.request_id == result.request_id for one in known[-3:]):
            self.repeats += 1
            return False
        known.append(result)
        return True

    def _ask(self, producer: Producer, conversation: str) -> None:
        troubled = self.trouble is not None and not self.trouble.is_over()
        if sum(self.asked.values()) >= self.questions and not troubled:
            return
        number = self.asked[conversation] = self.asked.get(conversation, 0) + 1
        lane = topics.PRIORITY if number % 5 == 0 else topics.REQUESTS
        request = question(conversation, number, within_s=self.within_s)
        producer.produce(lane.name, codec.encode(request), conversation)

    def _consumer(self) -> Consumer:
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": ids.fresh("counting"), "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        })  # fmt: skip
        consumer.subscribe([topics.RESULTS.name])
        return consumer

    def problems(self) -> list[str]:
        """What is not as it should be: lost, double, mixed up, out of order."""
        said: list[str] = []
        for conversation, asked in self.asked.items():
            expected = [_id(conversation, number) for number in range(1, asked + 1)]
            got = [result.request_id for result in self.results[conversation]]
            if got != expected:
                said.append(f"{conversation}: asked {len(expected)}, got {len(got)}, {len(set(got))} different")
            said += [
                f"{result.request_id} came with {result.message_id}"
                for result in self.results[conversation]
                if result.message_id != f"m-{result.request_id}"
            ]
        return said

    def outcomes(self) -> Counter[str]:
        """How many results of each kind there are."""
        return Counter(result.outcome for results in self.results.values() for result in results)

    def models(self) -> Counter[tuple[str, str]]:
        """How many answers each model gave in each arm."""
        answered = (one for results in self.results.values() for one in results if one.outcome == "answered")
        return Counter((one.model, one.experiment) for one in answered)


def question(conversation: str, number: int, *, within_s: float) -> ModelRequest:
    """Question ``number`` of a conversation."""
    request_id, now = _id(conversation, number), time.time()
    told = ModelMessage(role="system", content="You are the desk of a shop.")
    return ModelRequest(
        request_id=request_id,
        reply_id=f"r-{request_id}",
        message_id=f"m-{request_id}",
        conversation_id=conversation,
        prompt_version="test",
        messages=(told, ModelMessage(role="user", content=f"{conversation} asks for the {number}. time")),
        deadline=times.rfc3339(now + within_s),
        occurred_at=times.rfc3339(now),
    )


def _id(conversation: str, number: int) -> str:
    return f"{conversation}-{number}"


@contextmanager
def workers(bootstrap: str, folder: Path, servers: Sequence[str], *, count: int = 1, **more: str) -> Iterator[None]:
    """So many inference workers, supervised: one that ends is started again."""
    ended = threading.Event()
    threads = [
        threading.Thread(target=_keep, args=(_environment(bootstrap, folder, servers, f"w{number}") | more, ended))
        for number in range(count)
    ]
    topology.create(bootstrap, partitions=PARTITIONS, replication=1)
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _keep(environment: dict[str, str], ended: threading.Event) -> None:
    while not ended.is_set():
        with (Path(environment["KEFU_HOME"]) / "inference.log").open("ab") as log:
            process = subprocess.Popen([KEFU, "worker", "inference"], env=environment, stdout=log, stderr=log)
        while process.poll() is None and not ended.wait(0.1):
            pass
        process.terminate()
        process.wait(20)


def _environment(bootstrap: str, folder: Path, servers: Sequence[str], name: str) -> dict[str, str]:
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    return dict(os.environ) | {
        "KEFU_HOME": str(home),
        "KEFU_KAFKA": bootstrap,
        "KEFU_OLLAMA_URLS": ",".join(servers),
        "KEFU_MODEL": MODELS[0],
        "KEFU_WORKER": name,
        "KEFU_PARTITIONS": str(PARTITIONS),
        "KEFU_MODEL_SLOTS": "4",
    }


def command(bootstrap: str, folder: Path, servers: Sequence[str], *arguments: str) -> str:
    """Run ``kefu`` with these arguments; what it prints."""
    environment = _environment(bootstrap, folder, servers, "cli")
    done = subprocess.run([KEFU, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Trouble:
    """Kills the servers in turn and changes the models, as questions are answered."""

    servers: Sequence[Ollama]
    kills: int
    questions: int
    command: Callable[..., str]
    done: list[str] = field(default_factory=list)
    _one_by_one: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _busy: list[Future[None]] = field(default_factory=list)

    def look(self, answered: int) -> None:
        """So many questions are answered: do what is due."""
        every = self.questions // (self.kills + 2)
        due = [f"kill {number}" for number in range(self.kills) if answered > (number + 1) * every]
        due += [change for share, change in CHANGES.items() if answered > share * self.questions]
        for act in due:
            if act not in self.done:
                self.done.append(act)
                self._busy.append(self._one_by_one.submit(self._do, act))

    def is_over(self) -> bool:
        """Whether all is done. Raises what went wrong."""
        for busy in self._busy:
            if busy.done():
                busy.result()
        return len(self._busy) == self.kills + len(CHANGES) and all(busy.done() for busy in self._busy)

    def _do(self, act: str) -> None:
        if not act.startswith("kill"):
            self.command("model", *act.split())
            self._in_force(act.split())
            return
        server = self.servers[int(act.split()[1]) % len(self.servers)]
        server.kill()
        time.sleep(0.5)
        server.start()

    def _in_force(self, change: Sequence[str]) -> None:
        """Wait until every worker answers with the model that the change has put first."""
        first = {"switch": MODELS[1], "promote": MODELS[0]}.get(change[0])
        while first and set(re.findall(r"^worker \S+: (\S+) answers", self.command("pool"), re.MULTILINE)) != {first}:
            time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("questions", 2000), ("servers", 4), ("workers", 2), ("kills", 8), ("conversations", 64)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kefu-questions-") as path, ExitStack() as stack:
        folder = Path(path)
        bootstrap = stack.enter_context(broker(folder / "kafka"))
        servers = [stack.enter_context(ollama_running(folder / f"ollama{n}")) for n in range(given.servers)]
        for server in servers:
            server.create(MODELS[1])
        urls = [server.url for server in servers]
        stack.enter_context(workers(bootstrap, folder, urls, count=given.workers))
        trouble = Trouble(servers, given.kills, given.questions, functools.partial(command, bootstrap, folder, urls))
        asking = Asking(bootstrap, given.conversations, given.questions, 1500.0, trouble)
        began = time.monotonic()
        asking.play()
        print(f"{sum(asking.asked.values())} questions in {time.monotonic() - began:.0f} s: {dict(asking.outcomes())}")
        print("models:", {" ".join(key).strip(): count for key, count in asking.models().items()})
        print("did:", ", ".join(trouble.done))
        print(f"results that came again and were dropped: {asking.repeats}")
        print("problems:", asking.problems() or "none")


if __name__ == "__main__":
    main()
