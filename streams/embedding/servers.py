"""The Ollama servers as givers of embeddings: asked with a time limit, left alone for a while when they fail."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

import httpx
import msgspec

from agents import breaker
from agents.breaker import Breaker, Limits
from agents.knowledge.meaning import LONGEST, packed
from schemas.errors import Unavailable

log = logging.getLogger("kefu.embedding")

RESTS = Limits(errors=1, share=0.0, window=10.0, rest=1.0, longest=60.0, probes=1)
"""A server that fails, or is slow, is left alone at once, and twice as long each time that it is so again."""
KEEP_ALIVE = "1h"
"""How long a server keeps the model in memory: loading it takes longer than a question may wait."""
SAID = 200
"""Characters of a server's own words in the log."""


class _Answer(msgspec.Struct, frozen=True):
    embeddings: tuple[tuple[float, ...], ...] = ()


class TooSlow(Unavailable):
    """The answer did not come in time."""


class EmbeddingServers:
    """May be called from several threads. The first server that does not rest is asked; all of them have one model."""

    def __init__(self, urls: Sequence[str], model: str, ticks: Callable[[], float] = time.monotonic) -> None:
        self.model, self._ticks = model, ticks
        self._breakers = dict.fromkeys(urls, Breaker())
        self._client = httpx.Client(trust_env=False)
        self._said_away, self._lock = False, threading.Lock()

    @property
    def resting(self) -> bool:
        """Whether none of them may be asked now."""
        return self._next() is None

    def embed(self, texts: Sequence[str], limit_s: float) -> list[bytes]:
        """A vector for each text, packed; empty for one that has none. Raises Unavailable in words."""
        url = self._begun()
        try:
            vectors = self._asked(url, texts, limit_s)
        except httpx.TimeoutException:
            self._failed(url, reason := f"no answer within {limit_s:g} s")
            raise TooSlow(f"{url}: {reason}") from None
        except (httpx.HTTPError, msgspec.MsgspecError, ValueError) as problem:
            self._failed(url, reason := " ".join((str(problem) or type(problem).__name__).split())[:SAID])
            raise Unavailable(f"{url}: {reason}") from None
        self._answered(url)
        return vectors

    def close(self) -> None:
        self._client.close()

    def _asked(self, url: str, texts: Sequence[str], limit_s: float) -> list[bytes]:
        body = {"model": self.model, "input": [text[:LONGEST] for text in texts], "keep_alive": KEEP_ALIVE}
        answer = self._client.post(f"{url}/api/embed", content=msgspec.json.encode(body), timeout=limit_s)
        if not answer.is_success:
            raise ValueError(f"answered {answer.status_code}: {answer.text}")
        vectors = msgspec.json.decode(answer.content, type=_Answer).embeddings
        if len(vectors) != len(texts):
            raise ValueError(f"gave {len(vectors)} embeddings of {len(texts)} texts")
        return [packed(self.model, vector) for vector in vectors]

    def _next(self) -> str | None:
        now = self._ticks()
        return next((url for url, one in self._breakers.items() if breaker.allows(one, now)), None)

    def _begun(self) -> str:
        with self._lock:
            url = self._next()
            if url is None:
                raise Unavailable("every embedding server rests after a failure")
            self._breakers[url] = breaker.began(self._breakers[url], self._ticks())
            return url

    def _answered(self, url: str) -> None:
        with self._lock:
            self._breakers[url] = breaker.ended(self._breakers[url], self._ticks(), RESTS, good=True)
            if self._said_away:
                log.info("embeddings: %s answers", url)
            self._said_away = False

    def _failed(self, url: str, reason: str) -> None:
        with self._lock:
            self._breakers[url] = breaker.ended(self._breakers[url], self._ticks(), RESTS, good=False)
            if not self._said_away:
                log.warning(
                    "embeddings: %s: %s; knowledge is searched without them. Start the server, run `ollama pull %s` "
                    "there, or leave KEFU_EMBEDDING_MODEL empty",
                    url, reason, self.model,
                )  # fmt: skip
            self._said_away = True
