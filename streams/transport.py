"""Kafka for Faust: an event per poll and partition, commits that never pass unfinished work, sends through librdkafka.

Order of commits: outputs are delivered, then the changelog of what changed, then the offsets. A kill between repeats
work: outputs come again with the same ids, and a state that is already in the changelog knows its offsets and skips.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka.partitioner import murmur2
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from schemas.errors import KefuError
from streams.consumer_thread import ConsumerThread
from streams.progress import Place, Progress
from streams.sender import Sender
from streams.states import States

log = logging.getLogger("kefu.transport")

BACKLOG_COMMIT_S = 1.0
"""Seconds between commits while every poll comes back full: a commit stops the work for a moment."""
KNOWN_HOMES = 200_000
"""Keys whose partition is remembered; working one out costs some microseconds."""


class Batch:
    """What one poll brought for one partition, less what was worked on before. See agents.runtime.Batch."""

    def __init__(self, consumer: "BatchConsumer", message: Any) -> None:
        self.topic, self.partition = message.topic, message.partition
        self._consumer, self._assignment = consumer, message.generation_id
        self._place = Place(self.topic, self.partition)
        floor = consumer.progress.floor(self._place)
        records = message.value
        self.records = records if records[0].offset >= floor else [r for r in records if r.offset >= floor]
        self._after = records[-1].offset + 1
        self._span: Any = None

    def current(self) -> bool:
        return bool(self._consumer.app.consumer_generation_id == self._assignment) and not self._consumer.revoking

    def begin(self, pieces: int = 1) -> None:
        if self.records:
            self._span = self._consumer.progress.begin(self._place, self.records[0].offset, self._after, pieces)

    def finish(self) -> None:
        if self._span is not None:
            self._consumer.progress.finish(self._span)


class BatchConsumer(driver.Consumer):
    """Hands whole batches to the agents and commits what they have finished."""

    transport: Any
    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = asyncio.Lock()
        self._turn = asyncio.Lock()
        self.progress = Progress()
        self.revoking = False
        self._states: dict[str, States] = {}
        self._backlog = False
        self._last_commit = 0.0

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def batch(self, message: Any) -> Batch:
        return Batch(self, message)

    def reached(self, place: Place) -> int | None:
        """The next offset that a poll gives; None while it is not known."""
        return self._thread.reached(TP(*place))

    async def states(self, name: str, state: type[Any]) -> States:
        """The states of an agent, read back for the present assignment; while that is ending, as they are."""
        states = self._states.get(name)
        if states is None:
            states = self._states[name] = self.transport.new_states(name, state)
        while not states.opened and not self.revoking:
            async with self.gate:
                if not states.opened and not self.revoking:
                    await states.open({tp.partition for tp in self.assignment()})
        return states

    def track_message(self, message: Any) -> None:
        """Faust's own book of open messages is not kept: Progress is ours."""

    def ack(self, message: Any) -> bool:
        message.acked = True
        return True

    def on_buffer_full(self, tp: Any) -> None:
        """Faust would stop asking for the partition and, with all of them full, sleep; a full queue is waited for."""

    def on_buffer_drop(self, tp: Any) -> None: ...

    async def on_partitions_revoked(self, revoked: Any) -> None:
        self.revoking = True
        await self._commit_or_end()
        self._leave()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Any, generation_id: int = 0) -> None:
        async with self.gate:
            self._leave()
            self.revoking = False
        await super().on_partitions_assigned(assigned, generation_id)

    def _leave(self) -> None:
        self.revoking = True
        self.progress.forget()
        for states in self._states.values():
            states.close()

    async def verify_all_partitions_active(self) -> None:
        """Faust's livelock check reads books that are not kept; the worker's watchdog does it."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        now = self.loop.time()
        if topics is None and self._backlog and now - self._last_commit < BACKLOG_COMMIT_S and not self.should_stop:
            return False
        self._last_commit = now
        return await self._commit_or_end()

    async def _commit_or_end(self) -> bool:
        try:
            async with self._turn:
                return await self._commit_finished()
        except Exception as problem:
            if not isinstance(problem, KefuError):
                log.exception("the commit failed")
            self.transport.end(f"the commit failed: {problem}")
            return False

    async def _commit_finished(self) -> bool:
        """Who may no longer be a member leaves the changelog alone: it would undo what the new owner wrote."""
        generation: int = self.app.consumer_generation_id
        async with self.gate:
            offsets = self.progress.committable()
            if not offsets:
                return False
            await self.transport.sender.flush()
            if not self._thread.member(generation):
                return False
            await self._write_changelogs(self.transport.sender)
        done = await self._thread.commit_as(generation, {TP(*place): offset for place, offset in offsets.items()})
        if done:
            self.progress.committed(offsets)
        return done

    async def _write_changelogs(self, sender: Sender) -> None:
        for states in self._states.values():
            for partition, key, value in states.take():
                sender.send_to(states.changelog, partition, key, value)
        await sender.flush()

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            records, active = await self._wait_next_records(1.0)
            if records is None or self.should_stop:
                continue
            self._backlog = sum(map(len, records.values())) >= self.app.conf.broker_max_poll_records
            generation = self.app.consumer_generation_id
            unread: dict[TP, int] = {}
            for tp, batch in records.items():
                if (
                    self.flow_active
                    and self.app.consumer_generation_id == generation
                    and (active is None or tp in active)
                ):
                    await self._deliver(tp, batch)
                else:
                    unread[tp] = batch[0].offset
            if unread:
                await self._thread.rewind(unread)
            await asyncio.sleep(0)

    async def _deliver(self, tp: Any, batch: Sequence[Any]) -> None:
        message: Any = self._to_message(tp, batch[-1])
        message.value = batch
        self.progress.hand_over(Place(tp.topic, tp.partition), batch[-1].offset + 1)
        await self.wait_first(self.callback(message), self.suspend_flow.wait())


class NoProducer(driver.Producer):
    """Faust's producer does nothing: all sends go through Sender."""

    async def on_start(self) -> None: ...

    async def on_stop(self) -> None: ...

    async def flush(self) -> None: ...

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        """Topics are created by streams.topology."""


class Transport(driver.Transport):
    """The transport of one worker; ``end`` ends the process at once, without a commit."""

    Consumer = BatchConsumer
    Producer = NoProducer

    def __init__(
        self, url: Any, app: Any, *, bootstrap: str, sender: Sender, new_states: Callable[[str, type[Any]], States]
    ) -> None:
        super().__init__(url, app)
        self.bootstrap = bootstrap
        self.sender = sender
        self.new_states = new_states

    def end(self, reason: str) -> None:
        """Say why and leave: what is not committed is done again after the restart."""
        log.critical("%s", reason)
        logging.shutdown()
        os._exit(3)


class WorkerPort:
    """The transport as agents.runtime.Port: the consumer exists only once Faust has started it."""

    def __init__(self, app: Any, sender: Sender, partitions: int) -> None:
        self._app = app
        self._partitions = partitions
        self._homes: dict[bytes, int] = {}
        self.send = sender.send

    @property
    def gate(self) -> asyncio.Lock:
        return self._consumer.gate

    @property
    def _consumer(self) -> BatchConsumer:
        consumer: BatchConsumer = self._app.consumer
        return consumer

    def batch(self, message: Any) -> Batch:
        return self._consumer.batch(message)

    def home(self, key: bytes) -> int:
        """murmur2, as librdkafka's ``murmur2_random`` and Java's clients have it."""
        found = self._homes.get(key)
        if found is None:
            if len(self._homes) >= KNOWN_HOMES:
                self._homes.clear()
            found = self._homes[key] = (murmur2(key) & 0x7FFFFFFF) % self._partitions
        return found

    async def states(self, name: str, state: type[Any]) -> States:
        return await self._consumer.states(name, state)

    def end(self, reason: str) -> None:
        self._app.transport.end(reason)
