"""A consumer group in memory: members, generations and rebalances, committed offsets and those that are undecided."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import count

from confluent_kafka import KafkaError

from streams.progress import Place


class Refused(Exception):
    """The broker's answer is an error; ``code`` as KafkaError has it."""

    def __init__(self, code: int) -> None:
        super().__init__(KafkaError(code).str())
        self.code = code


@dataclass(frozen=True, slots=True)
class Membership:
    """Who commits. Generation -1 and no member: one that uses the group for its offsets only."""

    generation: int = -1
    member: str = ""
    instance: str | None = None


@dataclass(slots=True)
class Member:
    """A member; ``joined``: it has given up its partitions and waits for the next generation."""

    instance: str | None
    session_s: float
    rebalance_s: float
    partitions: int
    heard: float
    joined: bool = True
    share: range = range(0)


@dataclass
class Group:
    """Eager rebalances, shares by range, static members by their instance's name (KIP-345)."""

    clock: Callable[[], float]
    offsets: dict[Place, int] = field(default_factory=dict)
    generation: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    rebalancing_since: float | None = None
    _offered: dict[int, dict[Place, tuple[int, int]]] = field(default_factory=dict)
    """Undecided offsets by producer, each behind the number of its commit."""
    _newest: dict[Place, int] = field(default_factory=dict)
    _commits: "count[int]" = field(default_factory=lambda: count(1))
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def join(
        self, member: str, instance: str | None, partitions: int, session_s: float = 10.0, rebalance_s: float = 30.0
    ) -> str:
        """Ask for a share of that many partitions; the member's id. ``share`` gives it, once all others have joined."""
        self._tick()
        if member and member not in self.members:
            raise Refused(KafkaError.UNKNOWN_MEMBER_ID)
        same = next(
            (known for known, of in self.members.items() if instance is not None and of.instance == instance), ""
        )
        name = member or f"{instance or 'member'}-{next(self._numbers)}"
        if same and not member:
            self.members = {name if known == same else known: of for known, of in self.members.items()}
            self.members[name].heard = self.clock()
            if self.rebalancing_since is None:
                return name
        if name not in self.members:
            self.members[name] = Member(instance, session_s, rebalance_s, partitions, self.clock())
        self.members[name].joined = True
        self._rebalance()
        self._tick()
        return name

    def share(self, member: str) -> tuple[int, range] | None:
        """Generation and partitions of a member; None while others are waited for."""
        self._tick()
        if member not in self.members:
            raise Refused(KafkaError.UNKNOWN_MEMBER_ID)
        if self.rebalancing_since is not None:
            return None
        self.members[member].heard = self.clock()
        return self.generation, self.members[member].share

    def beat(self, membership: Membership) -> None:
        """A heartbeat. Refused with REBALANCE_IN_PROGRESS where the member is to join again."""
        self._tick()
        self._check(membership)
        self.members[membership.member].heard = self.clock()
        if self.rebalancing_since is not None:
            raise Refused(KafkaError.REBALANCE_IN_PROGRESS)

    def leave(self, member: str) -> None:
        if self.members.pop(member, None) is not None:
            self._rebalance()
            self._tick()

    def commit(self, offsets: Mapping[Place, int], membership: Membership) -> None:
        self._tick()
        if membership.member or membership.generation >= 0 or self.members:
            self._check(membership)
        self._settle(self._numbered(offsets))

    def offer(self, producer: int, offsets: Mapping[Place, int], membership: Membership) -> None:
        """Offsets of a transaction. Nobody fences who names neither generation nor member."""
        self._tick()
        if membership.member or membership.generation >= 0:
            self._check(membership)
        self._offered.setdefault(producer, {}).update(self._numbered(offsets))

    def decide(self, producer: int, committed: bool) -> None:
        offered = self._offered.pop(producer, {})
        if committed:
            self._settle(offered)

    def undecided(self, places: Collection[Place]) -> bool:
        return any(place in offered for offered in self._offered.values() for place in places)

    def _numbered(self, offsets: Mapping[Place, int]) -> dict[Place, tuple[int, int]]:
        number = next(self._commits)
        return {place: (number, offset) for place, offset in offsets.items()}

    def _settle(self, commits: Mapping[Place, tuple[int, int]]) -> None:
        """Of two transactions whose markers come in another order, the one that named its offsets last counts."""
        for place, (number, offset) in commits.items():
            if number > self._newest.get(place, 0):
                self._newest[place], self.offsets[place] = number, offset

    def _check(self, membership: Membership) -> None:
        if membership.instance is not None:
            for known, of in self.members.items():
                if of.instance == membership.instance and known != membership.member:
                    raise Refused(KafkaError.FENCED_INSTANCE_ID)
        if membership.member not in self.members:
            raise Refused(KafkaError.UNKNOWN_MEMBER_ID)
        if membership.generation != self.generation:
            raise Refused(KafkaError.ILLEGAL_GENERATION)

    def _rebalance(self) -> None:
        if self.rebalancing_since is None:
            self.rebalancing_since = self.clock()

    def _tick(self) -> None:
        """What is due: members whose session ran out go, and a rebalance ends when nobody is waited for any more."""
        now = self.clock()
        silent = [name for name, of in self.members.items() if not of.joined and now - of.heard > of.session_s]
        for name in silent:
            del self.members[name]
            self._rebalance()
        if self.rebalancing_since is None:
            return
        waited = now - self.rebalancing_since
        for name in [name for name, of in self.members.items() if not of.joined and waited > of.rebalance_s]:
            del self.members[name]
        if all(of.joined for of in self.members.values()):
            self._start_generation(now)

    def _start_generation(self, now: float) -> None:
        self.generation += 1
        self.rebalancing_since = None
        ordered = sorted(self.members.items(), key=lambda item: (item[1].instance or "", item[0]))
        for rank, (_, of) in enumerate(ordered):
            first, last = (of.partitions * place // len(ordered) for place in (rank, rank + 1))
            of.share, of.joined, of.heard = range(first, last), False, now
