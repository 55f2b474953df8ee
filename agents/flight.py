"""Flight: the questions that are with the model servers, and those whose answer is wanted no more."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")

VOID = 10_000
"""Void requests that are remembered: one may come after what made it void."""


class Flight(Generic[T]):
    """A void question is not asked, or no further; what it leads to then is ``superseded``."""

    def __init__(self, superseded: T) -> None:
        self._superseded = superseded
        self._asked: dict[str, asyncio.Task[T]] = {}
        self._void: dict[str, None] = {}

    def void(self, request_id: str) -> None:
        """Its answer is wanted no more, whether it was asked already or comes later (from the other lane)."""
        if not request_id:
            return
        self._void[request_id] = None
        if len(self._void) > VOID:
            del self._void[next(iter(self._void))]
        if (task := self._asked.get(request_id)) is not None:
            task.cancel()

    async def fly(self, request_id: str, complete: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What the question leads to."""
        if request_id in self._void:
            return self._superseded
        task = self._asked[request_id] = asyncio.create_task(complete())
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if request_id in self._void and not (current and current.cancelling()):
                return self._superseded
            raise
        finally:
            if self._asked.get(request_id) is task:
                del self._asked[request_id]
