"""Dozens of small histories on a real broker, with real processes: they too equal the step folded over the log.

``KEFU_SEED`` runs one of them alone.
"""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, IsolationLevel, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from streams import state_frame
from streams.changelog import LATEST
from streams.delivery import Guarantee
from streams.librdkafka import client, reader
from tests.fakes import FakeRecord
from tests.histories import INPUTS, TARGET, Agents, Memory, Told, messages
from tests.oracle import Given, check
from tests.programs.histories import PARTITIONS, start
from tests.topics import create, fresh, read

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

COUNT, AT_ONCE = 24, 12
TROUBLE_S = 13.0
"""Seconds of trouble: longer than a session, so that a worker that sleeps through most of it is a zombie."""
DRAIN_S = 90.0

_decode = state_frame.decoder(Memory)


@dataclass
class History:
    """One history on topics of its own."""

    bootstrap: str
    seed: int
    guarantee: Guarantee
    folder: Path
    random: Random = field(init=False)
    agents: Agents = field(default_factory=lambda: Agents(fresh("h")))
    workers: dict[str, BaseProcess] = field(default_factory=dict)
    said: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        name = self.agents.name
        inputs = [name(topic) for topic in INPUTS]
        create(self.bootstrap, *inputs, name(TARGET), *(f"dlq.{topic}" for topic in inputs), partitions=PARTITIONS)
        compacted = {"cleanup.policy": "compact"}
        create(self.bootstrap, self.changelog, partitions=PARTITIONS, config=compacted)

    @property
    def changelog(self) -> str:
        return f"state.{self.agents.group}.v1"

    def run(self) -> None:
        try:
            self._start("w0")
            for pause, act in self._plan():
                time.sleep(pause)
                act()
            self._calm()
            self._drain()
            check(self.given(), once=self.guarantee == "exactly_once")
        except AssertionError as problem:
            said = "\n".join(file.read_text(errors="replace")[-2000:] for file in self.folder.glob("*.log"))
            raise AssertionError(f"history {self.seed}, {self.guarantee} (KEFU_SEED): {problem}\n{said}") from None
        finally:
            for worker in self.workers.values():
                worker.kill()
                worker.join()

    def given(self) -> Given:
        records: list[Any] = [self._record(message) for topic in INPUTS for message in self._read(topic)]
        told = [msgspec.json.decode(message.value(), type=Told) for message in self._read(TARGET)]
        states = {message.key(): _decode(message.value()) for message in read(self.bootstrap, self.changelog)}
        letters = [
            dict(message.headers()) for topic in INPUTS for message in read(self.bootstrap, self._letters(topic))
        ]
        dead = [
            (h["__dlq.errors.topic"].decode(), int(h["__dlq.errors.partition"]), int(h["__dlq.errors.offset"]))
            for h in letters
        ]
        return Given(records, told, states, dead)

    def _plan(self) -> list[tuple[float, Callable[[], None]]]:
        """What happens, and how long after what was before."""
        random = self.random
        acts = [self._say] * random.randrange(4, 9)
        acts += random.choices([self._kill, self._kill, self._join, self._stop, self._doze], k=random.randrange(1, 5))
        if self.guarantee == "exactly_once" and random.random() < 0.4:
            acts += [self._sleep]
        times = sorted((random.random() * TROUBLE_S * 0.8, number) for number in range(len(acts)))
        pauses = [when - before for (when, _), (before, _) in zip(times, [(0.0, 0), *times], strict=False)]
        return list(zip(pauses, (acts[number] for _, number in times), strict=True))

    def _say(self) -> None:
        made = messages(self.random, self.said, self.random.randrange(5, 60), 5, once=self.guarantee == "exactly_once")
        self.said += 100
        name = fresh("channel") if self.random.random() < 0.4 else ""
        producer = Producer(
            client(self.bootstrap, partitioner="murmur2_random", linger_ms=2)
            | ({"transactional.id": name} if name else {})
        )
        if name:
            producer.init_transactions(20)
            producer.begin_transaction()
        for topic, key, value in made:
            producer.produce(self.agents.name(topic), value, key)
        assert producer.flush(20) == 0
        if name:
            time.sleep(self.random.random() * 0.5)
            producer.commit_transaction(20) if self.random.random() < 0.6 else producer.abort_transaction(20)

    def _start(self, name: str) -> None:
        self.workers[name] = start(self.bootstrap, self.agents.suffix, self.folder, name, self.guarantee)

    def _kill(self) -> None:
        """kill -9, and a start at once or later."""
        name = self.random.choice(list(self.workers))
        self.workers[name].kill()
        self.workers[name].join()
        if self.random.random() < 0.7:
            self._start(name)

    def _join(self) -> None:
        if len(self.workers) < 3:
            self._start(f"w{len(self.workers)}")

    def _stop(self) -> None:
        self.random.choice(list(self.workers.values())).terminate()

    def _doze(self) -> None:
        worker = self.random.choice(list(self.workers.values()))
        self._signal(worker, signal.SIGSTOP)
        time.sleep(self.random.random() * 1.5)
        self._signal(worker, signal.SIGCONT)

    def _sleep(self) -> None:
        """Past its session: the others get its partitions. It goes on in the calm."""
        self._signal(self.random.choice(list(self.workers.values())), signal.SIGSTOP)

    def _signal(self, worker: BaseProcess, number: int) -> None:
        with suppress(ProcessLookupError):
            if worker.is_alive():
                os.kill(worker.pid or 0, number)

    def _calm(self) -> None:
        """Sleepers go on, one worker at least is there, and those that ended start again."""
        time.sleep(TROUBLE_S * 0.2)
        for worker in self.workers.values():
            self._signal(worker, signal.SIGCONT)

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_S
        while not self._drained():
            assert time.monotonic() < deadline, "stuck"
            for name, worker in self.workers.items():
                if not worker.is_alive():
                    self._start(name)
            time.sleep(1.0)

    def _drained(self) -> bool:
        given, wanted = self.given(), dict[tuple[str, int], int]()
        for record in given.records:
            wanted[record.topic, record.partition] = record.offset + 1
        consumer = Consumer(reader(self.bootstrap, self.agents.group))
        try:
            told = consumer.committed([TopicPartition(*place) for place in wanted], timeout=20) if wanted else []
        finally:
            consumer.close()
        done = all(answer.offset >= wanted[answer.topic, answer.partition] for answer in told)
        return done and not any(kept.wakes for kept in given.states.values()) and self._decided()

    def _decided(self) -> bool:
        """Whether no transaction is open: the markers of one commit reach its partitions one after the other."""
        admin = AdminClient(client(self.bootstrap))
        written = [self.agents.name(TARGET), self.changelog, *map(self._letters, INPUTS)]
        asked = {TopicPartition(topic, part): LATEST for topic in written for part in range(PARTITIONS)}
        ends = [
            {place: told.result(20).offset for place, told in admin.list_offsets(asked, isolation_level=level).items()}
            for level in (IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED)
        ]
        return ends[0] == ends[1]

    def _read(self, topic: str) -> list[Any]:
        return read(self.bootstrap, self.agents.name(topic))

    def _letters(self, topic: str) -> str:
        return f"dlq.{self.agents.name(topic)}"

    def _record(self, message: Any) -> FakeRecord:
        stamp = message.timestamp()[1]
        return FakeRecord(message.topic(), message.partition(), message.offset(), message.key(), message.value(), stamp)


def play(bootstrap: str, seed: int) -> str:
    """What was wrong with a history; empty where nothing was."""
    guarantee: Guarantee = "at_least_once" if seed % 6 == 5 else "exactly_once"
    with tempfile.TemporaryDirectory(prefix="kefu-") as folder:
        try:
            History(bootstrap, seed, guarantee, Path(folder)).run()
        except AssertionError as problem:
            return str(problem)
    return ""


def test_histories_on_a_real_broker_equal_the_step_folded_over_their_log(kafka: str) -> None:
    seeds = range(COUNT) if "KEFU_SEED" not in os.environ else [int(os.environ["KEFU_SEED"])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        problems = list(pool.map(lambda seed: play(kafka, seed), seeds))
    assert not any(problems), "\n\n".join(filter(None, problems))
