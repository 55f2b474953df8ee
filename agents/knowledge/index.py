"""Knowledge index: articles of every tenant and language in memory, changed one by one, searched in microseconds."""

import hashlib

import msgspec

from agents.knowledge.shelf import Shelf
from schemas.operations import Article

DEFAULT_TENANT = "default"
RELATED = 0.22
"""From this score on an article is about the question: worth a model's while, or answering if the intent agrees."""
CONFIDENT = 0.35
"""From this score on an article answers the question by itself. README.md has what was measured at both."""
_BITS = 64


class Hit(msgspec.Struct, frozen=True):
    """An article that a search found; ``score`` in [0, 1] is the share of the question that it covers (see Shelf)."""

    article: Article
    score: float


class Index:
    """Articles by tenant and language, each such shelf with statistics of its own. Not for several threads at once."""

    def __init__(self) -> None:
        self._articles: dict[str, Article] = {}
        self._shelves: dict[str, dict[str, Shelf]] = {}
        self._sum = 0

    def __len__(self) -> int:
        return len(self._articles)

    @property
    def version(self) -> str:
        """16 hex digits that follow from the articles alone, in whatever order they came: the sum of their hashes."""
        return f"{self._sum:0{_BITS // 4}x}"

    def upsert(self, article: Article) -> None:
        """Put in an article, in the place of the one with its id wherever that stood; an equal one changes nothing."""
        if self._articles.get(article.article_id) == article:
            return
        self.remove(article.article_id)
        self._articles[article.article_id] = article
        self._shelves.setdefault(article.tenant, {}).setdefault(article.language, Shelf()).add(article)
        self._sum = (self._sum + _hash(article)) % (1 << _BITS)

    def remove(self, article_id: str) -> None:
        """Take out an article; an unknown id changes nothing."""
        article = self._articles.pop(article_id, None)
        if article is None:
            return
        self._sum = (self._sum - _hash(article)) % (1 << _BITS)
        languages = self._shelves[article.tenant]
        languages[article.language].remove(article)
        if not languages[article.language]:
            del languages[article.language]
        if not languages:
            del self._shelves[article.tenant]

    def search(self, query: str, *, tenant: str, language: str, limit: int = 3) -> tuple[Hit, ...]:
        """The articles that answer best, best first; those that share no term with the query are never among them.

        A tenant sees its own articles only; one that has none at all, in no language, sees those of "default".
        """
        languages = self._shelves.get(tenant) or self._shelves.get(DEFAULT_TENANT, {})
        shelf = languages.get(language)
        if shelf is None or limit < 1:
            return ()
        return tuple(Hit(article, score) for score, article in shelf.search(query, limit))


def _hash(article: Article) -> int:
    content = msgspec.json.encode(article)
    return int.from_bytes(hashlib.blake2b(content, digest_size=_BITS // 8).digest(), "big")
