"""Near matches: how alike a question is to the ways in which an article may be asked for, by character n-grams."""

import math
from collections import Counter
from functools import cache, lru_cache
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
FEW = 128
"""Articles up to which a question is compared with all of them, in a grid of n-grams and articles."""
KEPT = 4_000
"""Articles whose weights are kept between two questions."""

Numbers: TypeAlias = NDArray[np.float64]
Hashes: TypeAlias = NDArray[np.uint16]
Columns: TypeAlias = NDArray[np.int32]


class Vector(NamedTuple):
    """The n-grams of a text and 1 + ln of how often each is there; 6 bytes an n-gram."""

    hashes: Hashes
    weights: NDArray[np.float32]


class Weighed(NamedTuple):
    """A vector of length 1, idf brought in; its n-grams by their columns."""

    columns: Columns
    weights: Numbers


class Block(NamedTuple):
    """The weighed vectors of some articles one after the other: where each begins, and its place by its slot."""

    columns: Columns
    weights: Numbers
    starts: list[int]
    places: dict[int, int]


class Grid(NamedTuple):
    """The weighed vectors of all articles, where they are few: a row per column, a number per place; places by slot."""

    weights: Numbers
    places: dict[int, int]


class Scale(NamedTuple):
    """The n-grams that articles have as columns from 1 on, by hash, 0 being any other; and each column's idf.

    They are few beside the hashes: what a question is compared with stays in the processor's cache.
    """

    columns: Columns
    idf: Numbers

    def direction(self, vector: Vector) -> Weighed:
        """The weights of a vector, of length 1 together."""
        columns = self.columns.take(vector.hashes)
        weights = self.idf.take(columns) * vector.weights
        return Weighed(columns, weights / math.sqrt(np.add.reduce(weights * weights)))


class Near:
    """TF-IDF vectors by article slot, of title and questions (of title and text where there are no questions).

    weight(g, d) = (1 + ln count) · idf(g),   idf(g) = 1 + ln((1 + N) / (1 + n_g))       (scikit-learn's smooth idf)
    N articles, n_g of them with the n-gram. The idf is brought in when it is asked for, so an article that comes or
    goes costs no more than its own n-grams, and the next question a pass over the hashes.
    """

    def __init__(self) -> None:
        self._vectors: dict[int, Vector] = {}
        self._holders = np.zeros(BUCKETS, np.int64)
        self._scale: Scale | None = None
        self._dense = np.zeros(0)
        self._kept: dict[int, Weighed] = {}
        self._grid: Grid | None = None

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
        self._scale = self._grid = None

    def likeness(self, question: str, slots: list[int]) -> list[float]:
        """For each slot the cosine of the question and its article, in [0, 1]; 0 where one of them has no n-gram."""
        asked = _vector(question)
        if asked is None:
            return [0.0] * len(slots)
        scale = self._scale or self._scaled()
        compare = self._with_all if len(self._vectors) <= FEW else self._with_some
        cosines, places = compare(scale, scale.direction(asked), slots)
        told: list[float] = np.minimum(cosines, 1.0).tolist()
        return [told[places[slot]] if slot in places else 0.0 for slot in slots]

    def _with_all(self, scale: Scale, asked: Weighed, _: list[int]) -> tuple[Numbers, dict[int, int]]:
        weights, places = self._grid or self._gridded(scale)
        return asked.weights @ weights.take(asked.columns, 0), places

    def _with_some(self, scale: Scale, asked: Weighed, slots: list[int]) -> tuple[Numbers, dict[int, int]]:
        there = [slot for slot in slots if slot in self._vectors]
        if not there:
            return np.zeros(0), {}
        block = self._joined(scale, there)
        return self._cosines(asked, block), block.places

    def _cosines(self, asked: Weighed, block: Block) -> Numbers:
        self._dense[asked.columns] = asked.weights
        products = block.weights * self._dense.take(block.columns)
        self._dense[asked.columns] = 0.0
        return np.add.reduceat(products, block.starts)

    def _scaled(self) -> Scale:
        there = self._holders > 0
        columns = np.where(there, np.cumsum(there), 0).astype(np.int32)
        holders = np.concatenate(([0], self._holders[there]))
        self._dense = np.zeros(len(holders))
        self._scale = Scale(columns, 1 + np.log((1 + len(self._vectors)) / (1 + holders)))
        return self._scale

    def _gridded(self, scale: Scale) -> Grid:
        weights = np.zeros((len(scale.idf), len(self._vectors)))
        for place, vector in enumerate(self._vectors.values()):
            weighed = scale.direction(vector)
            weights[weighed.columns, place] = weighed.weights
        self._grid = Grid(weights, {slot: place for place, slot in enumerate(self._vectors)})
        return self._grid

    def _joined(self, scale: Scale, slots: list[int]) -> Block:
        weighed = [self._kept.get(slot) or self._weighed(scale, slot) for slot in slots]
        columns, weights = zip(*weighed, strict=True)
        starts = [0, *accumulate(map(len, columns[:-1]))]
        return Block(
            np.concatenate(columns), np.concatenate(weights), starts, {slot: at for at, slot in enumerate(slots)}
        )

    def _weighed(self, scale: Scale, slot: int) -> Weighed:
        """An article's direction, kept until an article comes or goes."""
        if len(self._kept) >= KEPT:
            self._kept.clear()
        weighed = self._kept[slot] = scale.direction(self._vectors[slot])
        return weighed


def _vector(text: str) -> Vector | None:
    counted = Counter(grams(text))
    if not counted:
        return None
    weights = np.fromiter(map(_weight, counted.values()), np.float32, len(counted))
    return Vector(np.fromiter(counted, np.uint16, len(counted)), weights)


@cache
def _weight(count: int) -> float:
    return float(1 + np.log(np.float32(count)))


def grams(text: str) -> list[int]:
    """The n-grams of the folded text: 1 and 2 Chinese characters; 3 and 4 letters of a word with its ends marked."""
    found: list[int] = []
    for han, word in RUN.findall(fold(text[:LONGEST])):
        if han:
            found += map(bucket, han)
            found += map(bucket, map(add, han, han[1:]))
        else:
            found += _pieces(word)
    return found


@lru_cache(20_000)
def bucket(gram: str) -> int:
    """What an n-gram is kept as."""
    return crc32(gram.encode("utf-8", "replace")) & (BUCKETS - 1)


@lru_cache(20_000)
def _pieces(word: str) -> tuple[int, ...]:
    marked = f"^{word}$"
    return tuple(bucket(marked[place : place + size]) for size in (3, 4) for place in range(len(marked) - size + 1))
