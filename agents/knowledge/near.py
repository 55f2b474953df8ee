"""Near matches: how alike a question is to the ways in which an article may be asked for, by character n-grams."""

import math
import re
from array import array
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agents.knowledge.tokens import HAN, fold
from schemas.operations import Article

BUCKETS = 1 << 16
"""N-grams are kept as hashes of 16 bits (feature hashing, Weinberger et al., ICML 2009)."""
LONGEST = 4_000
"""Characters that are looked at."""
KEPT = 4_000
"""Articles whose weights are kept between two questions."""
_RUN = re.compile(rf"([{HAN}]+)|[^\W_{HAN}]+")

Numbers: TypeAlias = NDArray[np.float64]
Hashes: TypeAlias = NDArray[np.uint16]
LONG = np.dtype("l")


class Vector(NamedTuple):
    """The n-grams of a text and 1 + ln of how often each is there; 6 bytes an n-gram."""

    hashes: Hashes
    weights: NDArray[np.float32]


class Near:
    """TF-IDF vectors by article slot, of title and questions (of title and text where there are no questions).

    weight(g, d) = (1 + ln count) · idf(g),   idf(g) = 1 + ln((1 + N) / (1 + n_g))       (scikit-learn's smooth idf)
    N articles, n_g of them with the n-gram. The idf is brought in when it is asked for, so an article that comes or
    goes costs no more than its own n-grams.
    """

    def __init__(self) -> None:
        self._vectors: dict[int, Vector] = {}
        self._holders = array("l", bytes(BUCKETS * LONG.itemsize))
        self._kept: dict[int, tuple[Numbers, float]] = {}
        self._dense = np.zeros(BUCKETS)

    def add(self, slot: int, article: Article) -> None:
        """Put in an article at a slot that is free."""
        self._kept.clear()
        vector = _vector("\n".join((article.title, *(article.questions or (article.text,)))))
        if vector is not None:
            self._vectors[slot] = vector
            np.frombuffer(self._holders, LONG)[vector.hashes] += 1

    def remove(self, slot: int) -> None:
        """Free a slot."""
        self._kept.clear()
        vector = self._vectors.pop(slot, None)
        if vector is not None:
            np.frombuffer(self._holders, LONG)[vector.hashes] -= 1

    def likeness(self, question: str, slots: list[int]) -> list[float]:
        """For each slot the cosine of the question and its article, in [0, 1]; 0 where one of them has no n-gram."""
        asked = _vector(question)
        there = [slot for slot in slots if slot in self._vectors]
        if asked is None or not there:
            return [0.0] * len(slots)
        found = dict(zip(there, self._cosines(asked, there), strict=True))
        return [found.get(slot, 0.0) for slot in slots]

    def _cosines(self, asked: Vector, slots: list[int]) -> list[float]:
        own = self._weights(asked)
        self._dense[asked.hashes] = own
        kept = [self._kept.get(slot) or self._weighed(slot) for slot in slots]
        held = np.concatenate([self._vectors[slot].hashes for slot in slots])
        products = np.concatenate([weights for weights, _ in kept]) * self._dense[held]
        self._dense[asked.hashes] = 0.0
        lengths = [len(weights) for weights, _ in kept]
        starts = [0, *accumulate(lengths[:-1])]
        norms = np.array([norm for _, norm in kept]) * math.sqrt(float(own @ own))
        cosines: list[float] = np.minimum(np.add.reduceat(products, starts) / norms, 1.0).tolist()
        return cosines

    def _weighed(self, slot: int) -> tuple[Numbers, float]:
        """An article's weights and their length, kept until an article comes or goes."""
        weights = self._weights(self._vectors[slot])
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[slot] = weights, math.sqrt(float(np.add.reduceat(weights * weights, [0])[0]))
        return self._kept[slot]

    def _weights(self, vector: Vector) -> Numbers:
        holders = np.frombuffer(self._holders, LONG)[vector.hashes]
        idf: Numbers = 1 + np.log((1 + len(self._vectors)) / (1 + holders))
        return idf * vector.weights


def _vector(text: str) -> Vector | None:
    counted = Counter(map(_bucket, grams(text)))
    if not counted:
        return None
    counts = np.fromiter(counted.values(), np.float32, len(counted))
    return Vector(np.fromiter(counted, np.uint16, len(counted)), (1 + np.log(counts)).astype(np.float32))


@lru_cache(20_000)
def _bucket(gram: str) -> int:
    return crc32(gram.encode("utf-8", "replace")) & (BUCKETS - 1)


def grams(text: str) -> list[str]:
    """N-grams of the folded text: 1 and 2 Chinese characters; 3 and 4 letters of a word with its ends marked."""
    found: list[str] = []
    for run in _RUN.finditer(fold(text[:LONGEST])):
        if run[1]:
            found.extend(run[0])
            found.extend(run[0][place : place + 2] for place in range(len(run[0]) - 1))
        else:
            word = f"^{run[0]}$"
            found.extend(word[place : place + size] for size in (3, 4) for place in range(len(word) - size + 1))
    return found
