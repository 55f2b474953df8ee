"""A log in memory that behaves as Kafka's: offsets, transactions and their markers, fencing, compaction."""

import functools
import weakref
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from confluent_kafka import KafkaError

from streams.progress import Place
from tests.memory_group import Group, Membership, Refused

_LOGS: "weakref.WeakValueDictionary[str, MemoryLog]" = weakref.WeakValueDictionary()
_names = count(1)

Headers = Sequence[tuple[str, bytes]]


class World(Protocol):
    """Where time comes from."""

    def clock(self) -> float:
        """Seconds."""

    def latency(self, most: float = ...) -> float:
        """Seconds that an answer takes."""

    def pause(self, seconds: float) -> None:
        """Wait."""

    def later(self, act: Callable[[], None]) -> None:
        """Do it in the broker's own time."""

    def beside(self, act: Callable[[], None]) -> None:
        """Do it in a client's background, soon, as long as its process lives; or never, where there is none."""


class Still:
    """A world in which nothing happens by itself: what the broker does later, it does at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def latency(self, most: float = 0.0) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def later(self, act: Callable[[], None]) -> None:
        act()

    def beside(self, act: Callable[[], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at an offset; ``timestamp`` in milliseconds. A marker ends a transaction and is never read."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers | None = None
    timestamp: int = 0
    marker: bool = False


@dataclass(slots=True)
class Partition:
    """One partition; ``end`` is the offset after the last entry."""

    entries: list[Entry] = field(default_factory=list)
    end: int = 0
    dropped: set[int] = field(default_factory=set)
    """Offsets of aborted records."""
    _open: dict[int, list[int]] = field(default_factory=dict)
    """Offsets of each undecided transaction, by its producer."""

    def append(self, record: Entry, producer: int | None = None) -> int:
        offset, self.end = self.end, self.end + 1
        self.entries.append(Entry(offset, record.key, record.value, record.headers, record.timestamp, record.marker))
        if producer is not None:
            self._open.setdefault(producer, []).append(offset)
        return offset

    def decide(self, producer: int, committed: bool) -> None:
        """Write the marker of a producer's transaction, also where it has no record here."""
        offsets = self._open.pop(producer, [])
        if not committed:
            self.dropped.update(offsets)
        self.append(Entry(0, None, None, marker=True))

    @property
    def stable(self) -> int:
        """The offset up to which every transaction is decided."""
        return min((offsets[0] for offsets in self._open.values()), default=self.end)

    def read(self, position: int, most: int, *, committed: bool) -> tuple[list[Entry], int]:
        """Records from a position on, and the next position."""
        limit, found = self.stable if committed else self.end, list[Entry]()
        for entry in self.entries[bisect_left(self.entries, position, key=lambda entry: entry.offset) :]:
            if entry.offset >= limit or len(found) == most:
                return found, entry.offset
            if not entry.marker and not (committed and entry.offset in self.dropped):
                found.append(entry)
        return found, max(position, limit)

    def compact(self) -> None:
        """Keep the newest decided record of each key, all markers, and what is undecided. Offsets stay as they were."""
        decided = [entry for entry in self.entries if entry.offset < self.stable and entry.offset not in self.dropped]
        newest = {entry.key: entry.offset for entry in decided if not entry.marker}
        kept = {*newest.values(), *(entry.offset for entry in self.entries if entry.marker)}
        self.entries = [entry for entry in self.entries if entry.offset in kept or entry.offset >= self.stable]


@dataclass(slots=True)
class Named:
    """A transactional name: who has it now, and what its open transaction has touched."""

    producer: int
    epoch: int = -1
    timeout_s: float = 60.0
    opened_at: float = 0.0
    places: set[Place] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    undecided: int = 0
    """Markers that are still to be written after a decision."""

    @property
    def open(self) -> bool:
        return bool(self.places or self.groups)


@dataclass(frozen=True, slots=True)
class Token:
    """A producer's right to write under a name, until another takes it over."""

    name: str
    producer: int
    epoch: int


class MemoryLog:
    """A broker's log; ``bootstrap`` is the address under which the clients of tests.memory_kafka find it."""

    def __init__(self, world: World | None = None) -> None:
        self.world: World = world or Still()
        self.bootstrap = f"memory-{next(_names)}"
        self.topics: dict[str, list[Partition]] = {}
        self.largest: dict[str, int] = {}
        self._groups: dict[str, Group] = {}
        self._named: dict[str, Named] = {}
        _LOGS[self.bootstrap] = self

    def create(self, topic: str, partitions: int, largest: int = 1_048_588) -> None:
        self.topics[topic] = [Partition() for _ in range(partitions)]
        self.largest[topic] = largest

    def compact(self, topic: str) -> None:
        for partition in self.topics[topic]:
            partition.compact()

    def partition(self, place: Place) -> Partition:
        return self.topics[place.topic][place.partition]

    def group(self, name: str) -> Group:
        self.end_overdue()
        return self._groups.setdefault(name, Group(self.world.clock))

    def register(self, name: str, timeout_s: float) -> Token:
        """Take a name over. Refused while what the one before left open is being aborted."""
        named = self._named.setdefault(name, Named(len(self._named)))
        if named.open and not named.undecided:
            named.epoch += 1
            self._decide(named, committed=False)
        if named.undecided:
            raise Refused(KafkaError.CONCURRENT_TRANSACTIONS)
        named.epoch, named.timeout_s = named.epoch + 1, timeout_s
        return Token(name, named.producer, named.epoch)

    def write(self, place: Place, record: Entry, token: Token | None = None) -> int:
        """Append; its offset. Refused where it is too large, or its transaction may not go on."""
        if len(record.key or b"") + len(record.value or b"") > self.largest[place.topic]:
            raise Refused(KafkaError.MSG_SIZE_TOO_LARGE)
        if token is None:
            return self.partition(place).append(record)
        self._joined(token).places.add(place)
        return self.partition(place).append(record, token.producer)

    def offer(self, token: Token, group: str, offsets: Mapping[Place, int], membership: Membership) -> None:
        """Offsets that count once the transaction is committed."""
        named = self._joined(token)
        self.group(group).offer(token.producer, offsets, membership)
        named.groups.add(group)

    def end_transaction(self, token: Token, *, committed: bool) -> None:
        """Decide. What it touched is visible, or void, as soon as the broker has written the markers."""
        named = self._current(token)
        if named.open and not named.undecided:
            self._decide(named, committed=committed)

    def end_overdue(self) -> None:
        """Abort transactions that have been open for too long; their producers are fenced."""
        for named in self._named.values():
            if named.open and not named.undecided and self.world.clock() - named.opened_at > named.timeout_s:
                named.epoch += 1
                self._decide(named, committed=False)

    def _current(self, token: Token) -> Named:
        self.end_overdue()
        named = self._named[token.name]
        if named.epoch != token.epoch:
            raise Refused(KafkaError.INVALID_PRODUCER_EPOCH)
        return named

    def _joined(self, token: Token) -> Named:
        named = self._current(token)
        if named.undecided:
            raise Refused(KafkaError.CONCURRENT_TRANSACTIONS)
        if not named.open:
            named.opened_at = self.world.clock()
        return named

    def _decide(self, named: Named, *, committed: bool) -> None:
        marks: list[Callable[[int, bool], None]] = [self.partition(place).decide for place in sorted(named.places)]
        marks += [self._groups[group].decide for group in sorted(named.groups)]
        named.undecided = len(marks)
        for mark in marks:
            self.world.later(functools.partial(self._mark, named, mark, committed))

    def _mark(self, named: Named, mark: Callable[[int, bool], None], committed: bool) -> None:
        mark(named.producer, committed)
        named.undecided -= 1
        if not named.undecided:
            named.places.clear()
            named.groups.clear()


def log_at(bootstrap: str) -> MemoryLog:
    """The log with that address."""
    return _LOGS[bootstrap]
