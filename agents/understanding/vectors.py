"""Texts as rows of a sparse matrix: tf-idf over each block of features, each block with its share of the length."""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from agents.understanding.concepts import Concepts
from agents.understanding.features import SHARES, features

Floats = NDArray[np.float32]

_MANY = 5000


class Vectors(msgspec.Struct, frozen=True):
    """The known features of each block with their columns, and each column's weight and block."""

    vocabularies: tuple[dict[str, int], ...]
    idf: Floats
    block: NDArray[np.int8]
    concepts: Concepts

    def matrix(self, texts: Sequence[str]) -> Any:
        """A scipy CSR matrix of len(texts) rows; a row is zero where nothing of the text is known."""
        found = [self._columns(text) for text in texts]
        lengths = np.fromiter(map(len, found), np.int64, len(found))
        columns = np.fromiter((column for row in found for column in row), np.int64, int(lengths.sum()))
        values = self.idf[columns]
        part = np.repeat(np.arange(len(found)) * len(SHARES), lengths) + self.block[columns]
        norms = np.sqrt(np.bincount(part, values * values, minlength=1))
        values *= (np.sqrt(SHARES).astype(np.float32)[self.block[columns]] / norms[part]).astype(np.float32)
        starts = np.concatenate(([0], np.cumsum(lengths)))
        return csr_matrix((values, columns, starts), shape=(len(found), len(self.idf)))

    def _columns(self, text: str) -> list[int]:
        blocks = zip(self.vocabularies, features(text, self.concepts), strict=True)
        return [column for known, block in blocks for column in map(known.get, block) if column is not None]


def fitted(texts: Sequence[str], concepts: Concepts) -> Vectors:
    """Vectors that know the features of ``texts``; of many texts, only those that occur twice.

    The weight of a feature is ln((1 + n) / (1 + its texts)) + 1, the smoothed inverse document frequency.
    """
    counts = [Counter[str]() for _ in SHARES]
    for text in texts:
        for seen, block in zip(counts, features(text, concepts), strict=True):
            seen.update(block)
    least = 2 if len(texts) > _MANY else 1
    kept = [sorted(name for name, times in seen.items() if times >= least) for seen in counts]
    times = [seen[name] for seen, names in zip(counts, kept, strict=True) for name in names]
    idf = np.log((1 + len(texts)) / (1 + np.array(times, np.float64))) + 1
    return numbered(kept, idf.astype(np.float32), concepts)


def numbered(names: Sequence[Sequence[str]], idf: Floats, concepts: Concepts) -> Vectors:
    """Vectors whose columns are the names of the blocks in this order."""
    columns = count()
    vocabularies = tuple({name: next(columns) for name in block} for block in names)
    sizes = [len(vocabulary) for vocabulary in vocabularies]
    return Vectors(vocabularies, idf, np.repeat(np.arange(len(sizes)), sizes).astype(np.int8), concepts)
