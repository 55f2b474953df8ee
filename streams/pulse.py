"""Ends a worker whose event loop stands still: in a step that never ends, for example.

The watchdog stands still too then, and heartbeats go on, from the consumer's own thread: nobody else would take over.
"""

import asyncio
import faulthandler
import sys
import threading
from collections.abc import Callable
from types import FrameType

LOOK_S = 1.0
GRACE_S = 5.0
"""Seconds after which the process ends with its stack, where a call into C lets no other thread run."""
SHOWN = 3
"""Calls that are named, the innermost first."""


async def keep(end: Callable[[str], None], still_s: float) -> None:
    """Beat, for ever. ``end`` is called from a thread once the loop has not moved for ``still_s`` seconds."""
    pulse = Pulse(end, still_s)
    pulse.start()
    try:
        while True:
            pulse.beat()
            faulthandler.dump_traceback_later(still_s + GRACE_S, exit=True)
            await asyncio.sleep(LOOK_S)
    finally:
        faulthandler.cancel_dump_traceback_later()
        pulse.stop()


class Pulse(threading.Thread):
    """Watches the thread that makes it. It counts looks, not time: a process that slept (SIGSTOP) is not still."""

    def __init__(self, end: Callable[[str], None], still_s: float) -> None:
        super().__init__(name="pulse", daemon=True)
        self._end, self._still_s, self._watched = end, still_s, threading.get_ident()
        self._beats = 0
        self._over = threading.Event()

    def beat(self) -> None:
        self._beats += 1

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        seen, still_s = -1, 0.0
        while not self._over.wait(LOOK_S):
            still_s = still_s + LOOK_S if self._beats == seen else 0.0
            seen = self._beats
            if still_s >= self._still_s:
                where = calls(sys._current_frames().get(self._watched))
                self._end(f"the event loop has stood still for {still_s:.0f} s: {where}; what runs there must end")
                return


def calls(frame: FrameType | None) -> str:
    """Where a thread is, for people."""
    found: list[str] = []
    while frame is not None and len(found) < SHOWN:
        found.append(f"{frame.f_code.co_qualname} ({frame.f_code.co_filename}, line {frame.f_lineno})")
        frame = frame.f_back
    return ", called by ".join(found)
