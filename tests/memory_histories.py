"""Histories on the log in memory: workers that are killed, frozen, stopped and joined by others while messages come."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from streams import state_frame
from streams.delivery import Guarantee
from streams.progress import Place
from tests.fakes import FakeRecord
from tests.histories import INPUTS, TARGET, Agents, Memory, Told, messages
from tests.memory_log import Entry, MemoryLog, Token
from tests.memory_producer import home
from tests.memory_time import Simulation
from tests.memory_worker import Parts, Program, Worker, on_memory
from tests.oracle import Given, check

GROUP, CHANGELOG = "histories", "state.histories.v1"
TROUBLE_S = 2.5
"""Seconds of virtual time in which messages come and things go wrong."""
DRAIN_S = 60.0
"""Seconds after which everything must be worked off."""

_decode = state_frame.decoder(Memory)


@dataclass
class History:
    """One history. ``run`` raises tests.oracle.Differs where the log does not say what the oracle says."""

    seed: int
    guarantee: Guarantee = "exactly_once"
    parts: Parts = field(default_factory=Parts)
    random: Random = field(init=False)
    simulation: Simulation = field(init=False)
    log: MemoryLog = field(init=False)
    workers: list[Worker] = field(init=False)

    def __post_init__(self) -> None:
        self.random, self.simulation = Random(self.seed), Simulation(self.seed)
        self.log = MemoryLog(self.simulation)
        self.partitions = self.random.choice((1, 2, 3))
        self.keys = self.random.choice((1, 2, 5))
        for topic in (*INPUTS, TARGET, CHANGELOG, *(f"dlq.{source}" for source in INPUTS)):
            self.log.create(topic, self.partitions)
        self.program = Program(GROUP, INPUTS, self.partitions, self.guarantee, Agents().attach)
        self.workers = []
        self.said = 0
        self.troubled = True
        self.begin = self.simulation.now

    @property
    def once(self) -> bool:
        return self.guarantee == "exactly_once"

    def run(self) -> None:
        with on_memory(self.simulation):
            try:
                self._arrange()
                self.simulation.run(self.begin + TROUBLE_S)
                self._calm()
                self._drain()
            finally:
                self._end()
        check(self.given(), once=self.once)

    def _end(self) -> None:
        for worker in self.workers:
            worker.kill("over")
        self.simulation.run(self.simulation.now)

    def endings(self) -> list[str]:
        """Why processes ended."""
        return [why for worker in self.workers for why in worker.endings]

    def given(self) -> Given:
        records: list[Any] = [
            FakeRecord(source, number, entry.offset, entry.key, entry.value, entry.timestamp)
            for source in INPUTS
            for number, entry in self._read(source)
        ]
        told = [msgspec.json.decode(entry.value or b"", type=Told) for _, entry in self._read(TARGET)]
        states = {entry.key or b"": _decode(entry.value or b"") for _, entry in self._read(CHANGELOG)}
        letters = [dict(entry.headers or ()) for source in INPUTS for _, entry in self._read(f"dlq.{source}")]
        dead = [
            (h["__dlq.errors.topic"].decode(), int(h["__dlq.errors.partition"]), int(h["__dlq.errors.offset"]))
            for h in letters
        ]
        return Given(records, told, states, dead)

    def _read(self, topic: str) -> list[tuple[int, Entry]]:
        return [
            (number, entry)
            for number, partition in enumerate(self.log.topics[topic])
            for entry in partition.read(0, 1_000_000, committed=True)[0]
        ]

    def _arrange(self) -> None:
        random = self.random
        for number in range(random.choice((1, 1, 2, 3))):
            self._add(f"w{number}")
        self.simulation.frosty = self.once
        self.simulation.trouble = random.choice((0.0, 0.0, 0.01, 0.03))
        for _ in range(random.randrange(2, 9)):
            self._at(self._say)
        troubles = (
            self._kill,
            self._kill,
            self._freeze,
            self._freeze,
            self._join,
            self._stop,
            self._twin,
            self._compact,
        )
        for _ in range(random.randrange(0, 6)):
            self._at(random.choice(troubles))
        for tick in range(1, int(TROUBLE_S / 0.05)):
            self.simulation.at(self.begin + 0.05 * tick, self._supervise)

    def _at(self, act: Any) -> None:
        self.simulation.at(self.begin + TROUBLE_S * self.random.random(), act)

    def _add(self, name: str) -> None:
        worker = Worker(self.simulation, self.log, self.program, name, self.parts)
        self.workers.append(worker)
        worker.start()

    def _say(self) -> None:
        """Some messages: plain ones, or in a transaction that is decided later."""
        made = messages(self.random, self.said, self.random.randrange(1, 13), self.keys, once=self.once)
        self.said += 100
        token = None
        if self.random.random() < 0.3:
            token = self.log.register(f"channel-{self.said}", 60.0)
            committed, delay = self.random.random() < 0.5, self.random.random()
            self.simulation.at(self.simulation.now + delay, lambda: self._decide(token, committed))
        for source, key, value in made:
            place = Place(source, home(key.encode(), self.partitions))
            self.log.write(place, Entry(0, key.encode(), value, None, int(self.simulation.now * 1000)), token)

    def _decide(self, token: Token, committed: bool) -> None:
        self.log.end_transaction(token, committed=committed)

    def _kill(self) -> None:
        self.random.choice(self.workers).kill()

    def _freeze(self) -> None:
        """SIGSTOP. At least once has no fence for one in mid commit: it may undo states when it goes on."""
        worker = self.random.choice(self.workers)
        if self.once or not worker.committing:
            worker.freeze(self.random.choice((0.2, 1.2, 1.6, 2.8)))

    def _twin(self) -> None:
        """Another one of that name. At least once learns of it only with its next heartbeat."""
        worker = self.random.choice(self.workers)
        if self.once or not worker.alive:
            worker.start()

    def _join(self) -> None:
        if len(self.workers) < 4:
            self._add(f"w{len(self.workers)}")

    def _stop(self) -> None:
        self.random.choice(self.workers).stop()

    def _compact(self) -> None:
        self.log.compact(CHANGELOG)

    def _supervise(self) -> None:
        for worker in self.workers:
            if not worker.alive and self.random.random() < 0.1:
                worker.start()

    def _calm(self) -> None:
        self.simulation.trouble = 0.0
        for worker in self.workers:
            worker.thaw()

    def _drain(self) -> None:
        began = self.simulation.now
        while not self._drained():
            assert self.simulation.now - began < DRAIN_S, f"seed {self.seed}: stuck: {self._standing()}"
            if not any(worker.alive for worker in self.workers):
                self.workers[0].start()
            self.simulation.run(self.simulation.now + 0.25)

    def _drained(self) -> bool:
        group = self.log.group(GROUP)
        sources = [Place(source, number) for source in INPUTS for number in range(self.partitions)]
        return (
            not any(self.log.partition(at).read(group.offsets.get(at, 0), 1, committed=True)[0] for at in sources)
            and all(partition.stable == partition.end for topic in self.log.topics.values() for partition in topic)
            and not group.undecided(sources)
            and not any(kept.wakes for kept in self.given().states.values())
        )

    def _standing(self) -> Any:
        ends = {topic: [partition.end for partition in of] for topic, of in self.log.topics.items()}
        return ends, self.log.group(GROUP).offsets, self.endings()
