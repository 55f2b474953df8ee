"""The engine of a simulated Ollama: slots, rates, a prompt cache per slot, loading, queueing as the real one does it.

Time passes through ``asyncio.sleep``: in a loop of virtual time ten minutes of load take a second.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

STRIDE = 8
"""Tokens that are written between two looks at how many others are being answered."""


class Down(Exception):
    """The server is gone, or goes away in the middle."""


class Job(NamedTuple):
    """A question as the engine sees it; of the ``prompt`` tokens the first ``shared`` are the same in all questions."""

    conversation: str
    model: str
    prompt: int
    answer: int
    shared: int = 0


class Piece(NamedTuple):
    """So many tokens were written; ``read`` were read anew and ``load`` seconds went into loading the model."""

    tokens: int
    read: int
    load: float


@dataclass(slots=True)
class _Slot:
    conversation: str = ""
    tokens: int = 0
    used: float = 0.0
    busy: bool = False


@dataclass
class Engine:
    """``prefill`` and ``decode`` in tokens a second; each further answer at the same time slows all by ``crowding``.

    One model stands in memory at a time, another takes ``loading`` seconds and empties the caches. More questions than
    ``slots`` queue here without bound. ``slow`` divides both rates.
    """

    slots: int = 4
    prefill: float = 2000.0
    decode: float = 60.0
    crowding: float = 0.15
    loading: float = 4.0
    slow: float = 1.0
    model: str = ""
    up: bool = True
    most_queued: int = 0
    _free: asyncio.Semaphore = field(init=False)
    _places: list[_Slot] = field(init=False)
    _loads: asyncio.Lock = field(default_factory=asyncio.Lock)
    _down: asyncio.Event = field(default_factory=asyncio.Event)
    _running: int = 0
    _queued: int = 0

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.slots)
        self._places = [_Slot() for _ in range(self.slots)]

    @property
    def running(self) -> int:
        return self._running

    def fall(self) -> None:
        """kill -9: what runs breaks off, the memory is empty."""
        self.up, self.model = False, ""
        self._down.set()
        self._forget()

    def rise(self) -> None:
        """It is there again, with a cold model."""
        self.up, self._down = True, asyncio.Event()

    def fresh(self, job: Job) -> int:
        """Tokens of the prompt that would be read anew now."""
        held = max((_held(place, job) for place in self._places if not place.busy), default=0)
        return job.prompt - (held if self.model == job.model else 0)

    def pace(self, others: int) -> float:
        """Seconds a token of an answer takes beside so many others."""
        return self.slow * (1 + self.crowding * others) / self.decode

    async def answer(self, job: Job) -> AsyncIterator[Piece]:
        """The answer in pieces, in real order of time. Raises Down."""
        async with self._slot(job) as place:
            load = await self._loaded(job.model)
            read = job.prompt - _held(place, job)
            place.conversation, place.tokens = job.conversation, job.prompt
            await self._pass(read * self.slow / self.prefill)
            left = job.answer
            while left > 0:
                tokens = min(STRIDE, left)
                await self._pass(tokens * self.pace(self._running - 1))
                left -= tokens
                place.tokens += tokens
                yield Piece(tokens, read, load)

    @asynccontextmanager
    async def _slot(self, job: Job) -> AsyncIterator[_Slot]:
        if not self.up:
            raise Down
        self._queued += 1
        self.most_queued = max(self.most_queued, self._queued)
        try:
            await self._free.acquire()
        finally:
            self._queued -= 1
        free = [place for place in self._places if not place.busy]
        place = max(free, key=lambda one: (_held(one, job), -one.used))
        place.busy, place.used = True, asyncio.get_running_loop().time()
        self._running += 1
        try:
            if not self.up:
                raise Down
            yield place
        finally:
            self._running -= 1
            place.busy = False
            self._free.release()

    async def _loaded(self, model: str) -> float:
        async with self._loads:
            if self.model == model:
                return 0.0
            await self._pass(self.loading * self.slow)
            self.model = model
            self._forget()
            return self.loading * self.slow

    def _forget(self) -> None:
        for place in self._places:
            place.conversation, place.tokens = "", 0

    async def _pass(self, seconds: float) -> None:
        down = self._down
        try:
            async with asyncio.timeout(seconds):
                await down.wait()
        except TimeoutError:
            if down is not self._down:
                raise Down from None
            return
        raise Down


def _held(place: _Slot, job: Job) -> int:
    """Tokens of the prompt that a slot has read already."""
    return min(place.tokens, job.prompt) if place.conversation == job.conversation else min(place.tokens, job.shared)
