"""Waits for what is down, in words, with a capped back-off."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from schemas.errors import Unavailable

T = TypeVar("T")
log = logging.getLogger("kefu.waiting")

FIRST_S, CAP_S = 0.2, 5.0
SAY_EVERY_S = 10.0


def pauses() -> Iterator[float]:
    """Seconds between tries: doubling, up to a cap."""
    pause = FIRST_S
    while True:
        yield pause
        pause = min(pause * 2, CAP_S)


class _Words:
    def __init__(self, what: str) -> None:
        self._what, self._said_at = what, -SAY_EVERY_S

    def waiting(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._said_at >= SAY_EVERY_S:
            log.info("waiting for %s: %s", self._what, reason)
            self._said_at = now


def until(what: str, attempt: Callable[[], T]) -> T:
    """The first result of ``attempt`` that does not raise Unavailable. Blocks."""
    words = _Words(what)
    for pause in pauses():
        try:
            return attempt()
        except Unavailable as problem:
            words.waiting(str(problem))
            time.sleep(pause)
    raise AssertionError("pauses never end")


async def until_async(what: str, attempt: Callable[[], Awaitable[T]]) -> T:
    """The same for a coroutine function."""
    words = _Words(what)
    for pause in pauses():
        try:
            return await attempt()
        except Unavailable as problem:
            words.waiting(str(problem))
            await asyncio.sleep(pause)
    raise AssertionError("pauses never end")
