"""The first pool: the server with the least in flight gets the question, a failed try goes to another server once."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from agents.inference import Completion
from schemas.errors import Unavailable
from schemas.inference import ModelRequest
from streams.pool.server import Server, ServerFailed, Spoken

log = logging.getLogger("kefu.pool")

CHUNK_S = 0.08
"""Seconds between the pieces that are shown while a model writes."""
REST_S = 5.0
"""Seconds for which a server that failed is passed over while another can answer."""
TRIES = 2


class PoolStatus(msgspec.Struct, frozen=True):
    """Whether models can be asked, and if not, why and what to do."""

    status: str
    reason: str = ""
    servers: tuple[str, ...] = ()


class OllamaPool:
    """Implements agents.inference.Pool over Ollama servers. ``slots`` questions at a time per server."""

    def __init__(self, servers: Sequence[Server], *, model: str, fallback: str = "", slots: int = 4) -> None:
        self._servers, self._model, self._fallback = tuple(servers), model, fallback
        self._slots = asyncio.Semaphore(max(1, slots * len(servers)))
        self._per_server = slots

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None]) -> Completion:
        started = time.monotonic()
        async with self._slots:
            completion = await self._tried(request, _Paced(on_text))
        return msgspec.structs.replace(completion, model_ms=round((time.monotonic() - started) * 1000, 1))

    async def probe(self) -> PoolStatus:
        """Ask every server for its models."""
        found = await asyncio.gather(*(self._probe(server) for server in self._servers))
        good = tuple(server.url for server, usable in zip(self._servers, found, strict=True) if usable)
        if good:
            return PoolStatus("online", servers=good)
        problems = "; ".join(f"{server.url}: {server.problem}" for server in self._servers)
        return PoolStatus("offline", problems or "KEFU_OLLAMA_URLS names no server")

    async def _probe(self, server: Server) -> bool:
        try:
            models = await server.models()
        except Unavailable as problem:
            server.problem = str(problem)
            return False
        wanted = [name for name in (self._model, self._fallback) if name]
        if any(_named(name) in models for name in wanted):
            server.problem = ""
            return True
        server.problem = f"has no model {self._model}; run `ollama pull {self._model}` there"
        return False

    async def _tried(self, request: ModelRequest, paced: "_Paced") -> Completion:
        reason, attempts = "no Ollama server is reachable", 0
        for model in [name for name in (request.model or self._model, self._fallback) if name]:
            tried: set[str] = set()
            while len(tried) < TRIES and (server := self._next(tried)) is not None:
                tried.add(server.url)
                attempts += 1
                try:
                    spoken = await self._ask(server, model, request, paced)
                except ServerFailed as problem:
                    reason = f"{server.url}: {problem}"
                    log.warning("question %s failed at %s", request.request_id, reason)
                    if problem.began:
                        return Completion("failed", model=model, server=server.url, reason=reason, attempts=attempts)
                else:
                    return _completed(spoken, model, server, attempts)
        return Completion("unavailable", reason=reason, attempts=attempts)

    async def _ask(self, server: Server, model: str, request: ModelRequest, paced: "_Paced") -> Spoken:
        server.in_flight += 1
        try:
            spoken = await server.ask(model, request.messages, paced.add)
        except ServerFailed as problem:
            server.problem = str(problem)
            server.rest(REST_S)
            raise
        finally:
            server.in_flight -= 1
        paced.flush()
        server.problem = ""
        return spoken

    def _next(self, tried: set[str]) -> Server | None:
        left = [server for server in self._servers if server.url not in tried]
        now = time.monotonic()
        awake = [server for server in left if server.resting_until <= now]
        return min(awake or left, key=lambda server: server.in_flight, default=None)


class _Paced:
    """Passes text on in pieces that are at least CHUNK_S apart."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text, self._held, self._last = on_text, "", 0.0

    def add(self, text: str) -> None:
        self._held += text
        if time.monotonic() - self._last >= CHUNK_S:
            self.flush()

    def flush(self) -> None:
        if self._held:
            self._on_text(self._held)
            self._held, self._last = "", time.monotonic()


def _completed(spoken: Spoken, model: str, server: Server, attempts: int) -> Completion:
    return Completion(
        "answered",
        text=spoken.text,
        model=model,
        server=server.url,
        prompt_tokens=spoken.prompt_tokens,
        answer_tokens=spoken.answer_tokens,
        attempts=attempts,
    )


def _named(model: str) -> str:
    return model if ":" in model else f"{model}:latest"
