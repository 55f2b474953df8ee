"""Virtual time: processes with event loops and threads that run in one thread, in an order that a seed decides.

A process runs only when its turn comes; between two turns it may be frozen (SIGSTOP) or killed (kill -9: nothing of it
runs any more, and what it had in memory is gone). Code that would block in a thread runs in a greenlet, and ``pause``
is where it waits; on the event loop itself nothing waits.
"""

import asyncio
import heapq
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]

from tests.memory_loop import Loop

Act = Callable[[], None]


class Killed(BaseException):
    """The process is gone: what still runs of it has no effect."""


class Simulation:
    """The clock, the order of events, and which process has its turn. ``random`` decides what reality leaves open.

    ``trouble``: how probable it is that a process is killed or frozen while one of its threads waits for the broker;
    frozen only where it is ``frosty``.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = 1_000.0
        self.current: Process | None = None
        self.trouble = 0.0
        self.frosty = True
        self.unexpected: list[Any] = []
        self._events: list[tuple[float, int, Act]] = []
        self._number = 0

    def clock(self) -> float:
        return self.now

    def latency(self, most: float = 0.02) -> float:
        """Seconds that something takes: mostly little, at times all of ``most``."""
        return most * self.random.random() ** 3

    def at(self, when: float, act: Act) -> None:
        self._number += 1
        heapq.heappush(self._events, (when, self._number, act))

    def later(self, act: Act) -> None:
        """Do it in the broker's own time."""
        self.at(self.now + self.latency(0.1), act)

    def beside(self, act: Act) -> None:
        """In the background of the current process."""
        if self.current is not None:
            self.current.at(self.now + self.latency(), act)

    def run(self, until: float) -> None:
        """Let time go on up to ``until``."""
        while self._events and self._events[0][0] <= until:
            when, _, act = heapq.heappop(self._events)
            self.now = max(self.now, when)
            act()
        self.now = max(self.now, until)

    def pause(self, seconds: float) -> None:
        """Wait in a thread of the current process; elsewhere time does not pass."""
        process = self.current
        if process is None:
            return
        if process.dead:
            raise Killed
        if process.job is not None:
            job = process.job
            if self.random.random() < self.trouble:
                self._strike(process)
            process.at(self.now + seconds, lambda: process.resume(job))
            process.main.switch()

    def _strike(self, process: "Process") -> None:
        if not self.frosty or self.random.random() < 0.5:
            process.kill("struck")
        else:
            process.freeze()
            self.at(self.now + self.random.choice((0.1, 1.2, 2.8)), process.thaw)


class Process:
    """One worker process; ``ended`` is told why it is gone."""

    def __init__(self, simulation: Simulation, name: str, ended: Callable[[str], None]) -> None:
        self.simulation, self.name, self._ended = simulation, name, ended
        self.loop = Loop(self)
        self.dead = False
        self.frozen = False
        self.job: greenlet | None = None
        self.main = getcurrent()
        self._jobs: set[greenlet] = set()
        self._program: asyncio.Task[None] | None = None
        self._held: deque[Act] = deque()

    def now(self) -> float:
        return self.simulation.now

    def running(self) -> bool:
        return self.simulation.current is self

    def unexpected(self, context: dict[str, Any]) -> None:
        if not self.dead:
            self.simulation.unexpected.append(context)

    def at(self, when: float, act: Act) -> None:
        self.simulation.at(when, lambda: self._turn(act))

    def run(self, program: Coroutine[Any, Any, None]) -> None:
        """What it does on its event loop."""

        def begin() -> None:
            self._program = self.loop.create_task(program)

        self.at(self.simulation.now, begin)

    def start(self, job: Callable[[], Any], done: Callable[[Any, BaseException | None], None]) -> None:
        """Run something in a thread of the process."""

        def run() -> None:
            try:
                done(job(), None)
            except (GreenletExit, Killed):
                pass
            except Exception as problem:
                done(None, problem)

        thread = greenlet(run)
        self._jobs.add(thread)
        self.at(self.simulation.now + self.simulation.latency(0.002), lambda: self.resume(thread))

    def resume(self, thread: greenlet) -> None:
        self.job, self.main = thread, getcurrent()
        thread.parent = self.main
        try:
            thread.switch()
        finally:
            self.job = None
        if thread.dead:
            self._jobs.discard(thread)

    def freeze(self) -> None:
        self.frozen = True

    def thaw(self) -> None:
        self.frozen = False
        while self._held:
            self.at(self.simulation.now, self._held.popleft())

    def kill(self, why: str = "killed") -> None:
        if not self.dead:
            self.dead = True
            self._ended(why)
            self.simulation.at(self.simulation.now, self._bury)

    def _turn(self, act: Act) -> None:
        if self.frozen and not self.dead:
            self._held.append(act)
        elif not self.dead:
            self._run(act)

    def _run(self, act: Act) -> None:
        simulation, before = self.simulation, events._get_running_loop()
        simulation.current = self
        events._set_running_loop(self.loop)
        try:
            act()
        finally:
            events._set_running_loop(before)
            simulation.current = None

    def _bury(self) -> None:
        """Unwind what it was at, so that Python finds nothing unfinished; the broker hears nothing of it."""
        self._run(self._unwind)
        self.loop.close()

    def _unwind(self) -> None:
        for thread in list(self._jobs):
            thread.throw(GreenletExit)
        for _ in range(20):
            tasks = asyncio.all_tasks(self.loop)
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            self.loop.run_ready()
