"""Knowledge index: articles of every tenant and language in memory, changed one by one, searched in microseconds."""

import hashlib
from collections.abc import Collection

import msgspec

from agents.knowledge.shelf import Hit, Shelf, Wanted
from agents.knowledge.validity import span
from schemas import times
from schemas.errors import Rejected
from schemas.operations import Article

DEFAULT_TENANT = "default"
RELATED = 0.22
"""From this score on an article is about the question: worth a model's while, or answering if the intent agrees."""
CONFIDENT = 0.35
"""From this score on an article answers the question by itself. README.md has what was measured at both."""
_BITS = 64


class Index:
    """Articles by tenant and language, each such shelf with statistics of its own. Not for several threads at once."""

    def __init__(self) -> None:
        self._articles: dict[str, Article] = {}
        self._shelves: dict[str, dict[str, Shelf]] = {}
        self._sum = 0
        self._count(0)

    def _count(self, change: int) -> None:
        self._sum = (self._sum + change) % (1 << _BITS)
        self.version = f"{self._sum:0{_BITS // 4}x}"
        """16 hex digits that follow from the articles alone, in whatever order they came: the sum of their hashes."""

    def __len__(self) -> int:
        return len(self._articles)

    def get(self, article_id: str) -> Article | None:
        return self._articles.get(article_id)

    def upsert(self, article: Article) -> None:
        """Put in an article, in the place of the one with its id wherever that stood; an equal one changes nothing.

        An older version never replaces a newer one. Raises Rejected for times that are none.
        """
        there = self._articles.get(article.article_id)
        if there is not None and (there == article or there.version > article.version):
            return
        _check(article)
        self.remove(article.article_id)
        self._articles[article.article_id] = article
        shelves = self._shelves.setdefault(article.tenant, {})
        shelves.setdefault(article.language, Shelf(article.language)).add(article)
        self._count(_hash(article))

    def embedded(self, article: Article, vector: bytes) -> None:
        """The vector of an article, as ``meaning.packed`` gives it; of one that is not here as it was, nothing."""
        if vector and self._articles.get(article.article_id) == article:
            self._shelves[article.tenant][article.language].embedded(article, vector)

    def remove(self, article_id: str) -> None:
        """Take out an article; an unknown id changes nothing."""
        article = self._articles.pop(article_id, None)
        if article is None:
            return
        self._count(-_hash(article))
        languages = self._shelves[article.tenant]
        languages[article.language].remove(article)
        if not languages[article.language]:
            del languages[article.language]
        if not languages:
            del self._shelves[article.tenant]

    def search(  # noqa: PLR0913 - what may be found, in words
        self,
        query: str,
        *,
        tenant: str,
        language: str,
        limit: int = 3,
        domains: Collection[str] = (),
        at: float | None = None,
        vector: bytes = b"",
    ) -> tuple[Hit, ...]:
        """The articles that answer best, best first; those that share no term with the query, even misspelt, are never
        among them, nor those that are not valid ``at`` that time (seconds since the epoch; None: whenever).

        With the query's ``vector`` those that are embedded are also compared by their meaning, and found by it alone.

        A tenant sees its own articles only; one that has none at all, in no language, sees those of "default".
        ``domains`` leaves out all others.
        """
        languages = self._shelves.get(tenant) or self._shelves.get(DEFAULT_TENANT, {})
        shelf = languages.get(language)
        if shelf is None or limit < 1:
            return ()
        return shelf.search(query, limit, Wanted(at, domains, vector))


def _check(article: Article) -> None:
    try:
        span(article)
        times.seconds(article.as_of or "1970-01-01")
    except ValueError as problem:
        raise Rejected(
            f"article {article.article_id}: {problem}; valid_from, valid_until and as_of are RFC 3339 times, "
            "such as 2026-01-31T08:05:09.120Z"
        ) from None


def _hash(article: Article) -> int:
    content = msgspec.json.encode(article)
    return int.from_bytes(hashlib.blake2b(content, digest_size=_BITS // 8).digest(), "big")
