"""The first pool: the server with the least in flight gets the question, a failed try goes to another server once."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from agents.inference import Completion
from schemas.errors import Unavailable
from schemas.inference import ModelRequest
from streams.pool.admission import Admission
from streams.pool.pacing import Paced
from streams.pool.server import Server, ServerFailed, Spoken, lacks, named

log = logging.getLogger("kefu.pool")

REST_S = 5.0
"""Seconds for which a server that failed is passed over while another can answer."""
TRIES = 2
"""Servers that are asked for one question, per model."""


class PoolStatus(msgspec.Struct, frozen=True):
    """Whether models can be asked (``online``, ``offline``) and where; ``reason`` says what to do about the others."""

    status: str
    reason: str = ""
    servers: tuple[str, ...] = ()


class OllamaPool:
    """Implements agents.inference.Pool over Ollama servers, ``slots`` questions at a time each; ``ticks``: seconds."""

    def __init__(
        self,
        servers: Sequence[Server],
        *,
        model: str,
        fallback: str = "",
        slots: int = 4,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers, self._model, self._fallback, self._ticks = tuple(servers), model, fallback, ticks
        self._admission = Admission(self._servers, slots, ticks)

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None]) -> Completion:
        """Answer a request: each model on at most TRIES servers, until one has shown text."""
        course = _Course(request, Paced(on_text, self._ticks), self._ticks)
        for model in dict.fromkeys(filter(None, (request.model or self._model, self._fallback))):
            tried: set[str] = set()
            while len(tried) < TRIES:
                async with self._admission.least(model, tried) as server:
                    if server is None:
                        break
                    tried.add(server.url)
                    completion = await self._try(server, model, course)
                if completion is not None:
                    return completion
        return course.ended(Completion("unavailable", reason=course.reason))

    async def probe(self) -> PoolStatus:
        """Ask every server for its models."""
        found = await asyncio.gather(*(self._probe(server) for server in self._servers))
        good = tuple(server.url for server, usable in zip(self._servers, found, strict=True) if usable)
        problems = "; ".join(f"{server.url}: {server.problem}" for server in self._servers if server.url not in good)
        return PoolStatus("online" if good else "offline", problems if self._servers else NO_SERVER, good)

    async def aclose(self) -> None:
        """Close the connections to all servers."""
        await asyncio.gather(*(server.aclose() for server in self._servers))

    async def _probe(self, server: Server) -> bool:
        try:
            models = await server.models()
        except Unavailable as problem:
            server.problem = str(problem)
            return False
        wanted = frozenset(named(model) for model in (self._model, self._fallback) if model)
        server.lacking = wanted - models
        server.problem = lacks(self._model) if server.lacking == wanted else ""
        return not server.problem

    async def _try(self, server: Server, model: str, course: "_Course") -> Completion | None:
        course.begin()
        try:
            spoken = await server.ask(model, course.request.messages, course.paced.add)
        except ServerFailed as problem:
            self._failed(server, model, problem, course)
            broken = Completion("failed", model=model, server=server.url, reason=course.reason)
            return course.ended(broken) if problem.began else None
        course.paced.flush()
        server.problem = ""
        return course.ended(_answered(spoken, model, server))

    def _failed(self, server: Server, model: str, problem: ServerFailed, course: "_Course") -> None:
        server.problem = str(problem)
        course.reason = f"{server.url}: {problem}"
        if named(model) not in server.lacking:
            server.resting_until = self._ticks() + REST_S
        log.warning("question %s failed at %s", course.request.request_id, course.reason)


NO_SERVER = "KEFU_OLLAMA_URLS names no server; set it to the address of one, such as http://127.0.0.1:11434"


@dataclass(slots=True)
class _Course:
    """How a question fares: what is shown of its answer, its tries, the reason of the last failure."""

    request: ModelRequest
    paced: Paced
    ticks: Callable[[], float]
    attempts: int = 0
    reason: str = NO_SERVER
    started: float = field(default=0.0)

    def begin(self) -> None:
        self.started = self.started if self.attempts else self.ticks()
        self.attempts += 1

    def ended(self, completion: Completion) -> Completion:
        lasted = self.ticks() - self.started if self.attempts else 0.0
        return msgspec.structs.replace(completion, attempts=self.attempts, model_ms=round(lasted * 1000, 1))


def _answered(spoken: Spoken, model: str, server: Server) -> Completion:
    return Completion(
        "answered",
        text=spoken.text,
        model=model,
        server=server.url,
        prompt_tokens=spoken.prompt_tokens,
        answer_tokens=spoken.answer_tokens,
    )
