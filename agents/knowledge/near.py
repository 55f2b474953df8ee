"""Near matches: how alike a question is to the ways in which an article may be asked for, by character n-grams."""

import math
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from operator import add
from typing import NamedTuple, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agents.knowledge.tokens import RUN, fold
from schemas.operations import Article

BUCKETS = 1 << 16
"""N-grams are kept as hashes of 16 bits (feature hashing, Weinberger et al., ICML 2009)."""
LONGEST = 4_000
"""Characters that are looked at."""
KEPT = 4_000
"""Articles whose weights are kept between two questions."""

Numbers: TypeAlias = NDArray[np.float64]
Hashes: TypeAlias = NDArray[np.uint16]


class Vector(NamedTuple):
    """The n-grams of a text and 1 + ln of how often each is there; 6 bytes an n-gram."""

    hashes: Hashes
    weights: NDArray[np.float32]


class Weighed(NamedTuple):
    """A vector of length 1, idf brought in."""

    hashes: Hashes
    weights: Numbers


class Near:
    """TF-IDF vectors by article slot, of title and questions (of title and text where there are no questions).

    weight(g, d) = (1 + ln count) · idf(g),   idf(g) = 1 + ln((1 + N) / (1 + n_g))       (scikit-learn's smooth idf)
    N articles, n_g of them with the n-gram. The idf is brought in when it is asked for, so an article that comes or
    goes costs no more than its own n-grams.
    """

    def __init__(self) -> None:
        self._vectors: dict[int, Vector] = {}
        self._holders = np.zeros(BUCKETS, np.int64)
        self._kept: dict[int, Weighed] = {}
        self._idf: Numbers | None = None
        self._dense = np.zeros(BUCKETS)

    def add(self, slot: int, article: Article) -> None:
        """Put in an article at a slot that is free."""
        self._forget()
        vector = _vector("\n".join((article.title, *(article.questions or (article.text,)))))
        if vector is not None:
            self._vectors[slot] = vector
            self._holders[vector.hashes] += 1

    def remove(self, slot: int) -> None:
        """Free a slot."""
        self._forget()
        vector = self._vectors.pop(slot, None)
        if vector is not None:
            self._holders[vector.hashes] -= 1

    def _forget(self) -> None:
        self._kept.clear()
        self._idf = None

    def likeness(self, question: str, slots: list[int]) -> list[float]:
        """For each slot the cosine of the question and its article, in [0, 1]; 0 where one of them has no n-gram."""
        asked = _vector(question)
        there = [slot for slot in slots if slot in self._vectors]
        if asked is None or not there:
            return [0.0] * len(slots)
        cosines = self._cosines(asked, there)
        if len(there) == len(slots):
            return cosines
        found = dict(zip(there, cosines, strict=True))
        return [found.get(slot, 0.0) for slot in slots]

    def _cosines(self, asked: Vector, slots: list[int]) -> list[float]:
        self._dense[asked.hashes] = self._direction(asked)
        kept = self._kept
        articles = [kept.get(slot) or self._weighed(slot) for slot in slots]
        hashes, weights = zip(*articles, strict=True)
        products = np.concatenate(weights)
        products *= self._dense.take(np.concatenate(hashes))
        self._dense[asked.hashes] = 0.0
        starts = [0, *accumulate(map(len, hashes[:-1]))]
        cosines: list[float] = np.minimum(np.add.reduceat(products, starts), 1.0).tolist()
        return cosines

    def _weighed(self, slot: int) -> Weighed:
        """An article's direction, kept until an article comes or goes."""
        if len(self._kept) >= KEPT:
            self._kept.clear()
        vector = self._vectors[slot]
        weighed = self._kept[slot] = Weighed(vector.hashes, self._direction(vector))
        return weighed

    def _direction(self, vector: Vector) -> Numbers:
        """The weights of a vector, of length 1 together."""
        if self._idf is None:
            articles = len(self._vectors)
            self._idf = 1 + np.log((1 + articles) / np.arange(1, articles + 2))
        weights: Numbers = self._idf.take(self._holders.take(vector.hashes)) * vector.weights
        return weights / math.sqrt(np.add.reduce(weights * weights))


def _vector(text: str) -> Vector | None:
    counted = Counter(map(_bucket, grams(text)))
    if not counted:
        return None
    counts = np.fromiter(counted.values(), np.float32, len(counted))
    return Vector(np.fromiter(counted, np.uint16, len(counted)), (1 + np.log(counts)).astype(np.float32, copy=False))


@lru_cache(20_000)
def _bucket(gram: str) -> int:
    return crc32(gram.encode("utf-8", "replace")) & (BUCKETS - 1)


def grams(text: str) -> list[str]:
    """N-grams of the folded text: 1 and 2 Chinese characters; 3 and 4 letters of a word with its ends marked."""
    found: list[str] = []
    for han, word in RUN.findall(fold(text[:LONGEST])):
        if han:
            found += han
            found += map(add, han, han[1:])
        else:
            found += _pieces(word)
    return found


@lru_cache(20_000)
def _pieces(word: str) -> tuple[str, ...]:
    marked = f"^{word}$"
    return tuple(marked[place : place + size] for size in (3, 4) for place in range(len(marked) - size + 1))
