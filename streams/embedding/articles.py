"""Embeds the articles: whatever changes waits here until a server, or the disk, has its vector."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from typing import Protocol

from agents.knowledge.meaning import wording
from schemas.errors import Unavailable
from schemas.operations import Article
from streams.embedding.kept import KeptEmbeddings
from streams.embedding.servers import EmbeddingServers

log = logging.getLogger("kefu.embedding")

AT_ONCE = 32
"""Articles in one call."""
CALL_S = 60.0
"""Seconds that a call may take, the loading of the model included."""
LOOK_S = 0.2
REST_S = 2.0
"""Seconds after a call that failed."""


class Embeddable(Protocol):
    """Whatever searches the articles."""

    def article(self, article_id: str) -> Article | None: ...
    def embedded(self, article: Article, vector: bytes) -> None: ...


class ArticleEmbeddings:
    """``changed`` and ``keep_up`` run on the worker's event loop, calls and disk in a thread."""

    def __init__(self, servers: EmbeddingServers, kept: KeptEmbeddings, desk: Embeddable) -> None:
        self._servers, self._kept, self._desk = servers, kept, desk
        self._lacking: dict[str, None] = {}
        self._disk_said = False

    def changed(self, article_id: str, article: Article | None) -> None:
        """An article is new, changed or deleted (None)."""
        self._lacking.pop(article_id, None)
        if article is not None:
            self._lacking[article_id] = None

    async def keep_up(self) -> None:
        """Embed what changes, for ever."""
        while True:
            went_well = not self._lacking or await self._some()
            await asyncio.sleep(LOOK_S if went_well else REST_S)

    async def _some(self) -> bool:
        """Embed the next articles; whether that went well. What cannot be embedded now waits."""
        names = list(self._lacking)[:AT_ONCE]
        articles = [article for name in names if (article := self._desk.article(name)) is not None]
        try:
            vectors = await asyncio.to_thread(self._vectors, [wording(article) for article in articles])
        except Unavailable:
            return False
        except (sqlite3.Error, OSError) as problem:
            if not self._disk_said:
                log.warning("embeddings cannot be kept: %s; look at the disk of KEFU_HOME", problem)
            self._disk_said = True
            return False
        for article, vector in zip(articles, vectors, strict=True):
            if self._desk.article(article.article_id) == article:
                self._desk.embedded(article, vector)
                self._lacking.pop(article.article_id, None)
        for name in names:
            if self._desk.article(name) is None:
                self._lacking.pop(name, None)
        return True

    def _vectors(self, texts: Sequence[str]) -> list[bytes]:
        return self._kept.of(texts, lambda lacking: self._servers.embed(lacking, CALL_S)) if texts else []
