"""Fingerprints of articles, by which the answer cache knows whether what an answer rests on is what it was."""

import math

import msgspec

from schemas import ids, times
from schemas.codec import encode
from schemas.operations import Article

PASSING = ""
"""The fingerprint of an article with values such as stock and prices: nothing that rests on it is kept."""


class _Print(msgspec.Struct, frozen=True):
    text: str
    until: float


class Fingerprints:
    """Changed with the articles; an article that is no more valid has none."""

    def __init__(self) -> None:
        self._prints: dict[str, _Print] = {}

    def changed(self, article_id: str, article: Article | None) -> None:
        if article is None:
            self._prints.pop(article_id, None)
            return
        text = PASSING if article.values else ids.content_hash(encode(article).decode())
        until = times.seconds(article.valid_until) if article.valid_until else math.inf
        self._prints[article_id] = _Print(text, until)

    def of(self, article_id: str, at: float) -> str | None:
        """The fingerprint at a time in seconds since the epoch; None where there is no such article then."""
        known = self._prints.get(article_id)
        return known.text if known is not None and at < known.until else None
