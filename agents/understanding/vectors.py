"""Texts as rows of a sparse matrix: tf-idf over each block of features, each block with its share of the length."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count, islice, repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from agents.understanding.concepts import Concepts
from agents.understanding.features import SHARES, Features, features, grams

Floats = NDArray[np.float32]

BLOCKS = len(SHARES)
_CHARACTERS = Features._fields.index("characters")
_CONCEPTS = Features._fields.index("concepts")
_INT = array("i").itemsize
_NO = np.zeros(0, np.float32)
_MANY = 25_000
_SPELLED = 50_000
_MISSING = repeat(-1)


@dataclass(frozen=True, slots=True)
class Vectors:
    """The known features of each block with their columns and each column's weight.

    ``rarest`` is the weight of a feature that no text had: it counts in the length of its block, so that a text of
    which little is known has small values. ``spell`` gives the columns of a word's characters, -1 where
    they have none, as the bytes of C ints.
    """

    vocabularies: tuple[dict[str, int], ...]
    idf: Floats
    rarest: float
    concepts: Concepts
    spell: Callable[[str], bytes]

    def matrix(self, texts: Sequence[str]) -> Any:
        """A scipy CSR matrix of len(texts) rows; a row is zero where nothing of the text is known."""
        found = [features(text, self.concepts) for text in texts]
        blocks = [self._block(block, known, found) for block, known in enumerate(self.vocabularies)]
        lengths = np.stack([block.lengths for block in blocks], axis=1).ravel()
        strange = np.stack([block.strange for block in blocks], axis=1).ravel()
        ends = np.cumsum(lengths)
        places = np.empty(ends[-1] if len(ends) else 0, np.int32)
        weights = np.ones(len(places), np.float32)
        for number, block in enumerate(blocks):
            held = _spread((ends - lengths)[number::BLOCKS], block.lengths)
            places[held] = block.columns
            if number == _CONCEPTS:
                weights[held] = block.weights
        values = self.idf[places] * weights
        part = np.repeat(np.arange(len(lengths)), lengths)
        known = np.bincount(part, values * values, minlength=len(lengths))
        norms = np.sqrt(np.maximum(known + strange * self.rarest**2, 1e-12))
        values *= (np.tile(np.sqrt(SHARES), len(texts)) / norms).astype(np.float32)[part]
        starts = np.concatenate(([0], ends[BLOCKS - 1 :: BLOCKS]))
        return csr_matrix((values, places, starts.astype(np.int32)), shape=(len(texts), len(self.idf)))

    def _block(self, block: int, known: dict[str, int], found: Sequence[Features]) -> "_Block":
        if block == _CHARACTERS:
            spelled = [self._characters(known, one) for one in found]
            sizes = np.array([len(one) for one in spelled], np.int64) // _INT
            columns = np.frombuffer(b"".join(spelled), np.int32)
        else:
            sizes = np.array([len(one[block]) for one in found], np.int64)
            names = chain.from_iterable([one[block] for one in found])
            columns = np.fromiter(map(known.get, names, _MISSING), np.int32, int(sizes.sum()))
        there = columns >= 0
        lengths = np.bincount(np.repeat(np.arange(len(found)), sizes)[there], minlength=len(found))
        weights = list(chain.from_iterable([one.concepts.values() for one in found])) if block == _CONCEPTS else ()
        return _Block(
            columns[there], lengths, sizes - lengths, np.array(weights, np.float32)[there] if weights else _NO
        )

    def _characters(self, known: dict[str, int], found: Features) -> bytes:
        """The columns of a text's characters, -1 where they have none, as the bytes of C ints."""
        own = array("i", list(map(known.get, found.characters, _MISSING))).tobytes() if found.characters else b""
        return own + b"".join(map(self.spell, found.spelled)) if found.spelled else own


class _Block(NamedTuple):
    """One block of all texts: the columns of known features, how many each text has, and how many are unknown."""

    columns: NDArray[np.int32]
    lengths: NDArray[np.int64]
    strange: NDArray[np.int64]
    weights: Floats


def _spread(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places from each start on, as many as its length, one after the other."""
    before = np.cumsum(lengths) - lengths
    spread: NDArray[np.int64] = np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
    return spread


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
    def spell(word: str) -> bytes:
        return array("i", list(map(characters.get, grams(word), _MISSING))).tobytes()

    return Vectors(vocabularies, idf, rarest, concepts, spell)
