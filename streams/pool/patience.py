"""A time limit that starts anew with each sign of life."""

import asyncio
from types import TracebackType
from typing import Self


class Patience:
    """Raises TimeoutError where the code within hears nothing for the seconds that it may be silent.

    One timer looks when the silence could be over, so that ``heard`` costs next to nothing however often it is called.
    """

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeout = asyncio.timeout(None)
        self._until = self._loop.time() + seconds
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, seconds: float) -> None:
        """Something came: from now on there may be silence for so long."""
        self._until = self._loop.time() + seconds
        if self._timer is not None and self._until < self._timer.when():
            self._timer.cancel()
            self._arm()

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._arm()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(kind, problem, trace)

    def _arm(self) -> None:
        self._timer = self._loop.call_at(self._until, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        if now < self._until:
            self._arm()
        else:
            self._timer = None
            self._timeout.reschedule(now)
