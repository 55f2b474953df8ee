"""A pipe from the engine's thread to the event loop: what is written faster than it is read makes the writer wait."""

import asyncio
import fcntl
import os
from contextlib import suppress

SIZE = 1 << 20
"""Bytes that the kernel holds for it, where it may."""


class Pipe:
    """One result on its way. Each end is closed by its own side."""

    def __init__(self) -> None:
        """Open both ends; `outlet` is the one to write to."""
        self._source, self.outlet = os.pipe()
        os.set_blocking(self._source, False)
        with suppress(OSError):  # the kernel grants a user only so many large ones
            fcntl.fcntl(self.outlet, fcntl.F_SETPIPE_SZ, SIZE)

    async def read(self, least: int) -> bytes:
        """At least so many bytes; fewer only at the end."""
        parts, size = list[bytes](), 0
        while size < least:
            try:
                part = os.read(self._source, SIZE)
            except BlockingIOError:
                await self._readable()
                continue
            if not part:
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Read no more; whoever still writes is told so by an error."""
        if self._source >= 0:
            os.close(self._source)
            self._source = -1

    async def _readable(self) -> None:
        # A transport of uvloop's would close the file twice, and hit whoever got its number in between.
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
        loop.add_reader(self._source, arrived.set)
        try:
            await arrived.wait()
        finally:
            loop.remove_reader(self._source)
