"""The event loop of a process in virtual time."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

Ts = TypeVarTuple("Ts")
T = TypeVar("T")


class Turns(Protocol):
    """The process, as its loop knows it."""

    def now(self) -> float: ...
    def running(self) -> bool:
        """Whether the process has its turn."""

    def at(self, when: float, act: Callable[[], None]) -> None:
        """Do it at that time, when the process has its turn."""

    def start(self, job: Callable[[], Any], done: Callable[[Any, BaseException | None], None]) -> None:
        """Run something in a thread of the process."""

    def unexpected(self, context: dict[str, Any]) -> None:
        """An error that nothing else will tell of."""


class Loop(asyncio.BaseEventLoop):
    """Runs what is ready when its process has its turn; time is the simulation's."""

    def __init__(self, process: Turns) -> None:
        self._process = process
        self._called = False
        self._soon: deque[asyncio.Handle] = deque()
        super().__init__()
        self.set_exception_handler(self._unexpected)

    def time(self) -> float:
        return self._process.now()

    def is_running(self) -> bool:
        return self._process.running()

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._soon.append(handle)
        if not self._called:
            self._called = True
            self._process.at(self.time(), self.run_ready)
        return handle

    call_soon_threadsafe = call_soon

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._process.at(when, lambda: None if handle.cancelled() else handle._run())
        return handle

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def _unexpected(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._process.unexpected(context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None: ...

    def run_in_executor(self, executor: Any, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> asyncio.Future[T]:
        """In a thread of the process; its beginning and its end take a moment of their own."""
        future: asyncio.Future[T] = self.create_future()

        def done(result: Any, problem: BaseException | None) -> None:
            if not future.cancelled():
                future.set_result(result) if problem is None else future.set_exception(problem)

        self._process.start(lambda: func(*args), done)
        return future

    def run_ready(self) -> None:
        self._called = False
        for _ in range(len(self._soon)):
            handle = self._soon.popleft()
            if not handle.cancelled():
                handle._run()
        if self._soon and not self._called:
            self._called = True
            self._process.at(self.time(), self.run_ready)

    def close(self) -> None:
        self._soon.clear()
        if not self.is_closed():
            self._closed = True
