"""An in-memory log and port: the runtime runs on it as on Kafka, without a broker."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec

from agents.ports import LARGEST_EVENT, Kept, TooLarge
from streams.progress import Place, Progress, Span
from streams.states import Due

PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class FakeRecord:
    """A record as agents.runtime.Record."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = 1_772_442_930_250
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass
class FakeStates:
    """States that encode what they keep, as the real ones do."""

    stored: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    wakes: dict[tuple[int, bytes], dict[str, float]] = field(default_factory=dict)
    state: type[Any] = dict
    opened: bool = True

    def get(self, partition: int, key: bytes) -> Kept[Any]:
        kept = self.stored.get((partition, key))
        return Kept(self.state()) if kept is None else self._decode(kept)

    def put(self, partition: int, key: bytes, kept: Kept[Any]) -> None:
        encoded = msgspec.msgpack.encode(kept)
        if len(encoded) + len(key) > LARGEST_EVENT:
            raise TooLarge(f"a state of {len(encoded)} bytes")
        self.stored[partition, key] = encoded
        self.wakes[partition, key] = kept.wakes

    def forget(self, partition: int, key: bytes) -> None:
        self.stored.pop((partition, key), None)
        self.wakes.pop((partition, key), None)

    def due(self, now: float, limit: int = 100) -> list[Due]:
        timers = [
            Due(partition, key, what, at)
            for (partition, key), wakes in self.wakes.items()
            for what, at in wakes.items()
            if at <= now
        ]
        return sorted(timers, key=lambda due: due.at)[:limit]

    def _decode(self, kept: bytes) -> Kept[Any]:
        return msgspec.msgpack.decode(kept, type=Kept[self.state])  # type: ignore[name-defined]


class Ended(BaseException):
    """The runtime ended the process."""


class FakeBatch:
    """A batch over the port's progress, as streams.transport.Batch."""

    def __init__(self, port: "FakePort", message: Any) -> None:
        self.topic, self.partition = message.topic, message.partition
        self._port, self._place = port, Place(message.topic, message.partition)
        floor = port.progress.floor(self._place)
        self.records = [record for record in message.value if record.offset >= floor]

    def current(self) -> bool:
        return self._port.owned

    def begin(self, records: Sequence[FakeRecord]) -> Span:
        return self._port.progress.begin(self._place, records[0].offset, records[-1].offset + 1)

    def finish(self, piece: Span) -> None:
        self._port.progress.finish(piece)


@dataclass
class FakePort:
    """Keeps what is sent, in order: (topic, key, value, headers)."""

    sent: list[tuple[str, bytes | None, bytes | None, dict[str, bytes]]] = field(default_factory=list)
    kept: FakeStates = field(default_factory=FakeStates)
    progress: Progress = field(default_factory=Progress)
    owned: bool = True
    caught_up: bool = True
    homes: dict[bytes, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gate = asyncio.Lock()

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] | None = None
    ) -> None:
        self.sent.append((topic, key, value, dict(headers or ())))

    def batch(self, message: Any) -> FakeBatch:
        return FakeBatch(self, message)

    def home(self, key: bytes) -> int:
        return self.homes.get(key, 0)

    async def states(self, name: str, state: type[Any]) -> FakeStates:
        self.kept.state = state
        return self.kept

    def changed(self) -> None: ...

    def end(self, reason: str) -> None:
        raise Ended(reason)

    def to(self, topic: str) -> list[Any]:
        """The values sent to a topic."""
        return [msgspec.json.decode(value) for name, _, value, _ in self.sent if name == topic and value is not None]


class FakeMeter:
    """Counts dead letters; the rest is passed over."""

    def __init__(self) -> None:
        self.dead: list[tuple[str, str]] = []

    def messages(self, agent: str, outcome: str, count: int = 1) -> None: ...

    def step(self, agent: str, seconds: float, count: int) -> None: ...

    def dead_letter(self, topic: str, reason: str) -> None:
        self.dead.append((topic, reason))


class FakeApp:
    """Stands for the Faust app: keeps the agents, and ``feed`` gives them batches as the transport would."""

    def __init__(self) -> None:
        self.agents: dict[tuple[str, ...], Callable[[Any], Any]] = {}

    def topic(self, *names: str, schema: Any) -> tuple[str, ...]:
        return names

    def agent(self, channel: tuple[str, ...], *, name: str) -> Callable[[Callable[[Any], Any]], None]:
        def register(function: Callable[[Any], Any]) -> None:
            self.agents[channel] = function

        return register

    async def feed(self, *batches: Sequence[FakeRecord]) -> None:
        """Give each batch (records of one partition) to the agent that reads its topic."""
        for records in batches:
            (agent,) = [agent for names, agent in self.agents.items() if records[0].topic in names]
            await agent(_Stream(records))


class _Stream:
    def __init__(self, records: Sequence[FakeRecord]) -> None:
        first = records[0]
        message = SimpleNamespace(
            topic=first.topic, partition=first.partition, offset=first.offset, value=list(records)
        )
        self.current_event = SimpleNamespace(message=message)
        self._left = 1

    def __aiter__(self) -> "_Stream":
        return self

    async def __anext__(self) -> Any:
        if not self._left:
            raise StopAsyncIteration
        self._left = 0
        return self.current_event.message.value
