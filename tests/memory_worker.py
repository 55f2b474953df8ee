"""A worker process in virtual time: our own runtime, transport, delivery and states on clients in memory.

What stands here in place of a real part is Faust's app (its order of things around a rebalance), aiokafka's consumer
and the operating system; the rest is the code that runs in production.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from faust.types import TP

from agents.runtime import Runtime
from streams.batch_consumer import BatchConsumer
from streams.consumer_thread import ConsumerThread
from streams.delivery import Delivery, Guarantee
from streams.faust_app import Engine
from streams.rhythm import Rhythm
from streams.states import States
from streams.transport import WorkerPort
from tests import memory_kafka
from tests.fakes import FakeMeter
from tests.memory_aiokafka import Aiokafka
from tests.memory_app import App
from tests.memory_log import MemoryLog
from tests.memory_time import Killed, Process, Simulation

TRANSACTION_S = 2.0
"""Seconds that a transaction may stay open: five times less than really."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of; tests replace a part by one that is broken on purpose."""

    consumer: type["WorkerConsumer"] | None = None
    states: type[States] = States
    delivery: Callable[[Engine], Delivery] = Engine.delivery


@dataclass(frozen=True, slots=True)
class Program:
    """What runs on the workers: ``attach`` registers the agents; ``topics`` are read, with so many partitions each."""

    group: str
    topics: tuple[str, ...]
    partitions: int
    guarantee: Guarantee
    attach: Callable[[Runtime], None]


class WorkerThread(ConsumerThread):
    """Our consumer thread; its calls run on the process's one loop, with a moment in between."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        return Aiokafka(transport.process, transport.log, transport.engine, transport.program.topics)

    def _gather(self) -> None:
        """Nothing is asked over a network here."""

    async def call_thread(self, fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return await fun(*args, **kwargs)

    async def getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Any]]:
        """Waits as long as it takes; then, as in reality, what is fetched is with the caller at once."""
        transport: Any = self.transport
        await asyncio.sleep(transport.process.simulation.latency(0.2))
        consumer: Any = self._ensure_consumer()
        records: dict[TP, list[Any]] = consumer.fetch(active_partitions or ())
        return records


class WorkerConsumer(BatchConsumer):
    """The transport's consumer, with its thread on virtual time."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return WorkerThread(self, loop=self.loop, thread_loop=self.loop, beacon=self.beacon)

    async def threadsafe_partitions_revoked(self, receiver_loop: Any, revoked: set[TP]) -> None:
        await asyncio.sleep(0)
        await self.on_partitions_revoked(revoked)

    async def threadsafe_partitions_assigned(
        self, receiver_loop: Any, assigned: set[TP], generation_id: int = 0
    ) -> None:
        await asyncio.sleep(0)
        await self.on_partitions_assigned(assigned, generation_id)


class WorkerTransport:
    """What the consumer and the port need of the transport. Its end is the end of the process."""

    def __init__(self, process: Process, log: MemoryLog, engine: Engine, program: Program, parts: Parts) -> None:
        self.process, self.log, self.engine, self.program = process, log, engine, program
        self.app: Any = None
        self.delivery = parts.delivery(engine)
        self.rhythm = Rhythm(engine.guarantee == "exactly_once", engine.commit_s)
        self.new_states = lambda name, state: parts.states(engine.bootstrap, f"state.{name}.v1", state)

    def create_transaction_manager(self, **_: Any) -> None: ...

    def end(self, reason: str) -> None:
        self.process.kill(reason)
        raise Killed(reason)


class Worker:
    """A worker by name; it may be started again and again, also while it runs: then there are two of that name."""

    def __init__(self, simulation: Simulation, log: MemoryLog, program: Program, name: str, parts: Parts) -> None:
        self.simulation, self.log, self.program, self.name, self.parts = simulation, log, program, name, parts
        self.processes: list[Process] = []
        self.consumer: BatchConsumer | None = None
        self._stop: Callable[[], None] = lambda: None
        self.endings: list[str] = []
        """Why its processes ended."""

    @property
    def alive(self) -> bool:
        return any(not process.dead for process in self.processes)

    @property
    def committing(self) -> bool:
        return self.consumer is not None and self.consumer._turn.locked()

    def start(self) -> None:
        process = Process(self.simulation, self.name, self.endings.append)
        self.processes.append(process)
        process.run(self._main(process))

    def stop(self) -> None:
        """Gracefully: finish, commit, and be gone."""
        self._stop()

    def kill(self, why: str = "killed") -> None:
        for process in self.processes:
            process.kill(why)

    def freeze(self, seconds: float) -> None:
        process = self.processes[-1]
        process.freeze()
        self.simulation.at(self.simulation.now + seconds, process.thaw)

    def thaw(self) -> None:
        for process in self.processes:
            process.thaw()

    async def _main(self, process: Process) -> None:
        stopping = asyncio.Event()
        self._stop = lambda: process.at(self.simulation.now, stopping.set)
        app, runtime = self._made(process)
        self.consumer = consumer = app.consumer
        await process.loop.run_in_executor(None, app.transport.delivery.start)
        await consumer._thread.on_start()
        coordinator = consumer._thread._ensure_consumer()._coordinator
        running = [
            *(function(stream) for function, stream in app.streams),
            coordinator.run(consumer._thread._rebalance_listener),
            consumer._drain_messages(SimpleNamespace(_stopped=consumer._stopped)),
            BatchConsumer._commit_as_due(consumer),
            runtime.ring(),
        ]
        tasks = [asyncio.ensure_future(one) for one in running]
        await stopping.wait()
        consumer._stopped.set()
        await consumer.commit_and_end_transactions()
        for task in tasks:
            task.cancel()
        process.kill("stopped")

    def _made(self, process: Process) -> tuple[Any, Runtime]:
        program, simulation = self.program, self.simulation
        engine = Engine(program.group, self.log.bootstrap, Path(), program.partitions, self.name, program.guarantee)
        transport = WorkerTransport(process, self.log, engine, program, self.parts)
        app: Any = App(transport, engine, simulation, self.parts.consumer or WorkerConsumer)
        port = WorkerPort(app, transport.delivery, program.partitions)
        runtime = Runtime(app, port, FakeMeter(), clock=simulation.clock, ticks=simulation.random.random)
        program.attach(runtime)
        return app, runtime


@contextmanager
def on_memory(simulation: Simulation) -> Iterator[None]:
    """Kafka's clients are those in memory, and what is timed is timed by the simulation."""
    replaced = {
        "streams.transaction.Producer": memory_kafka.TransactionalProducer,
        "streams.transaction.TIMEOUT_S": TRANSACTION_S,
        "streams.sender.Producer": memory_kafka.Producer,
        "streams.delivery.Consumer": memory_kafka.Consumer,
        "streams.read_back.Consumer": memory_kafka.Consumer,
        "streams.changelog.AdminClient": memory_kafka.AdminClient,
        "streams.changelog.MARK_EVERY_S": 0.0,
        "streams.consumer_thread.monotonic": simulation.clock,
        "agents.runtime.LOOK_S": 0.1,
    }
    with ExitStack() as stack:
        for name, part in replaced.items():
            stack.enter_context(mock.patch(name, part))
        yield
