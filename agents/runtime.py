"""Runs agents on Faust: batches in, guard round every step, state, timers, sends. The one place that knows Faust.

An agent is given as a plain function. What a stretch of a batch leads to (sends, states, progress) is handed to the
transport without an await, so that a commit sees either all of it or nothing.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import faust
from faust.serializers.schemas import Schema

from agents.guard import Encoded, Guard, encoded
from agents.intake import Inputs, Intake, Read, key_of, place_of
from agents.pace import Pace
from agents.ports import Batch, Kept, Meter, Port, Record, States, Wake, When, Woken
from schemas.errors import KefuError
from schemas.topics import Send, Topic

log = logging.getLogger("kefu.runtime")

LOOK_S = 0.02
"""Seconds between two looks at the timers."""

Step = Callable[[Any, Any, When], tuple[Any, Sequence[Send | Wake]]]
"""Of a state, an event and the time; a step that answers with None for a state has it forgotten."""
Answer = Callable[[Any, When], Sequence[Send]]
Ask = Callable[[Any, When], Awaitable[Sequence[Send]]]


@dataclass(frozen=True, slots=True)
class _Agent:
    name: str
    intake: Intake
    pace: Pace = field(default_factory=Pace)


class Whole(Schema[Any, Any]):
    """Hands the batch through untouched: the runtime decodes."""

    def compile(self, app: Any, **_: Any) -> Any:
        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(message.key, message.value, headers={}, message=message)

        return decode


class Runtime:
    """Registers agents on a Faust app. ``clock`` gives seconds since the epoch, ``ticks`` seconds for durations."""

    def __init__(
        self, app: faust.App, port: Port, meter: Meter, *, clock: Callable[[], float], ticks: Callable[[], float]
    ) -> None:
        self._app, self._port, self._meter, self._clock, self._ticks = app, port, meter, clock, ticks
        self._guard = Guard(port, meter)
        self._asked: set[asyncio.Task[None]] = set()
        self._rings: list[Callable[[], Awaitable[None]]] = []

    def stateful(self, name: str, inputs: Inputs, *, state: type[Any], step: Step) -> None:
        """An agent with a memory per key: ``step(state, event, when) -> (state, sends and wakes)``.

        The topics have one partition count, so a key's records of all of them come to the same worker.
        """
        agent = self._new(name, inputs)

        async def work(batch: Batch) -> None:
            states = await self._port.states(name, state)
            await self._in_stretches(agent, batch, functools.partial(self._fold, agent, batch, states, step))

        async def ring() -> None:
            states = await self._port.states(name, state)
            if states.opened and self._port.caught_up and states.due(self._clock(), 1):
                async with self._port.gate:
                    self._wake(name, states, step)

        self._rings.append(ring)
        self._agent(name, inputs.topics, work)

    def stateless(self, name: str, inputs: Inputs, step: Answer) -> None:
        """An agent without a memory: ``step(event, when) -> sends``."""
        agent = self._new(name, inputs)

        async def work(batch: Batch) -> None:
            await self._in_stretches(agent, batch, functools.partial(self._map, agent, batch, step))

        self._agent(name, inputs.topics, work)

    def asking(self, name: str, inputs: Inputs, ask: Ask, *, at_once: asyncio.Semaphore) -> None:
        """An agent whose work takes long and ends in any order: ``await ask(event, when) -> sends``.

        What is finished is committed below the lowest unfinished; a restart asks again from there on.
        """

        async def work(batch: Batch) -> None:
            for record in batch.records:
                await at_once.acquire()
                if not batch.current():
                    at_once.release()
                    return
                piece = batch.begin([record])
                task = asyncio.create_task(self._one(name, batch, record, piece, inputs.reader(batch.topic), ask))
                self._asked.add(task)
                task.add_done_callback(functools.partial(self._asked_one, name, record, at_once))

        self._agent(name, inputs.topics, work)

    async def ring(self) -> None:
        """Wake the agents' states when their timers run out, for ever; to be run beside the app."""
        while True:
            for ring in self._rings:
                try:
                    await ring()
                except Exception as problem:
                    self._give_up("timers", "", problem)
            await asyncio.sleep(LOOK_S)

    def _new(self, name: str, inputs: Inputs) -> _Agent:
        return _Agent(name, Intake(name, inputs, self._port, self._guard, self._meter))

    def _asked_one(self, name: str, record: Record, at_once: asyncio.Semaphore, task: asyncio.Task[None]) -> None:
        self._asked.discard(task)
        at_once.release()
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, Exception):
            self._give_up(name, place_of(record), problem)

    def _agent(self, name: str, topics: Sequence[Topic], work: Callable[[Batch], Awaitable[None]]) -> None:
        async def stream_through(stream: Any) -> None:
            async for _ in stream:
                message = stream.current_event.message
                try:
                    await work(self._port.batch(message))
                except asyncio.CancelledError:
                    raise
                except Exception as problem:
                    self._give_up(name, place_of(message), problem)
                await asyncio.sleep(0)

        channel = self._app.topic(*(topic.name for topic in topics), schema=Whole())
        self._app.agent(channel, name=name)(stream_through)

    def _give_up(self, name: str, place: str, problem: Exception) -> None:
        if not isinstance(problem, KefuError):
            log.error("%s: %s", name, place, exc_info=problem)
        self._port.end(f"{name} cannot go on: {problem}")

    async def _in_stretches(self, agent: _Agent, batch: Batch, work: Callable[[Sequence[Record]], None]) -> None:
        records, done = batch.records, 0
        while done < len(records):
            async with self._port.gate:
                if not batch.current():
                    return
                stretch = records[done : done + agent.pace.size]
                started = self._ticks()
                piece = batch.begin(stretch)
                work(stretch)
                batch.finish(piece)
                took = self._ticks() - started
            done += len(stretch)
            agent.pace.took(len(stretch), took)
            self._meter.step(agent.name, took, len(stretch))

    def _fold(self, agent: _Agent, batch: Batch, states: States, step: Step, stretch: Sequence[Record]) -> None:
        now, partition = self._clock(), batch.partition
        for record, event in agent.intake.events(stretch, now):
            key = key_of(record, event)
            kept = states.get(partition, key)
            if kept.applied.get(record.topic, -1) >= record.offset:
                continue
            before = Kept(kept.state, {**kept.applied, record.topic: record.offset}, kept.wakes)
            try:
                after, out = _stepped(step, before, event, When(now, record.timestamp / 1000))
                _put(states, partition, key, after)
            except Exception as bug:
                self._guard.failed(agent.name, record, bug)
            else:
                self._guard.fine()
                self._guard.write(out)

    def _wake(self, name: str, states: States, step: Step) -> None:
        now = self._clock()
        for due in states.due(now) if states.opened and self._port.caught_up else ():
            kept = states.get(due.partition, due.key)
            before = Kept(kept.state, kept.applied, {what: at for what, at in kept.wakes.items() if what != due.what})
            event = Woken(due.key.decode(errors="replace"), due.what, due.at)
            try:
                after, out = _stepped(step, before, event, When(now, due.at))
                _put(states, due.partition, due.key, after)
            except Exception as bug:
                states.put(due.partition, due.key, before)
                self._guard.wake_failed(name, due.what, due.partition, bug)
            else:
                self._guard.fine()
                self._guard.write(out)
        self._port.changed()

    def _map(self, agent: _Agent, batch: Batch, step: Answer, stretch: Sequence[Record]) -> None:
        now = self._clock()
        for record, event in agent.intake.events(stretch, now):
            try:
                out = [encoded(send) for send in step(event, When(now, record.timestamp / 1000))]
            except Exception as bug:
                self._guard.failed(agent.name, record, bug)
            else:
                self._guard.fine()
                self._guard.write(out)

    async def _one(self, name: str, batch: Batch, record: Record, piece: Any, read: Read, ask: Ask) -> None:
        started = self._ticks()
        outcome = await self._asked_for(record, read, ask)
        async with self._port.gate:
            if batch.current():
                self._conclude(name, record, outcome)
                batch.finish(piece)
        self._meter.step(name, self._ticks() - started, 1)

    async def _asked_for(self, record: Record, read: Read, ask: Ask) -> Any:
        try:
            return [encoded(send) for send in await ask(read(record), When(self._clock(), record.timestamp / 1000))]
        except Exception as problem:
            return problem

    def _conclude(self, name: str, record: Record, outcome: Any) -> None:
        if isinstance(outcome, Exception):
            self._guard.failed(name, record, outcome)
        else:
            self._guard.fine()
            self._guard.write(outcome)


def _stepped(step: Step, before: Kept[Any], event: Any, when: When) -> tuple[Kept[Any], list[Encoded]]:
    """What a step makes of a state and an event, and its events, encoded. Raises what the step raises, and TooLarge."""
    state, out = step(before.state, event, when)
    sends = [encoded(send) for send in out if isinstance(send, Send)]
    wakes = [wake for wake in out if isinstance(wake, Wake)]
    return Kept(state, before.applied, _set(before.wakes, wakes) if wakes else before.wakes), sends


def _put(states: States, partition: int, key: bytes, after: Kept[Any]) -> None:
    """Keep a state, or forget it. What a record that comes again would then meet is the empty state."""
    if after.state is None:
        states.forget(partition, key)
    else:
        states.put(partition, key, after)


def _set(timers: Mapping[str, float], wakes: Sequence[Wake]) -> dict[str, float]:
    asked = {wake.what: wake.at for wake in wakes}
    return {what: at for what, at in {**timers, **asked}.items() if at is not None}
