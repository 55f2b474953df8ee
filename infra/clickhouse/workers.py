"""Workers: threads that queries run in, so that a long one holds nobody up."""

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import ParamSpec, TypeVar

CONCURRENT = 16
"""Queries that run at once; more of them wait their turn."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Workers:
    """A pool of threads for work that an event loop waits for."""

    def __init__(self, count: int = CONCURRENT) -> None:
        """Begin with no thread; at most so many are made, and half as many again for small work beside the queries."""
        self._pool = concurrent.futures.ThreadPoolExecutor(count, "query")
        self._side = concurrent.futures.ThreadPoolExecutor(count // 2, "side")
        self._running: set[concurrent.futures.Future[object]] = set()

    def start(self, work: Callable[_P, _T], *arguments: _P.args, **options: _P.kwargs) -> "asyncio.Future[_T]":
        """Begin the work of a query."""
        future = self._pool.submit(work, *arguments, **options)
        self._running.add(future)  # type: ignore[arg-type]
        future.add_done_callback(self._running.discard)
        return asyncio.wrap_future(future)

    async def aside(self, work: Callable[_P, _T], *arguments: _P.args, **options: _P.kwargs) -> _T:
        """Do work that no query holds up."""
        return await asyncio.wrap_future(self._side.submit(work, *arguments, **options))

    def post(self, work: Callable[_P, object], *arguments: _P.args, **options: _P.kwargs) -> None:
        """Do work that nobody waits for."""
        self._side.submit(work, *arguments, **options)

    def finish(self, seconds: float) -> bool:
        """Take no more work; whether that which runs ended within the seconds."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._side.shutdown(wait=False, cancel_futures=True)
        return not concurrent.futures.wait(set(self._running), seconds).not_done
