"""Admission: who asks which server, and who waits, since servers themselves queue without bound."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from agents.scheduling import Choice, Load, Work, choose, shared
from streams.pool.server import Server, named

FAIR = 4
"""Of so many places one goes to a question of the ordinary lane, however many wait in the priority lane."""
LOOK_S = 0.2
"""Seconds after which those who wait are looked at again: what was expected may not have come."""


@dataclass(slots=True, eq=False)
class Place:
    """What is wanted: a slot for ``work`` at a server that was not ``tried``; and what was found."""

    question: str
    work: Work
    urgent: bool = False
    tried: Collection[str] = ()
    found: "asyncio.Future[Server | None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Admission:
    """Hands out the slots of the servers in the order of agents.scheduling. ``ticks`` gives seconds."""

    def __init__(self, servers: Sequence[Server], slots: int, ticks: Callable[[], float]) -> None:
        self._servers, self._slots, self._ticks = tuple(servers), max(1, slots), ticks
        self._loads = [server.load for server in servers]
        self._waiting: list[Place] = []
        self._urgent_in_a_row = 0
        self._look: asyncio.TimerHandle | None = None
        self.share(range(1), 1)

    @property
    def waiting(self) -> int:
        """Questions that have no slot yet."""
        return len(self._waiting)

    def share(self, partitions: Collection[int], of: int) -> None:
        """Keep to the part of each server's slots that belongs to these of ``of`` partitions; at least one in all."""
        for turn, load in enumerate(self._loads):
            load.slots = shared(self._slots, partitions, of, turn)
        if self._loads and not any(load.slots for load in self._loads):
            self._loads[min(partitions, default=0) % len(self._loads)].slots = 1
        self.look()

    @asynccontextmanager
    async def place(self, wanted: Place, until: float | None = None) -> AsyncIterator[Server | None]:
        """Hold a slot; waits while the servers that suit are full. None: all were tried. TimeoutError at ``until``."""
        self._waiting.append(wanted)
        self.look()
        try:
            async with asyncio.timeout(None if until is None else max(0.0, until - self._ticks())):
                server = await wanted.found
            yield server
        finally:
            self._leave(wanted)

    def _leave(self, wanted: Place) -> None:
        if wanted in self._waiting:
            self._waiting.remove(wanted)
        if wanted.found.done() and not wanted.found.cancelled() and (server := wanted.found.result()):
            server.load.running.pop(wanted.question, None)
        self.look()

    def look(self) -> None:
        """Give out what is free now."""
        held: list[tuple[Load, str]] = []
        for wanted in self._in_turn():
            choice = self._choice(wanted)
            if choice is None:
                self._give(wanted, None)
            elif self._loads[choice.server].free > 0:
                self._grant(wanted, choice)
            else:
                load = self._loads[choice.server]
                load.began(wanted.question, choice.ends)
                held.append((load, wanted.question))
        for load, question in held:
            load.running.pop(question, None)
        self._look_again()

    def _grant(self, wanted: Place, choice: Choice) -> None:
        self._loads[choice.server].began(wanted.question, choice.ends)
        self._urgent_in_a_row = self._urgent_in_a_row + 1 if wanted.urgent else 0
        self._give(wanted, self._servers[choice.server])

    def _give(self, wanted: Place, server: Server | None) -> None:
        self._waiting.remove(wanted)
        if not wanted.found.done():
            wanted.found.set_result(server)

    def _in_turn(self) -> Iterable[Place]:
        """The priority lane first, each lane in order; now and then an ordinary question before the urgent ones."""
        urgent = [wanted for wanted in self._waiting if wanted.urgent]
        others = [wanted for wanted in self._waiting if not wanted.urgent]
        first = others[:1] if self._urgent_in_a_row >= FAIR - 1 else []
        return [*first, *urgent, *others[len(first) :]]

    def _choice(self, wanted: Place) -> Choice | None:
        now, name = self._ticks(), named(wanted.work.model)
        out = {place for place, server in enumerate(self._servers) if server.url in wanted.tried}
        lacking = {place for place, server in enumerate(self._servers) if name in server.lacking}
        resting = {place for place, server in enumerate(self._servers) if not server.passes(now)}
        for passed in (out | lacking | resting, out | lacking, out):
            if choice := choose(wanted.work, self._loads, now, but=passed):
                return choice
        return None

    def _look_again(self) -> None:
        if self._look is not None:
            self._look.cancel()
        self._look = asyncio.get_running_loop().call_later(LOOK_S, self.look) if self._waiting else None
