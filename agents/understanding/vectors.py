"""Texts as rows of a sparse matrix: tf-idf over each block of features, each block with its share of the length."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count, islice, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from agents.understanding.concepts import Concepts
from agents.understanding.features import SHARES, Features, features, grams

Floats = NDArray[np.float32]

BLOCKS = len(SHARES)
_CHARACTERS = Features._fields.index("characters")
_CONCEPTS = Features._fields.index("concepts")
_WEIGHED = np.arange(BLOCKS) == _CONCEPTS
_MANY = 25_000
_SPELLED = 50_000
_MISSING = repeat(-1)


@dataclass(frozen=True, slots=True)
class Vectors:
    """The known features of each block with their columns and each column's weight.

    ``rarest`` is the weight of a feature that no text had: it counts in the length of its block, so that a text of
    which little is known has small values. ``spell`` gives the columns of a word's characters, as the bytes of C
    ints, and how many of them have none.
    """

    vocabularies: tuple[dict[str, int], ...]
    idf: Floats
    rarest: float
    concepts: Concepts
    spell: Callable[[str], tuple[bytes, int]]

    def matrix(self, texts: Sequence[str]) -> Any:
        """A scipy CSR matrix of len(texts) rows; a row is zero where nothing of the text is known."""
        columns = array("i")
        lengths: list[int] = []
        strange: list[int] = []
        weights = array("f")
        for text in texts:
            self._add(features(text, self.concepts), columns, lengths, strange, weights)
        places = np.frombuffer(columns, np.int32)
        values = self.idf[places]
        part = np.repeat(np.arange(len(lengths)), lengths)
        values[np.repeat(np.tile(_WEIGHED, len(texts)), lengths)] *= np.frombuffer(weights, np.float32)
        known = np.bincount(part, values * values, minlength=len(lengths))
        norms = np.sqrt(np.maximum(known + np.array(strange) * self.rarest**2, 1e-12))
        values *= (np.tile(np.sqrt(SHARES), len(texts)) / norms).astype(np.float32)[part]
        starts = np.concatenate(([0], np.cumsum(np.array(lengths, np.int64).reshape(-1, BLOCKS).sum(axis=1))))
        return csr_matrix((values, places, starts.astype(np.int32)), shape=(len(texts), len(self.idf)))

    def _add(
        self, found: Features, columns: "array[int]", lengths: list[int], strange: list[int], weights: "array[float]"
    ) -> None:
        for block, known in enumerate(self.vocabularies):
            mine = list(map(known.get, found[block], _MISSING))
            missing = mine.count(-1)
            if missing:
                mine = [column for column in mine if column >= 0]
            start = len(columns)
            columns.extend(mine)
            if block == _CONCEPTS:
                weights.extend([weight for name, weight in found.concepts.items() if name in known])
            elif block == _CHARACTERS:
                for word in found.spelled:
                    spelled, unknown = self.spell(word)
                    columns.frombytes(spelled)
                    missing += unknown
            lengths.append(len(columns) - start)
            strange.append(missing)


def fitted(texts: Sequence[str], concepts: Concepts) -> Vectors:
    """Vectors that know the features of ``texts``; of very many texts, only those that occur twice.

    The weight of a feature is ln((1 + n) / (1 + its texts)) + 1, the smoothed inverse document frequency.
    """
    counts = [Counter[str]() for _ in SHARES]
    for text in texts:
        found = features(text, concepts)
        for block, seen in enumerate(counts):
            if block == _CHARACTERS:
                seen.update({*found.characters, *chain.from_iterable(map(grams, found.spelled))})
            else:
                seen.update(found[block])
    least = 2 if len(texts) > _MANY else 1
    kept = [sorted(name for name, times in seen.items() if times >= least) for seen in counts]
    times = np.array([seen[name] for seen, names in zip(counts, kept, strict=True) for name in names], np.float64)
    idf = np.log((1 + len(texts)) / (1 + times)) + 1
    return numbered(kept, idf.astype(np.float32), float(np.log(1 + len(texts)) + 1), concepts)


def numbered(names: Sequence[Sequence[str]], idf: Floats, rarest: float, concepts: Concepts) -> Vectors:
    """Vectors whose columns are the names of the blocks in this order."""
    columns = count()
    vocabularies = tuple(dict(zip(block, islice(columns, len(block)), strict=True)) for block in names)
    characters = vocabularies[_CHARACTERS]

    @lru_cache(_SPELLED)
    def spell(word: str) -> tuple[bytes, int]:
        mine = grams(word)
        known = array("i", [characters[gram] for gram in mine if gram in characters])
        return known.tobytes(), len(mine) - len(known)

    return Vectors(vocabularies, idf, rarest, concepts, spell)
