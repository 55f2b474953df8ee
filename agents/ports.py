"""What the runtime needs of the transport, and the values that pass between agents, runtime and transport."""

import asyncio
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from schemas.errors import Rejected
from schemas.topics import MAX_RECORD_BYTES

S = TypeVar("S")

LARGEST_EVENT = MAX_RECORD_BYTES - 1024
"""Bytes that an event or a state may have when encoded, with its key; the rest is left for the record's frame."""


class TooLarge(Rejected):
    """An event or a state is larger than a topic takes."""


class When(msgspec.Struct, frozen=True, gc=False):
    """Time as data, in seconds since the epoch: ``now`` of the step, ``written`` of the record."""

    now: float
    written: float


class Kept(msgspec.Struct, Generic[S], frozen=True):
    """A state, the last offset per topic that went into it, and its timers.

    A record that comes again is known by its offset. ``wakes`` are the timers by name, in seconds since the epoch.
    """

    state: S
    applied: dict[str, int] = {}
    wakes: dict[str, float] = {}


class Wake(msgspec.Struct, frozen=True, gc=False):
    """A timer, among what a step answers with: ``what`` at the time ``at``, in seconds since the epoch.

    It is kept with the state and comes back as Woken, once, on whichever worker has the key then. The same ``what``
    again moves it; ``at`` None takes it back.
    """

    at: float | None
    what: str


class Woken(msgspec.Struct, frozen=True, gc=False):
    """A timer that has run out, as an event for the step; ``at`` is when it was due."""

    conversation_id: str
    what: str
    at: float


class Due(Protocol):
    """A timer whose time has come, where the states know it."""

    @property
    def partition(self) -> int: ...
    @property
    def key(self) -> bytes: ...
    @property
    def what(self) -> str: ...
    @property
    def at(self) -> float: ...


class Record(Protocol):
    """What the transport delivers: one record as it stood on its topic; ``timestamp`` in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Batch(Protocol):
    """Records of one partition that came with one poll, still to be worked on."""

    topic: str
    partition: int
    records: Sequence[Record]

    def current(self) -> bool:
        """Whether the partition is still ours, in the same assignment."""

    def begin(self, records: Sequence[Record]) -> Any:
        """These records, the next ones of the batch, are being worked on: a piece, to be finished."""

    def finish(self, piece: Any) -> None:
        """All that follows from the piece was handed over; pieces may end in any order."""


class States(Protocol):
    """State by partition and key. Raises TooLarge for a state that the changelog would not take."""

    opened: bool

    def get(self, partition: int, key: bytes) -> Kept[Any]: ...
    def put(self, partition: int, key: bytes, kept: Kept[Any]) -> None: ...
    def forget(self, partition: int, key: bytes) -> None:
        """The key has the empty state again, and nothing of it is kept."""

    def due(self, now: float, limit: int = 100) -> Sequence[Due]:
        """Timers whose time has come, the earliest first."""


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
        """The agent's states, ready for the present assignment; not ``opened`` while that is ending."""

    @property
    def caught_up(self) -> bool:
        """Whether what stood on the topics when the assignment began was worked on, or waited for long enough.

        Until then no timer goes off: what it would give up may have come while nobody was there.
        """

    def changed(self) -> None:
        """States were changed without a record: there is something to commit."""

    def end(self, reason: str) -> None:
        """End the process without committing; the supervisor starts it again."""


class Meter(Protocol):
    """Counts what an agent does."""

    def messages(self, agent: str, outcome: str, count: int = 1) -> None: ...
    def step(self, agent: str, seconds: float, count: int) -> None: ...
    def dead_letter(self, topic: str, reason: str) -> None: ...
