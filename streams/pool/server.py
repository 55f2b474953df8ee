"""One Ollama server: asks it, watches its time limits, says in words what it did wrong."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import ollama
from httpx_aiohttp import AiohttpTransport

from agents import breaker
from agents.breaker import Breaker
from agents.models.options import Options
from agents.scheduling import Load
from schemas.errors import Unavailable
from schemas.inference import ModelMessage
from streams.pool.drip import DRIP, Drip
from streams.pool.patience import Patience
from streams.pool.wire import Spoken, said_by, takes_no_tools

PROBE_S = 3.0
"""Seconds within which a server must answer a probe."""
UNLIMITED = 0
"""Connections of a server's client: how many questions it may be asked is the pool's affair."""
_NO_HTTP = (httpx.HTTPError, aiohttp.ClientError)
_NO_OLLAMA = (*_NO_HTTP, ollama.ResponseError, OSError, ValueError, AttributeError, TypeError)
"""What the client raises for a server that is away, refuses, or speaks something else than Ollama's JSON."""


BREAKS = breaker.Limits(errors=1, share=0.0, window=10.0, rest=1.0, longest=20.0, probes=1)
"""A server that fails rests at once, and twice as long each time that it fails again: others can take its questions."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to a connection, to the first token (loading included), between two pieces, to the whole answer.

    ``drip`` seconds may pass for so many pieces (DRIP); an answer that comes slower is given up.
    """

    connect: float = 3.0
    first_token: float = 20.0
    silence: float = 10.0
    drip: float = 20.0
    whole: float = 60.0


class ServerFailed(Unavailable):
    """A server did not answer as it should."""


class Toolless(ServerFailed):
    """A model was offered tools and takes none."""


@dataclass(slots=True)
class Server:
    """An address: its load, its breaker, models it was found to lack, and what was wrong with it last.

    ``toolless`` are models that were found to take no tools: they are asked without.
    """

    url: str
    limits: Limits
    load: Load = field(default_factory=lambda: Load(1))
    breaker: Breaker = field(default_factory=Breaker)
    lacking: frozenset[str] = frozenset()
    toolless: frozenset[str] = frozenset()
    problem: str = "not asked yet"
    client: ollama.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        timeout = httpx.Timeout(self.limits.whole, connect=self.limits.connect, read=self.limits.first_token)
        transport = AiohttpTransport(limits=httpx.Limits(max_connections=UNLIMITED))
        self.client = ollama.AsyncClient(host=self.url, timeout=timeout, transport=transport, trust_env=False)

    @property
    def in_flight(self) -> int:
        """Questions that it is answering for us."""
        return len(self.load.running)

    def passes(self, now: float) -> bool:
        """Whether it may be asked now: it neither rests after a failure nor is being tried with a first question."""
        return breaker.allows(self.breaker, now)

    async def aclose(self) -> None:
        """Close the connections; the server cannot be asked again."""
        await self.client.close()  # type: ignore[no-untyped-call]

    async def models(self) -> frozenset[str]:
        """The models that the server has, each with its tag. Raises Unavailable, whose text says what to do."""
        try:
            async with asyncio.timeout(PROBE_S):
                listed = await self.client.list()
        except TimeoutError:
            raise Unavailable(f"did not list its models within {PROBE_S:g} s; restart it") from None
        except _NO_OLLAMA as problem:
            raise Unavailable(self._said(problem)) from None
        return frozenset(model.model for model in listed.models if model.model)

    async def preload(self, model: str, options: Options) -> None:
        """Have the server load a model, with the options of every later call. Raises Unavailable in words."""
        try:
            async with asyncio.timeout(self.limits.whole):
                await self.client.chat(model=model, messages=[], options=options.wire())
        except TimeoutError:
            raise Unavailable(f"did not load {model} within {self.limits.whole:g} s") from None
        except _NO_OLLAMA as problem:
            raise Unavailable(self._refused(model, problem)) from None
        self.load.models.add(model)

    async def ask(
        self,
        model: str,
        options: Options,
        messages: Sequence[ModelMessage],
        on_text: Callable[[str], None],
        tools: Sequence[dict[str, Any]] = (),
    ) -> Spoken:
        """Stream an answer; ``on_text`` gets each piece. Leaving the call closes the connection: the server stops.

        A model that takes no tools is asked again without. Raises ServerFailed for whatever the server does; what
        ``on_text`` raises passes through.
        """
        offered = () if named(model) in self.toolless else tools
        said = {"model": model, "messages": list(map(said_by, messages)), "tools": list(offered) or None}
        try:
            return await self._answer(said, options, on_text)
        except Toolless:
            self.toolless |= {named(model)}
            return await self._answer(said | {"tools": None}, options, on_text)

    async def _answer(self, said: dict[str, Any], options: Options, on_text: Callable[[str], None]) -> Spoken:
        spoken = Spoken()
        try:
            async with asyncio.timeout(self.limits.whole):
                await self._listen(said, options, spoken, on_text)
        except TimeoutError:
            reason = f"the answer was not complete within {self.limits.whole:g} s"
            raise ServerFailed(reason) from None
        return spoken

    async def _listen(
        self, said: dict[str, Any], options: Options, spoken: Spoken, on_text: Callable[[str], None]
    ) -> None:
        model, ended = said["model"], False
        stream: Any = await self.client.chat(**said, stream=True, options=options.wire())
        now, drip = asyncio.get_running_loop().time, Drip(self.limits.drip)
        try:
            async with aclosing(stream), Patience(self.limits.first_token) as patience:
                while (part := await self._next(stream, model)) is not None:
                    if text := spoken.hear(part):
                        on_text(text)
                    ended = bool(part.done)
                    if not ended and drip.is_slow(now()):
                        raise ServerFailed(f"only drips: under {DRIP} pieces in {self.limits.drip:g} s")
                    patience.heard(self.limits.silence if spoken.has_begun else self.limits.first_token)
        except TimeoutError:
            raise ServerFailed(self._silent(model, began=spoken.has_begun)) from None
        if not ended:
            raise ServerFailed("the answer broke off")

    async def _next(self, stream: Any, model: str) -> Any:
        try:
            return await anext(stream, None)
        except _NO_OLLAMA as problem:
            failed = Toolless if takes_no_tools(problem) else ServerFailed
            raise failed(self._refused(model, problem)) from None

    def _silent(self, model: str, *, began: bool) -> str:
        if began:
            return f"silent for {self.limits.silence:g} s"
        return f"no first token within {self.limits.first_token:g} s; it hangs, or loads {model} for too long"

    def _refused(self, model: str, problem: Exception) -> str:
        if getattr(problem, "status_code", 0) == httpx.codes.NOT_FOUND:
            self.lacking |= {named(model)}
            return lacks(model)
        return self._said(problem)

    def _said(self, problem: Exception) -> str:
        match problem.__cause__ or problem:
            case aiohttp.ConnectionTimeoutError():
                return f"no connection within {self.limits.connect:g} s; correct KEFU_OLLAMA_URLS, or mend the network"
            case aiohttp.SocketTimeoutError():
                return f"silent for {self.limits.first_token:g} s"
            case aiohttp.ClientConnectorError():
                return "cannot be reached; start it with `ollama serve`, or correct KEFU_OLLAMA_URLS"
            case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError():
                return f"the connection broke: {_short(problem)}"
            case ollama.ResponseError() as refusal:
                return f"answered {refusal.status_code}: {_short(refusal.error)}".replace("answered -1", "said")
        return f"does not speak as Ollama does; look what listens there ({_short(problem)})"


def named(model: str) -> str:
    """A model's name as servers list it: with its tag."""
    return model if ":" in model else f"{model}:latest"


def lacks(model: str) -> str:
    """What to do about a model that a server does not have."""
    return f"has no model {model}; run `ollama pull {model}` there"


def _short(problem: object) -> str:
    return " ".join((str(problem) or type(problem).__name__).split())[:200]
