"""The gateway's ports in memory, under the same behaviour tests as the real ones."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.errors import Rejected, Unavailable
from schemas.messages import Event
from schemas.topics import HANDOVER, MAX_RECORD_BYTES, Topic
from streams.gateway.outbox import FOLLOWED, WHOLE, event_of
from streams.gateway.ports import Batch, Question, Row

Respond = Callable[["MemoryKafka", Topic, bytes], None]


def silent(_kafka: "MemoryKafka", _topic: Topic, _value: bytes) -> None:
    """Nobody answers."""


@dataclass
class MemoryKafka:
    """Implements Inbox and Outbox. ``respond`` is called after each append, in place of the other workers."""

    respond: Respond = silent
    down: str = ""
    records: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    _grown: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def append(self, topic: Topic, key: bytes, value: bytes) -> None:
        if self.down:
            raise Unavailable(self.down)
        if len(value) > MAX_RECORD_BYTES:
            raise Rejected(f"the record has {len(value)} bytes; Kafka takes at most {MAX_RECORD_BYTES}: send less")
        self.put(topic, key, value)
        self.respond(self, topic, value)
        await self.wake()

    def put(self, topic: Topic, key: bytes, value: bytes) -> None:
        """Append a record as another program does; ``wake`` tells who follows."""
        self.records.append((topic.name, key, value))

    async def wake(self) -> None:
        async with self._grown:
            self._grown.notify_all()

    async def follow(self) -> AsyncGenerator[Batch, None]:
        async for batch in self._following({topic.name for topic in (*FOLLOWED, *WHOLE)}):
            yield batch

    def handovers(self) -> "MemoryHandovers":
        """The same log, as the one who follows the handovers sees it."""
        return MemoryHandovers(self)

    async def _following(self, names: set[str]) -> AsyncGenerator[Batch, None]:
        read = 0
        while True:
            found = [event_of(*record) for record in self.records[read:] if record[0] in names]
            read = len(self.records)
            yield Batch([event for event in found if event is not None], True)
            async with self._grown:
                await self._grown.wait_for(lambda read=read: len(self.records) > read)  # type: ignore[misc]

    async def grown(self, topic: Topic, count: int) -> list[Event]:
        """The topic's events, once there are so many."""
        async with self._grown:
            await self._grown.wait_for(lambda: len(self.events(topic)) >= count)
        return self.events(topic)

    def events(self, topic: Topic) -> list[Event]:
        """What a topic holds."""
        found = [event_of(name, key, value) for name, key, value in self.records if name == topic.name]
        return [event for event in found if event is not None]


@dataclass
class MemoryHandovers:
    """Implements Outbox over the handovers of a MemoryKafka."""

    kafka: MemoryKafka

    async def follow(self) -> AsyncGenerator[Batch, None]:
        async for batch in self.kafka._following({HANDOVER.name}):
            yield batch


@dataclass
class MemoryStore:
    """Implements Store with rows by the question's name."""

    answers: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    down: str = ""
    asked: list[Question] = field(default_factory=list)

    async def rows(self, question: Question) -> list[Row]:
        self.asked.append(question)
        if self.down:
            raise Unavailable(self.down)
        return list(self.answers.get(question.name, ()))
