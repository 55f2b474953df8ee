"""Runs agents on Faust: batches in, guard round every step, state, sends. The one place in agents/ that knows Faust.

An agent is given as a plain function. What a batch leads to (sends, states, progress) is handed to the transport in one
stretch without an await, so that a commit sees either all of it or nothing.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import faust
import msgspec
from faust.serializers.schemas import Schema

from schemas.codec import encode
from schemas.errors import KefuError, Rejected
from schemas.topics import MAX_RECORD_BYTES, Send, Topic

S = TypeVar("S")
log = logging.getLogger("kefu.runtime")

LARGEST_EVENT = MAX_RECORD_BYTES - 1024
"""Bytes that an event may have as JSON, with its key; the rest is left for the record's frame."""
BUGS_IN_A_ROW = 20
"""So many unexpected failures in a row end the process: a bad release must not pour a topic into dead letters."""


class TooLarge(ValueError):
    """An event is larger than a topic takes."""


class When(msgspec.Struct, frozen=True, gc=False):
    """Time as data, in seconds since the epoch: ``now`` of the step, ``written`` of the record."""

    now: float
    written: float


class Kept(msgspec.Struct, Generic[S], frozen=True, array_like=True):
    """A state with the last offset per topic that went into it: a record that comes again is known by that."""

    state: S
    applied: dict[str, int] = {}


class Record(Protocol):
    """What the transport delivers: one record as it stood on its topic; ``timestamp`` in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


Read = Callable[[Record], Any]
"""From a record to an event; raises Rejected."""
Step = Callable[[Any, Any, When], tuple[Any, Sequence[Send]]]
Prepare = Callable[[Sequence[Any]], Sequence[Any]]
Answer = Callable[[Any, When], Sequence[Send]]
Ask = Callable[[Any, When], Awaitable[Sequence[Send]]]
Rejection = Callable[[Record, str, When], Sequence[Send]]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an agent reads, and how.

    ``prepare`` maps the events of a batch at once, for work that pays in batches. ``rejected`` says what is sent about
    a record that cannot be read, beside its dead letter. An event whose producer chose another partition than ours
    would is passed on through ``rehomed`` (one of the topics), so that a key has one home.
    """

    readers: Mapping[Topic, Read]
    prepare: Prepare | None = None
    rejected: Rejection | None = None
    rehomed: Topic | None = None

    @property
    def topics(self) -> Sequence[Topic]:
        return tuple(self.readers)

    def reader(self, topic: str) -> Read:
        return next(read for known, read in self.readers.items() if known.name == topic)


class Batch(Protocol):
    """Records of one partition that came with one poll, still to be worked on."""

    topic: str
    partition: int
    records: Sequence[Record]

    def current(self) -> bool:
        """Whether the partition is still ours, in the same assignment."""

    def begin(self, pieces: int = 1) -> None: ...

    def finish(self) -> None:
        """One piece of the batch is done."""


class States(Protocol):
    """State by partition and key."""

    def get(self, partition: int, key: bytes) -> Kept[Any]: ...
    def put(self, partition: int, key: bytes, kept: Kept[Any]) -> None: ...


class Port(Protocol):
    """What the runtime needs of the transport."""

    @property
    def gate(self) -> asyncio.Lock:
        """Held while a batch's outcome is handed over, and by a commit."""

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] | None = None
    ) -> None: ...
    def batch(self, message: Any) -> Batch: ...
    def home(self, key: bytes) -> int:
        """The partition that our own producers choose for a key."""

    async def states(self, name: str, state: type[Any]) -> States:
        """The agent's states, ready for the present assignment."""

    def end(self, reason: str) -> None:
        """End the process without committing; the supervisor starts it again."""


class Meter(Protocol):
    """Counts what an agent does."""

    def messages(self, agent: str, outcome: str, count: int = 1) -> None: ...
    def step(self, agent: str, seconds: float, count: int) -> None: ...
    def dead_letter(self, topic: str, reason: str) -> None: ...


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
        self._bugs = 0
        self._asked: set[asyncio.Task[None]] = set()

    def stateful(self, name: str, inputs: Inputs, *, state: type[Any], step: Step) -> None:
        """An agent with a memory per key: ``step(state, event, when) -> (state, sends)``.

        The topics have one partition count, so a key's records of all of them come to the same worker.
        """

        async def work(batch: Batch) -> None:
            states = await self._port.states(name, state)
            async with self._port.gate:
                if batch.current():
                    self._fold(name, batch, states, inputs, step)

        self._agent(name, inputs.topics, work)

    def stateless(self, name: str, inputs: Inputs, step: Answer) -> None:
        """An agent without a memory: ``step(event, when) -> sends``."""

        async def work(batch: Batch) -> None:
            async with self._port.gate:
                if batch.current():
                    self._map(name, batch, inputs, step)

        self._agent(name, inputs.topics, work)

    def asking(self, name: str, inputs: Inputs, ask: Ask, *, at_once: asyncio.Semaphore) -> None:
        """An agent whose work takes long and ends in any order: ``await ask(event, when) -> sends``.

        What is finished is committed below the lowest unfinished; a restart asks the unfinished again.
        """

        async def work(batch: Batch) -> None:
            if batch.current():
                batch.begin(len(batch.records))
            for record in batch.records:
                await at_once.acquire()
                if not batch.current():
                    at_once.release()
                    return
                task = asyncio.create_task(self._one(name, batch, record, inputs.reader(batch.topic), ask))
                self._asked.add(task)
                task.add_done_callback(functools.partial(self._asked_one, name, record, at_once))

        self._agent(name, inputs.topics, work)

    def _asked_one(self, name: str, record: Record, at_once: asyncio.Semaphore, task: asyncio.Task[None]) -> None:
        self._asked.discard(task)
        at_once.release()
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, Exception):
            self._give_up(name, record, problem)

    def _agent(self, name: str, topics: Sequence[Topic], work: Callable[[Batch], Awaitable[None]]) -> None:
        async def stream_through(stream: Any) -> None:
            async for _ in stream:
                message = stream.current_event.message
                try:
                    await work(self._port.batch(message))
                except asyncio.CancelledError:
                    raise
                except Exception as problem:
                    self._give_up(name, message, problem)
                await asyncio.sleep(0)

        channel = self._app.topic(*(topic.name for topic in topics), schema=Whole())
        self._app.agent(channel, name=name)(stream_through)

    def _give_up(self, name: str, message: Any, problem: Exception) -> None:
        if not isinstance(problem, KefuError):
            log.exception("%s: %s-%s at %s", name, message.topic, message.partition, message.offset)
        self._port.end(f"{name} cannot go on: {problem}")

    def _fold(self, name: str, batch: Batch, states: States, inputs: Inputs, step: Step) -> None:
        started, now = self._ticks(), self._clock()
        batch.begin()
        touched: dict[bytes, Kept[Any]] = {}
        for record, event in self._events(name, batch, inputs, now):
            key = _key(record, event)
            kept = touched.get(key) or states.get(batch.partition, key)
            if kept.applied.get(record.topic, -1) >= record.offset:
                continue
            try:
                state, out = step(kept.state, event, When(now, record.timestamp / 1000))
                encoded = [_encoded(send) for send in out]
            except Exception as bug:
                self._bug(name, record, bug)
                continue
            self._bugs = 0
            touched[key] = Kept(state, {**kept.applied, record.topic: record.offset})
            self._write(encoded)
        for key, kept in touched.items():
            states.put(batch.partition, key, kept)
        batch.finish()
        self._meter.step(name, self._ticks() - started, len(batch.records))

    def _map(self, name: str, batch: Batch, inputs: Inputs, step: Answer) -> None:
        started, now = self._ticks(), self._clock()
        batch.begin()
        for record, event in self._events(name, batch, inputs, now):
            try:
                encoded = [_encoded(send) for send in step(event, When(now, record.timestamp / 1000))]
            except Exception as bug:
                self._bug(name, record, bug)
                continue
            self._bugs = 0
            self._write(encoded)
        batch.finish()
        self._meter.step(name, self._ticks() - started, len(batch.records))

    async def _one(self, name: str, batch: Batch, record: Record, read: Read, ask: Ask) -> None:
        started, encoded = self._ticks(), []
        try:
            event = read(record)
            encoded = [_encoded(send) for send in await ask(event, When(self._clock(), record.timestamp / 1000))]
            self._bugs = 0
        except Rejected as problem:
            self._dead_letter(record, problem, "Rejected")
        except Exception as bug:
            self._bug(name, record, bug)
        async with self._port.gate:
            if batch.current():
                self._write(encoded)
                batch.finish()
        self._meter.step(name, self._ticks() - started, 1)

    def _events(self, name: str, batch: Batch, inputs: Inputs, now: float) -> Iterable[tuple[Record, Any]]:
        read = inputs.reader(batch.topic)
        good: list[tuple[Record, Any]] = []
        for record in batch.records:
            try:
                event = read(record)
                if inputs.rehomed is None or self._at_home(record, event, inputs.rehomed):
                    good.append((record, event))
            except Rejected as problem:
                self._reject(name, record, problem, inputs.rejected, When(now, record.timestamp / 1000))
            except Exception as bug:
                self._bug(name, record, bug)
        self._meter.messages(name, "read", len(good))
        return good if inputs.prepare is None else self._prepared(name, good, inputs.prepare)

    def _reject(self, name: str, record: Record, problem: Rejected, rejection: Rejection | None, when: When) -> None:
        self._dead_letter(record, problem, "Rejected")
        try:
            self._write([_encoded(send) for send in rejection(record, str(problem), when)] if rejection else ())
        except TooLarge as unsaid:
            log.warning("%s: %s-%s offset %s: %s", name, record.topic, record.partition, record.offset, unsaid)

    def _at_home(self, record: Record, event: Any, rehomed: Topic) -> bool:
        if self._port.home(_key(record, event)) == record.partition:
            return True
        try:
            self._write([_encoded(Send(rehomed, event))])
        except TooLarge as problem:
            raise Rejected(f"{problem}; write it to the partition that murmur2 gives its conversation id") from None
        return False

    def _prepared(self, name: str, good: list[tuple[Record, Any]], prepare: Prepare) -> Iterable[tuple[Record, Any]]:
        try:
            return list(zip((record for record, _ in good), prepare([event for _, event in good]), strict=True))
        except Exception:
            return [pair for record, event in good for pair in self._prepared_alone(name, record, event, prepare)]

    def _prepared_alone(self, name: str, record: Record, event: Any, prepare: Prepare) -> list[tuple[Record, Any]]:
        try:
            return [(record, prepare([event])[0])]
        except Exception as bug:
            self._bug(name, record, bug)
            return []

    def _write(self, encoded: Iterable[tuple[str, bytes, bytes]]) -> None:
        send = self._port.send
        for topic, key, value in encoded:
            send(topic, key, value)

    def _bug(self, name: str, record: Record, bug: Exception) -> None:
        log.error("%s: bug at %s-%s offset %s", name, record.topic, record.partition, record.offset, exc_info=bug)
        self._dead_letter(record, bug, "Bug")
        self._bugs += 1
        if self._bugs >= BUGS_IN_A_ROW:
            self._port.end(
                f"{name} failed on {self._bugs} records in a row, the last time with {bug!r}; mend it, then restart"
            )

    def _dead_letter(self, record: Record, problem: Exception, meaning: str) -> None:
        self._meter.dead_letter(record.topic, meaning)
        self._port.send(f"dlq.{record.topic}", record.key, record.value, dead_letter_headers(record, problem, meaning))


def dead_letter_headers(record: Record, problem: Exception, meaning: str) -> list[tuple[str, bytes]]:
    """Where a dead letter came from and why, as the contract names it; ``meaning`` is Rejected or Bug."""
    reason = str(problem) if isinstance(problem, KefuError) else f"{type(problem).__name__}: {problem}"
    return [
        ("__dlq.errors.topic", record.topic.encode()),
        ("__dlq.errors.partition", b"%d" % record.partition),
        ("__dlq.errors.offset", b"%d" % record.offset),
        ("__dlq.errors.message", reason.encode("utf-8", "replace")[:4000]),
        ("__dlq.errors.class", meaning.encode()),
    ]


def _key(record: Record, event: Any) -> bytes:
    conversation = getattr(event, "conversation_id", "")
    return conversation.encode() if conversation else record.key or b""


def _encoded(send: Send) -> tuple[str, bytes, bytes]:
    topic, event = send.topic, send.event
    key, value = topic.key_of(event), encode(event)
    if len(key) + len(value) > LARGEST_EVENT:
        raise TooLarge(f"a {type(event).__name__} of {len(key) + len(value)} bytes is larger than the topics take")
    return topic.name, key, value
