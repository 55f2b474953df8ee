"""One Ollama server: asks it, watches its time limits, says in words what it did wrong."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx
import ollama

from schemas.errors import Unavailable
from schemas.inference import ModelMessage

OPTIONS: dict[str, Any] = {"temperature": 0.7, "top_p": 0.9, "num_ctx": 8192, "num_predict": 512}
"""The same on every call: other options than the loaded model's make a server load it again."""
PROBE_S = 3.0
"""Seconds within which a server must answer a probe."""
_NO_OLLAMA = (httpx.HTTPError, ollama.ResponseError, OSError, ValueError, AttributeError, TypeError)
"""What the client raises for a server that is away, refuses, or speaks something else than Ollama's JSON."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to a connection, to the first token (loading included) and between two reads, to the whole answer."""

    connect: float = 3.0
    first_token: float = 20.0
    whole: float = 60.0


@dataclass(slots=True)
class Spoken:
    """What a server has answered so far; tokens as it counted them."""

    text: str = ""
    prompt_tokens: int = 0
    answer_tokens: int = 0


class ServerFailed(Unavailable):
    """A server did not answer as it should; ``began`` says whether text had been shown already."""

    def __init__(self, reason: str, *, began: bool) -> None:
        super().__init__(reason)
        self.began = began


@dataclass(slots=True)
class Server:
    """An address with its load: ``in_flight`` questions, until when (seconds) it rests, models it was found to lack."""

    url: str
    limits: Limits
    in_flight: int = 0
    resting_until: float = 0.0
    lacking: frozenset[str] = frozenset()
    problem: str = "not asked yet"
    client: ollama.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        timeout = httpx.Timeout(self.limits.whole, connect=self.limits.connect, read=self.limits.first_token)
        unlimited = httpx.Limits(max_connections=None)
        self.client = ollama.AsyncClient(host=self.url, timeout=timeout, limits=unlimited, trust_env=False)

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

    async def ask(self, model: str, messages: Sequence[ModelMessage], on_text: Callable[[str], None]) -> Spoken:
        """Stream an answer; ``on_text`` gets each piece. Leaving the call closes the connection: the server stops.

        Raises ServerFailed for whatever the server does; what ``on_text`` raises passes through.
        """
        spoken = Spoken()
        try:
            async with asyncio.timeout(self.limits.whole), aclosing(self._pieces(model, messages, spoken)) as pieces:
                async for text in pieces:
                    on_text(text)
        except TimeoutError:
            reason = f"the answer was not complete within {self.limits.whole:g} s"
            raise ServerFailed(reason, began=bool(spoken.text)) from None
        return spoken

    async def _pieces(self, model: str, messages: Sequence[ModelMessage], spoken: Spoken) -> AsyncGenerator[str, None]:
        said = [{"role": message.role, "content": message.content} for message in messages]
        stream: Any = await self.client.chat(model=model, messages=said, stream=True, options=OPTIONS)
        ended = False
        async with aclosing(stream):
            while (part := await self._next(stream, model, spoken)) is not None:
                if text := part.message.content or "":
                    spoken.text += text
                    yield text
                if ended := bool(part.done):
                    spoken.prompt_tokens, spoken.answer_tokens = part.prompt_eval_count or 0, part.eval_count or 0
        if not ended:
            raise ServerFailed("the answer broke off", began=bool(spoken.text))

    async def _next(self, stream: Any, model: str, spoken: Spoken) -> Any:
        try:
            async with asyncio.timeout(None if spoken.text else self.limits.first_token):
                return await anext(stream, None)
        except TimeoutError:
            reason = f"no first token within {self.limits.first_token:g} s; it hangs, or loads {model} for too long"
            raise ServerFailed(reason, began=False) from None
        except _NO_OLLAMA as problem:
            if getattr(problem, "status_code", 0) == httpx.codes.NOT_FOUND:
                self.lacking |= {named(model)}
                raise ServerFailed(lacks(model), began=bool(spoken.text)) from None
            raise ServerFailed(self._said(problem), began=bool(spoken.text)) from None

    def _said(self, problem: Exception) -> str:
        match problem:
            case httpx.ConnectTimeout():
                return f"no connection within {self.limits.connect:g} s; correct KEFU_OLLAMA_URLS, or mend the network"
            case httpx.ConnectError() | ConnectionError():
                return "cannot be reached; start it with `ollama serve`, or correct KEFU_OLLAMA_URLS"
            case httpx.ReadTimeout():
                return f"silent for {self.limits.first_token:g} s"
            case httpx.HTTPError():
                return f"the connection broke: {_short(problem)}"
            case ollama.ResponseError():
                return f"answered {problem.status_code}: {_short(problem.error)}".replace("answered -1", "said")
        return f"does not speak as Ollama does; look what listens there ({_short(problem)})"


def named(model: str) -> str:
    """A model's name as servers list it: with its tag."""
    return model if ":" in model else f"{model}:latest"


def lacks(model: str) -> str:
    """What to do about a model that a server does not have."""
    return f"has no model {model}; run `ollama pull {model}` there"


def _short(problem: object) -> str:
    return " ".join((str(problem) or type(problem).__name__).split())[:200]
