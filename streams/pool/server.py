"""One Ollama server: asks it, watches its time limits, probes whether it has the model."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
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


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to a connection, to the first token (loading the model included), to the whole answer."""

    connect: float = 3.0
    first_token: float = 20.0
    whole: float = 60.0


@dataclass(slots=True)
class Spoken:
    """What a server has answered so far."""

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
    """An address with its load: ``in_flight`` questions, and until when (seconds) it rests after a failure."""

    url: str
    limits: Limits
    in_flight: int = 0
    resting_until: float = 0.0
    problem: str = "not asked yet"
    client: ollama.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        timeout = httpx.Timeout(self.limits.whole, connect=self.limits.connect)
        self.client = ollama.AsyncClient(host=self.url, timeout=timeout, trust_env=False)

    async def models(self) -> frozenset[str]:
        """The models that the server has. Raises Unavailable."""
        try:
            listed = await asyncio.wait_for(self.client.list(), PROBE_S)
        except (httpx.HTTPError, ollama.ResponseError, ConnectionError, OSError, TimeoutError, ValueError) as problem:
            raise Unavailable(_said(problem)) from None
        return frozenset(model.model for model in listed.models if model.model)

    async def ask(self, model: str, messages: Sequence[ModelMessage], on_text: Callable[[str], None]) -> Spoken:
        """Stream an answer. Raises ServerFailed; leaving the call closes the connection, which ends the work there."""
        spoken = Spoken()
        try:
            async with asyncio.timeout(self.limits.whole):
                async for piece in self._pieces(model, messages):
                    self._take(piece, spoken, on_text)
        except ServerFailed:
            raise
        except (httpx.HTTPError, ollama.ResponseError, ConnectionError, OSError, TimeoutError, ValueError) as problem:
            raise ServerFailed(_said(problem), began=bool(spoken.text)) from None
        return spoken

    async def _pieces(self, model: str, messages: Sequence[ModelMessage]) -> AsyncIterator[Any]:
        said = [{"role": message.role, "content": message.content} for message in messages]
        async with asyncio.timeout(self.limits.first_token):
            stream = await self.client.chat(model=model, messages=said, stream=True, options=OPTIONS)
            first = await anext(stream)
        yield first
        ended = bool(first.done)
        async for piece in stream:
            ended = bool(piece.done)
            yield piece
        if not ended:
            raise ConnectionError("the answer broke off")

    @staticmethod
    def _take(piece: Any, spoken: Spoken, on_text: Callable[[str], None]) -> None:
        text = piece.message.content or ""
        if text:
            spoken.text += text
            on_text(text)
        if piece.done:
            spoken.prompt_tokens = piece.prompt_eval_count or 0
            spoken.answer_tokens = piece.eval_count or 0

    def rest(self, seconds: float) -> None:
        self.resting_until = time.monotonic() + seconds


def _said(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError | httpx.TimeoutException):
        return "no answer in time"
    return str(problem) or type(problem).__name__
