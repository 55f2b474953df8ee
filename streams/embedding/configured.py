"""The embeddings of a worker, as its settings want them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from schemas.operations import Article
from streams.desk import LiveDesk
from streams.embedding.articles import ArticleEmbeddings
from streams.embedding.kept import KeptEmbeddings
from streams.embedding.questions import Count, Prepare, QuestionEmbeddings
from streams.embedding.servers import EmbeddingServers
from streams.settings import Settings

FILE = "embeddings.sqlite"
"""Below KEFU_HOME."""


class WorkersEmbeddings:
    """Off, where the settings name no model or no server: then everything is handed through as it is."""

    def __init__(self, settings: Settings, desk: LiveDesk, count: Count) -> None:
        self._servers: EmbeddingServers | None = None
        if settings.embedding_model and settings.servers:
            self._servers = EmbeddingServers(settings.servers, settings.embedding_model)
            kept = KeptEmbeddings(settings.home / FILE, settings.embedding_model)
            self._articles = ArticleEmbeddings(self._servers, kept, desk)
            self._questions = QuestionEmbeddings(self._servers, desk, settings.embedding_ms / 1000, count)

    def expecting(self, prepare: Prepare) -> Prepare:
        """``prepare``, after which the messages have their vectors."""
        return prepare if self._servers is None else self._questions.expecting(prepare)

    def following(self, apply: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
        """``apply`` of an article's change, after which the article is embedded."""
        if self._servers is None:
            return apply

        def applied(article_id: str, article: Article | None) -> None:
            apply(article_id, article)
            self._articles.changed(article_id, article)

        return applied

    @property
    def tasks(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What runs beside the agents, for ever."""
        return () if self._servers is None else (self._articles.keep_up,)

    async def aclose(self) -> None:
        if self._servers is not None:
            self._questions.close()
            await asyncio.to_thread(self._servers.close)
