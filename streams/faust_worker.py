"""Runs a Faust app on an event loop of ours until a signal, a crash or the end of something beside it."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import faust
import uvloop

from streams.garbage import keep_for_good

log = logging.getLogger("kefu.worker")

Coroutine = Callable[[], Awaitable[None]]
SWITCH_S = 0.001
"""Seconds after which a busy thread gives way: the consumer's thread must not wait 5 ms (the default) for each step."""
STOP_S = 8.0
"""Seconds for a graceful stop; the supervisor kills a little later, and a kill loses nothing."""
LEAVE_S = STOP_S + 2.0
"""Seconds after which the process ends whatever still waits: some threads wait for a broker for ever, and the
interpreter for them."""


def run(
    app: faust.App,
    *,
    before: Sequence[Coroutine] = (),
    meanwhile: Sequence[Coroutine] = (),
    after: Sequence[Coroutine] = (),
) -> None:
    """Blocks. Raises what crashed the app or a task beside it."""
    leaving = threading.Timer(LEAVE_S, _leave)
    leaving.daemon = True
    sys.setswitchinterval(SWITCH_S)
    try:
        uvloop.run(_run(app, before, meanwhile, after, leaving.start))
    finally:
        if not any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
            leaving.cancel()


def _leave() -> None:
    log.warning("the stop took longer than %.0f s: what is not committed is done again", LEAVE_S)
    logging.shutdown()
    os._exit(1)


async def _run(
    app: faust.App,
    before: Sequence[Coroutine],
    meanwhile: Sequence[Coroutine],
    after: Sequence[Coroutine],
    stopping: Callable[[], None],
) -> None:
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    for start in before:
        await start()
    app.finalize()
    keep_for_good()
    await app.start()
    beside = [asyncio.ensure_future(task()) for task in meanwhile]
    endings: list[asyncio.Future[Any]] = [
        asyncio.ensure_future(asked_to_stop.wait()),
        asyncio.ensure_future(app._crashed.wait()),
        *beside,
    ]
    done, _ = await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
    for task in endings:
        task.cancel()
    stopping()
    try:
        async with asyncio.timeout(STOP_S):
            await app.stop()
    except TimeoutError:
        log.warning("the graceful stop took longer than %.0f s: what is not committed is done again", STOP_S)
    for close in after:
        await close()
    _raise_first(done, app)


def _raise_first(done: Collection[asyncio.Future[Any]], app: faust.App) -> None:
    for task in done:
        if not task.cancelled() and task.exception() is not None:
            raise task.exception() or RuntimeError
    if app.crashed:
        raise RuntimeError(f"the worker crashed: {app.crash_reason!r}")
