"""What the gateway is built from: its ports to Kafka and ClickHouse, its limits, and the value that carries them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from prometheus_client import CollectorRegistry

from schemas.messages import Event
from schemas.topics import MAX_RECORD_BYTES, Topic

Row = dict[str, Any]
Check = Callable[[], Awaitable[str | None]]
"""Looks at a dependency: None when it is well, else what is wrong in words."""


class Inbox(Protocol):
    """Where events are appended."""

    async def append(self, topic: Topic, key: bytes, value: bytes) -> None:
        """Return once all in-sync replicas have the record.

        Raises Unavailable when Kafka does not take it in time, Rejected when it is larger than a record may be.
        """


class Batch(NamedTuple):
    """Events in the order of their partitions; ``caught_up`` once all that was there at the start has been given."""

    events: Sequence[Event]
    caught_up: bool


class Outbox(Protocol):
    """Where replies, their pieces, receipts and settings come from."""

    def follow(self) -> AsyncGenerator[Batch, None]:
        """Begin some minutes in the past and never end; batches may be empty. Raises Unavailable."""


class Question(NamedTuple):
    """A query: its name, its SQL with ``{name:Type}`` places, and what stands in them."""

    name: str
    sql: str
    parameters: Mapping[str, str | int | float] = {}


class Store(Protocol):
    """Where the conversations' history is."""

    async def rows(self, question: Question) -> list[Row]:
        """The answer, a dict per row, times in RFC 3339. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, frames and replies, times in seconds."""

    query_timeout_s: float = 30.0
    recent_s: float = 600.0
    recent_replies: int = 20_000
    body_bytes: int = MAX_RECORD_BYTES
    frames: int = 64
    send_timeout_s: float = 10.0
    check_timeout_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Site:
    """What is served under which names: folders of the pages and of the browser libraries, allowed Host names."""

    pages: Path = Path(__file__).parent / "pages"
    vendor: Path | None = None
    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "::1"})


class Nothing:
    """Implements Outbox where there is nothing to follow."""

    async def follow(self) -> AsyncGenerator[Batch, None]:
        yield Batch((), True)
        await asyncio.Event().wait()


async def no_lag() -> list[Row]:
    return []


@dataclass(frozen=True, slots=True)
class GatewayDeps:
    """Everything that the application is handed. ``lag`` gives rows of group, topic and lag in records.

    ``handovers`` follows the handover's topic from its beginning.
    ``secret`` is a part of the keys with which personal data is sealed.

    A failed check named in ``optional`` makes the gateway degraded, any other one not ready.
    """

    inbox: Inbox
    outbox: Outbox
    store: Store
    clock: Callable[[], float]
    secret: bytes = b""
    handovers: Outbox = field(default_factory=Nothing)
    lag: Callable[[], Awaitable[list[Row]]] = no_lag
    checks: Mapping[str, Check] = field(default_factory=dict)
    optional: frozenset[str] = frozenset({"clickhouse", "tools"})
    limits: Limits = Limits()
    site: Site = Site()
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
