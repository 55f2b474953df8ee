"""Faust's app as our transport knows it: the agents' queues, and what it does around a rebalance, in its order."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from faust.types import TP
from faust.utils.tracing import noop_span
from mode.utils.queues import FlowControlEvent, ThrowableQueue

from streams.batch_consumer import BatchConsumer
from streams.faust_app import Engine
from tests.memory_aiokafka import SESSION_S
from tests.memory_time import Simulation

NO_SETTINGS = {
    "stream_processing_timeout": 0.0,
    "producer_partitioner": None,
    "broker_commit_every": 0,
    "broker_commit_livelock_soft_timeout": 0.0,
    "ConsumerScheduler": lambda: None,
}
"""What Faust's consumer reads at its start and our transport does not use."""


class App:
    """Stands for a Faust app; ``transport`` as tests.memory_worker has it."""

    in_transaction = client_only = in_recovery = should_stop = rebalancing = False
    producer = tracer = None
    consumer_generation_id = 0
    sensors = SimpleNamespace(on_message_in=None)

    def __init__(self, transport: Any, engine: Engine, simulation: Simulation, consumer: type[BatchConsumer]) -> None:
        self.transport, self._simulation = transport, simulation
        transport.app = self
        self.conf = SimpleNamespace(
            **NO_SETTINGS,
            id=engine.group,
            broker_max_poll_records=engine.poll_records,
            broker_commit_interval=1.0,
            broker_session_timeout=SESSION_S,
            consumer_group_instance_id=engine.instance,
        )
        loop = asyncio.get_running_loop()
        self.flow_control = FlowControlEvent(loop=loop)
        self.queues: dict[str, ThrowableQueue[Any]] = {}
        self.streams: list[tuple[Callable[[Any], Any], Stream]] = []
        self.consumer = consumer(
            transport,
            self._on_message,
            self._on_partitions_revoked,
            self._on_partitions_assigned,
            loop=loop,
        )

    def topic(self, *names: str, schema: Any) -> tuple[str, ...]:
        return names

    def agent(self, channel: tuple[str, ...], *, name: str) -> Callable[[Callable[[Any], Any]], None]:
        queue: ThrowableQueue[Any] = ThrowableQueue(maxsize=8, flow_control=self.flow_control, clear_on_resume=True)
        self.queues |= dict.fromkeys(channel, queue)
        return lambda function: self.streams.append((function, Stream(queue)))

    def on_rebalance_start(self) -> None:
        self.rebalancing = True

    def on_rebalance_return(self) -> None: ...

    def _start_span_from_rebalancing(self, name: str) -> Any:
        return noop_span()

    async def _on_message(self, message: Any) -> None:
        await self.queues[message.topic].put(message)

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        if assignment := self.consumer.assignment():
            self.consumer.stop_flow()
            self.flow_control.suspend()
            self.consumer.pause_partitions(assignment)
            self.flow_control.clear()
            await self.consumer.commit_and_end_transactions()

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await asyncio.sleep(0)
        self.consumer.pause_partitions(assigned)
        asyncio.ensure_future(self._recovered(generation_id))  # noqa: RUF006

    async def _recovered(self, generation_id: int) -> None:
        await asyncio.sleep(self._simulation.latency(0.1))
        if self.consumer_generation_id == generation_id:
            self.consumer.resume_partitions(self.consumer.assignment())
            await self.consumer.perform_seek()
            self.flow_control.resume()
            self.consumer.resume_flow()
            self.rebalancing = False


class Stream:
    """What an agent iterates over."""

    current_event: Any = None

    def __init__(self, queue: "ThrowableQueue[Any]") -> None:
        self._queue = queue

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Any:
        message = await self._queue.get()
        self.current_event = SimpleNamespace(message=message)
        return message.value
