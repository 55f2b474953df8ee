"""Faust's consumer in batches: hands over what a poll brought, and commits what the agents have finished.

One stretch of work and one commit never overlap (the gate): so a commit holds the outputs, states and offsets of
exactly the same records. How they are written is streams.delivery.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode import Service

from schemas.errors import KefuError
from streams.catching_up import CatchingUp
from streams.consumer_thread import ConsumerThread
from streams.delivery import Delivery, Outcome
from streams.progress import Place, Progress, Span
from streams.rhythm import Rhythm
from streams.states import States

log = logging.getLogger("kefu.transport")

MANY = 256
"""Records in one poll that mean a backlog: more will come with the next, and a commit would only delay them."""


class Batch:
    """What one poll brought for one partition, less what was worked on before. See agents.ports.Batch."""

    def __init__(self, consumer: "BatchConsumer", message: Any) -> None:
        self.topic, self.partition = message.topic, message.partition
        self._consumer, self._assignment = consumer, message.generation_id
        self._place = Place(self.topic, self.partition)
        floor = consumer.progress.floor(self._place)
        records = message.value
        self.records = records if records[0].offset >= floor else [r for r in records if r.offset >= floor]

    def current(self) -> bool:
        return bool(self._consumer.app.consumer_generation_id == self._assignment) and not self._consumer.revoking

    def begin(self, records: Sequence[Any]) -> Span:
        return self._consumer.progress.begin(self._place, records[0].offset, records[-1].offset + 1)

    def finish(self, piece: Span) -> None:
        self._consumer.progress.finish(piece)
        self._consumer.changed()


class BatchConsumer(driver.Consumer):
    """Hands whole batches to the agents and commits what they have finished."""

    transport: Any
    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = asyncio.Lock()
        self.progress, self.catching_up = Progress(), CatchingUp(self.loop.time)
        self.revoking = False
        self._turn = asyncio.Lock()
        self._states: dict[str, States] = {}
        self._backlog = False
        self._changed = asyncio.Event()
        self._oldest: float | None = None
        self._last_commit = 0.0

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

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
                    await states.open({tp.partition for tp in self.assignment()}, lambda: not self.revoking)
        return states

    def changed(self) -> None:
        """There is something to commit."""
        self._changed.set()
        if self._oldest is None:
            self._oldest = self.loop.time()

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
        await self.commit()
        self._leave()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Any, generation_id: int = 0) -> None:
        async with self.gate:
            self._leave()
            places = [Place(tp.topic, tp.partition) for tp in assigned]
            try:
                stable = await self.transport.delivery.stable(self.app.conf.id, places) if places else {}
            except KefuError as problem:
                self.transport.end(str(problem))
                return
            self.progress.assigned(stable)
            self.catching_up.begin()
            self.revoking = False
        await super().on_partitions_assigned(assigned, generation_id)

    def _leave(self) -> None:
        self.revoking = True
        self.progress.forget()
        for states in self._states.values():
            states.close()

    async def verify_all_partitions_active(self) -> None:
        """Faust's livelock check reads books that are not kept; the worker's watchdog does it."""

    @Service.task
    async def _commit_as_due(self) -> None:
        """Faust's own commits come by the clock; these come when there is something to commit."""
        rhythm: Rhythm = self.transport.rhythm
        while not self.should_stop:
            await self._changed.wait()
            while pause := self._pause(rhythm):
                self._changed.clear()
                waking = self.loop.call_later(pause, self._changed.set)
                await self._changed.wait()
                waking.cancel()
            self._changed.clear()
            began = self.loop.time()
            await self.commit()
            self._last_commit = self.loop.time()
            rhythm.took_s = self._last_commit - began

    def _pause(self, rhythm: Rhythm) -> float:
        now = self.loop.time()
        return rhythm.pause(
            waited_s=0.0 if self._oldest is None else now - self._oldest,
            since_last_s=now - self._last_commit,
            idle=self.progress.idle(),
            backlog=self._backlog,
        )

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit what is finished; False where nothing was, or it was not ours any more."""
        try:
            async with self._turn:
                return await self._commit_finished()
        except Exception as problem:
            if not isinstance(problem, KefuError):
                log.exception("the commit failed")
            self.transport.end(f"the commit failed: {problem}")
            return False

    async def _commit_finished(self) -> bool:
        delivery: Delivery = self.transport.delivery
        async with self.gate:
            self._oldest = None
            outcome = Outcome(self.progress.committable(), self._changes(), self._standing())
            if not (outcome.offsets or outcome.changes or delivery.pending):
                return False
            if not await delivery.write(outcome, self._thread):
                return False
            for states in self._states.values():
                states.settle()
        done = await delivery.conclude(outcome, self._thread)
        if done:
            self.progress.committed(outcome.offsets)
        return done

    def _changes(self) -> list[tuple[str, int, bytes, bytes | None]]:
        return [(states.changelog, *change) for states in self._states.values() for change in states.take()]

    def _standing(self) -> Mapping[Place, int]:
        """An offset as it is committed already."""
        place = next((Place(tp.topic, tp.partition) for tp in self.assignment()), None)
        return {} if place is None else {place: self.progress.standing(place)}

    async def _drain_messages(self, fetcher: Any) -> None:
        """Poll and hand over. Faust takes a cancelled fetcher for a crash; one that was stopped has just ended."""
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await self._poll()
        except asyncio.CancelledError:
            if not fetcher._stopped.is_set():
                raise

    async def _poll(self) -> None:
        if self.catching_up.looks and not self.revoking:
            await self._look_ahead()
        records, active = await self._wait_next_records(1.0)
        if records is None or self.should_stop:
            return
        self._backlog = sum(map(len, records.values())) >= min(MANY, self.app.conf.broker_max_poll_records)
        generation = self.app.consumer_generation_id
        unread: dict[TP, int] = {}
        for tp, batch in ((tp, batch) for tp, batch in records.items() if batch):
            if self.flow_active and self.app.consumer_generation_id == generation and (active is None or tp in active):
                await self._deliver(tp, batch)
            else:
                unread[tp] = batch[0].offset
        if unread:
            await self._thread.rewind(unread)
        self.catching_up.went_on(self._passed)
        await asyncio.sleep(0)

    async def _look_ahead(self) -> None:
        """Find out where the partitions of a new assignment end; while the broker does not say it, ask again."""
        generation = self.app.consumer_generation_id
        ends = await self._thread.ends([Place(tp.topic, tp.partition) for tp in self.assignment()])
        if ends is not None and self.app.consumer_generation_id == generation and not self.revoking:
            self.catching_up.found(ends)
            self.catching_up.went_on(self._passed)

    def _passed(self, place: Place, end: int) -> bool:
        """Whether all below an offset was begun. A partition may end in marks, which are read and given to nobody."""
        floor, waiting = self.progress.floor(place), self.progress.waiting(place)
        return floor >= end or (not waiting and (self.reached(place) or 0) >= end)

    async def _deliver(self, tp: Any, batch: Sequence[Any]) -> None:
        message: Any = self._to_message(tp, batch[-1])
        message.value = batch
        self.progress.hand_over(Place(tp.topic, tp.partition), batch[-1].offset + 1)
        await self.wait_first(self.callback(message), self.suspend_flow.wait())
