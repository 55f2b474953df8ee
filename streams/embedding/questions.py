"""Embeds the questions of a batch, in one call, before the steps that answer them; or goes on without in time."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec

from agents.dialogue.decide import Desk, searches
from agents.dialogue.hearing import Heard
from agents.dialogue.question import question
from schemas.errors import Unavailable
from streams.embedding.servers import EmbeddingServers, TooSlow

KEPT = 5_000
"""Questions whose vectors are kept: most are asked again."""

Prepare = Callable[[Sequence[Any]], Sequence[Any]]
Count = Callable[[str, int], None]


class QuestionEmbeddings:
    """A batch waits ``wait_s`` for its vectors. ``count`` counts questions by outcome."""

    def __init__(self, servers: EmbeddingServers, desk: Desk, wait_s: float, count: Count = lambda *_: None) -> None:
        self._servers, self._desk, self._wait_s, self._count = servers, desk, wait_s, count
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._asking: Future[None] | None = None
        self._kept = OrderedDict[str, bytes]()

    def expecting(self, prepare: Prepare) -> Prepare:
        """``prepare``, after which each message that knowledge may answer has its vector, where there is one."""

        def prepared(events: Sequence[Any]) -> Sequence[Any]:
            ready = prepare(events)
            texts = [self._text(event) for event in ready]
            self._embed(list(dict.fromkeys(filter(None, texts))))
            return [self._with(event, text) for event, text in zip(ready, texts, strict=True)]

        return prepared

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _text(self, event: Any) -> str:
        """What is to be embedded of an event; nothing of most."""
        if not isinstance(event, Heard):
            return ""
        asked = question(event.message, event.understanding, 0.0)
        return asked.text if searches(asked, self._desk) else ""

    def _embed(self, texts: Sequence[str]) -> None:
        lacking = [text for text in texts if text not in self._kept]
        self._count("kept", len(texts) - len(lacking))
        if not lacking:
            return
        if self._servers.resting or (self._asking is not None and not self._asking.done()):
            self._count("resting", len(lacking))
            return
        self._asking = self._thread.submit(self._ask, lacking)
        try:
            self._asking.result(self._wait_s)
        except (TimeoutError, TooSlow):
            self._count("slow", len(lacking))
        except Unavailable:
            self._count("failed", len(lacking))
        else:
            self._count("embedded", len(lacking))

    def _ask(self, texts: Sequence[str]) -> None:
        vectors = self._servers.embed(texts, self._wait_s)
        for text, vector in zip(texts, vectors, strict=True):
            self._kept[text] = vector
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _with(self, event: Any, text: str) -> Any:
        vector = self._kept.get(text) if text else None
        return msgspec.structs.replace(event, vector=vector) if vector else event
