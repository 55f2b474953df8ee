"""Texts as rows of a sparse matrix: tf-idf over each block of features, each block with its share of the length."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from agents.understanding import features as made
from agents.understanding.concepts import Concepts
from agents.understanding.features import MISSING, MOST_TEXTS, SHARES, Read, Said, grams
from agents.understanding.senses import Ints, Senses
from agents.understanding.table import Table

Floats = NDArray[np.float32]

_BLOCKS = len(SHARES)
_MANY = 25_000
_SPELLED = 50_000


class Known(NamedTuple):
    """The features of words and concepts, and the runs of characters, in the order of their columns."""

    features: Ints
    characters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vectors:
    """The known features with their columns and each column's weight, those of words and concepts first.

    ``names`` numbers the names that features are made of; ``features`` and ``han`` give columns, ``spell`` those of a
    word's characters as the bytes of C ints, -1 where there is none. ``rarest`` is the weight of a feature that no
    text had: it counts in the length of its block, so that a text of which little is known has small values.
    """

    concepts: Concepts
    senses: Senses
    names: dict[str, int]
    known: Known
    features: Table
    han: Table
    idf: Floats
    rarest: float
    spell: Callable[[str], bytes]

    def matrix(self, texts: Sequence[str]) -> Any:
        """A scipy CSR matrix of len(texts) rows; a row is zero where nothing of the text is known."""
        if len(texts) <= MOST_TEXTS:
            return self._matrix(made.read(texts, self.senses, self.names), len(texts))
        return vstack([self.matrix(some) for some in _some(texts)]).tocsr()

    def _matrix(self, found: Read, texts: int) -> Any:
        spelled = np.frombuffer(b"".join(map(self.spell, found.spelled)), np.int32)
        columns = np.concatenate((self.features.find(found.features), self.han.find(found.han), spelled))
        of = np.concatenate((found.of, found.han_of, np.repeat(found.spelled_of, _sizes(found.spelled))))
        part = of * _BLOCKS + made.CHARACTERS
        part[: len(found.of)] += found.blocks - made.CHARACTERS
        there = columns >= 0
        strange = np.bincount(part[~there], minlength=texts * _BLOCKS)
        values = self.idf[columns]
        values[: len(found.of)] *= found.weights
        columns, of, part, values = columns[there], of[there], part[there], values[there]
        known = np.bincount(part, values * values, minlength=texts * _BLOCKS)
        norms = np.sqrt(np.maximum(known + strange * self.rarest**2, 1e-12))
        values *= (np.tile(np.sqrt(SHARES), texts) / norms).astype(np.float32)[part]
        order = np.argsort(of.astype(np.min_scalar_type(texts)), kind="stable")
        ends = np.concatenate(([0], np.cumsum(np.bincount(of, minlength=texts)))).astype(np.int32)
        return csr_matrix((values[order], columns[order], ends), shape=(texts, len(self.idf)))


def _sizes(words: Sequence[str]) -> Ints:
    """How many ``grams`` each word has."""
    padded = np.fromiter(map(len, words), np.int64, len(words)) + 2
    return sum((np.maximum(padded - less, 0) for less in (2, 3, 4)), padded - 1)


def fitted(texts: Sequence[str], concepts: Concepts) -> Vectors:
    """Vectors that know the features of ``texts``; of very many texts, only those that occur twice.

    The weight of a feature is ln((1 + n) / (1 + its texts)) + 1, the smoothed inverse document frequency.
    """
    senses = Senses(concepts)
    names = {name: number for number, name in enumerate(senses.names)}
    features, characters = Counter[int](), Counter[str]()
    for some in _some(texts):
        told = made.said(some, senses)
        for name in chain(told.words, told.sequence):
            if name not in names and len(names) < made.MOST_NAMES:
                names[name] = len(names)
        found = made.numbered(told, senses, names)
        features.update(dict(zip(*map(np.ndarray.tolist, np.unique(found.features, return_counts=True)), strict=True)))
        characters.update(chain.from_iterable(_characters(told, found, len(some))))
    least = 2 if len(texts) > _MANY else 1
    kept = sorted(feature for feature, times in features.items() if times >= least)
    spelled = sorted(gram for gram, times in characters.items() if times >= least)
    times = np.array([*map(features.__getitem__, kept), *map(characters.__getitem__, spelled)], np.float64)
    idf = (np.log((1 + len(texts)) / (1 + times)) + 1).astype(np.float32)
    return restored(
        concepts, list(names), Known(np.array(kept, np.int64), tuple(spelled)), (idf, float(np.log(1 + len(texts)) + 1))
    )


def _some(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + MOST_TEXTS] for start in range(0, len(texts), MOST_TEXTS))


def _characters(told: Said, found: Read, texts: int) -> list[set[str]]:
    """The runs of characters of each text."""
    seen: list[set[str]] = [set() for _ in range(texts)]
    for place, run in zip(told.han_of, told.han, strict=True):
        seen[place].update(made.han_grams(run))
    for place, word in zip(found.spelled_of.tolist(), told.spelled, strict=True):
        seen[place].update(grams(word))
    return seen


def restored(concepts: Concepts, names: Sequence[str], known: Known, weights: tuple[Floats, float]) -> Vectors:
    """Vectors whose columns are those of ``known``, the runs of characters after the features.

    ``names`` are those that features are numbered by; ``weights`` that of each column and that of what is rarest.
    """
    first = len(known.features)
    characters = {gram: first + place for place, gram in enumerate(known.characters)}
    han = {made.han_number(gram): column for gram, column in characters.items() if made.is_han(gram)}

    @lru_cache(_SPELLED)
    def spell(word: str) -> bytes:
        return array("i", list(map(characters.get, grams(word), MISSING))).tobytes()

    return Vectors(
        concepts=concepts,
        senses=Senses(concepts),
        names={name: number for number, name in enumerate(names)},
        known=known,
        features=Table(known.features, np.arange(first, dtype=np.int32)),
        han=Table(np.array(list(han), np.int64), np.array(list(han.values()), np.int32)),
        idf=weights[0],
        rarest=weights[1],
        spell=spell,
    )
