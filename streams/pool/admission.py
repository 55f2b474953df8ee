"""Admission: who asks which server, and who waits, since servers themselves queue without bound."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager

from streams.pool.server import Server, named


class Admission:
    """Hands out the server with the least in flight, at most ``slots`` questions each. ``ticks`` gives seconds."""

    def __init__(self, servers: Sequence[Server], slots: int, ticks: Callable[[], float]) -> None:
        self._servers, self._slots, self._ticks = tuple(servers), max(1, slots), ticks
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def least(self, model: str, tried: Collection[str]) -> AsyncIterator[Server | None]:
        """Hold a place at a server that was not tried yet; waits while all that suit are full. None: all were tried."""
        while (server := self._choice(model, tried)) is not None and server.in_flight >= self._slots:
            await self._freed.wait()
        if server is None:
            yield None
            return
        server.in_flight += 1
        try:
            yield server
        finally:
            server.in_flight -= 1
            freed, self._freed = self._freed, asyncio.Event()
            freed.set()

    def _choice(self, model: str, tried: Collection[str]) -> Server | None:
        now, name = self._ticks(), named(model)

        def preference(server: Server) -> tuple[bool, bool, int]:
            return name in server.lacking, server.resting_until > now, server.in_flight

        return min((server for server in self._servers if server.url not in tried), key=preference, default=None)
