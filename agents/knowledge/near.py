"""Near matches: how alike a question is to the ways in which an article may be asked for, by character n-grams."""

import math
import re
from array import array
from collections import Counter
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

    def add(self, slot: int, article: Article) -> None:
        """Put in an article at a slot that is free."""
        vector = _vector("\n".join((article.title, *(article.questions or (article.text,)))))
        if vector is not None:
            self._vectors[slot] = vector
            np.frombuffer(self._holders, LONG)[vector.hashes] += 1

    def remove(self, slot: int) -> None:
        """Free a slot."""
        vector = self._vectors.pop(slot, None)
        if vector is not None:
            np.frombuffer(self._holders, LONG)[vector.hashes] -= 1

    def likeness(self, question: str, slots: list[int]) -> list[float]:
        """For each slot the cosine of the question and its article, in [0, 1]; 0 where one of them has no n-gram."""
        asked = _vector(question)
        there = [(place, self._vectors[slot]) for place, slot in enumerate(slots) if slot in self._vectors]
        found = [0.0] * len(slots)
        if asked is not None and there:
            places, vectors = zip(*there, strict=True)
            for place, cosine in zip(places, self._cosines(asked, vectors), strict=True):
                found[place] = cosine
        return found

    def _cosines(self, asked: Vector, vectors: tuple[Vector, ...]) -> list[float]:
        own = self._weights(asked.hashes, asked.weights)
        dense = np.zeros(BUCKETS)
        dense[asked.hashes] = own
        hashes = np.concatenate([vector.hashes for vector in vectors])
        weights = self._weights(hashes, np.concatenate([vector.weights for vector in vectors]))
        starts = np.cumsum([0, *(len(vector.hashes) for vector in vectors[:-1])])
        norms = np.sqrt(np.add.reduceat(weights * weights, starts)) * math.sqrt(float(own @ own))
        cosines: list[float] = np.minimum(np.add.reduceat(weights * dense[hashes], starts) / norms, 1.0).tolist()
        return cosines

    def _weights(self, hashes: Hashes, weights: NDArray[np.float32]) -> Numbers:
        holders = np.frombuffer(self._holders, LONG)[hashes]
        idf: Numbers = 1 + np.log((1 + len(self._vectors)) / (1 + holders))
        return idf * weights


def _vector(text: str) -> Vector | None:
    counted = Counter(crc32(gram.encode("utf-8", "replace")) & (BUCKETS - 1) for gram in grams(text))
    if not counted:
        return None
    counts = np.fromiter(counted.values(), np.float32, len(counted))
    return Vector(np.fromiter(counted, np.uint16, len(counted)), (1 + np.log(counts)).astype(np.float32))


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
