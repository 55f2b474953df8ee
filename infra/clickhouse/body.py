"""The body of a request, handed from the event loop to the thread that reads it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Body:
    """The parts of a body as they come; a thread that iterates over them waits for the client."""

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        """Take what gives the next message of the connection, and the loop that it belongs to."""
        self._receive = receive
        self._loop = loop
        self._parts: list[bytes] = []
        self.complete = False

    async def begin(self) -> None:
        """Take the first part, which mostly is the only one."""
        self._parts = [await self._next()]

    @property
    def size(self) -> int:
        """Bytes of the first part, until it has been taken."""
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[bytes]:
        """The parts, once."""
        while self._parts or not self.complete:
            if part := self._parts.pop() if self._parts else self._awaited():
                yield part

    async def gone(self) -> None:
        """Wait for the client of a complete request to go away."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _awaited(self) -> bytes:
        return asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        self.complete = not message.get("more_body", False)
        return bytes(message.get("body", b""))
