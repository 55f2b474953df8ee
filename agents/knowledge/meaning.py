"""Meaning: how alike a question and the articles of a shelf are, by the vectors of an embedding model."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from schemas.operations import Article

LONGEST = 2_000
"""Characters of an article, or of a question, that are embedded."""
SAMPLE = 256
"""Articles whose cosines with each other say what texts have in common that have nothing to do with each other."""
FAR = 1.5
"""Standard deviations above the mean of these from which a cosine says something."""
SPAN = 0.6
"""Share of the way from there to 1 at which a question counts as the same as an article."""
MOST = 8
"""Articles, the best by their meaning, that are candidates without sharing a term with the question."""

Numbers = NDArray[np.float32]
_MARK = 4


def wording(article: Article) -> str:
    """What is embedded of an article: the ways in which it is asked for, or its text where it names none."""
    return "\n".join((article.title, *(article.questions or (article.text,))))[:LONGEST]


def packed(model: str, vector: Sequence[float]) -> bytes:
    """A vector as it is kept and handed on: of length 1, in float16, behind a mark of the model. Empty for one of 0."""
    numbers = np.asarray(vector, np.float32)
    length = float(np.linalg.norm(numbers))
    if not np.isfinite(length) or length == 0:
        return b""
    return hashlib.blake2b(model.encode(), digest_size=_MARK).digest() + (numbers / length).astype("<f2").tobytes()


class Meaning:
    """Vectors by slot, all of one model: one of another model, or of another size, sends the earlier ones away."""

    def __init__(self) -> None:
        self._space: tuple[bytes, int] = (b"", 0)
        self._rows: Numbers = np.zeros((0, 0), np.float32)
        self._there: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._scale: tuple[float, float] | None = None

    def put(self, slot: int, vector: bytes) -> None:
        """The vector of an article, as ``packed`` gives it."""
        space, numbers = _read(vector)
        if space != self._space:
            self._space, self._rows = space, np.zeros((0, space[1]), np.float32)
            self._there = np.zeros(0, np.bool_)
        if slot >= len(self._rows):
            more = max(slot + 1, 2 * len(self._rows)) - len(self._rows)
            self._rows = np.vstack((self._rows, np.zeros((more, space[1]), np.float32)))
            self._there = np.concatenate((self._there, np.zeros(more, np.bool_)))
        self._rows[slot], self._there[slot] = numbers, True
        self._scale = None

    def clear(self, slot: int) -> None:
        """Free a slot."""
        if slot < len(self._there) and self._there[slot]:
            self._rows[slot], self._there[slot] = 0.0, False
            self._scale = None

    def likeness(self, vector: bytes, slots: int) -> NDArray[np.float64] | None:
        """For each of so many slots how alike its article is, in [0, 1]; NaN without a vector. None: nothing is known.

        A cosine says little by itself: in one model everything is alike, in another nothing. So it is measured from
        what the articles have in common with each other.
        """
        space, numbers = _read(vector)
        if space != self._space or not vector or not self._there.any():
            return None
        low, high = self._scaled()
        found = np.full(slots, np.nan)
        known = min(slots, len(self._rows))
        alike = np.clip((self._rows[:known] @ numbers - low) / (high - low), 0.0, 1.0)
        found[:known] = np.where(self._there[:known], alike, np.nan)
        return found

    def _scaled(self) -> tuple[float, float]:
        if self._scale is None:
            held = np.flatnonzero(self._there)
            some = self._rows[held[:: max(1, len(held) // SAMPLE)][:SAMPLE]]
            pairs = (some @ some.T)[np.triu_indices(len(some), 1)]
            low = min(float(pairs.mean() + FAR * pairs.std()), 0.9) if len(pairs) else 0.5
            self._scale = low, low + SPAN * (1.0 - low)
        return self._scale


def best(meant: NDArray[np.float64]) -> list[int]:
    """The slots of the best by their meaning, those of which nothing is said left out."""
    known = np.nan_to_num(meant)
    order = np.argsort(-known, kind="stable")[:MOST]
    slots: list[int] = order[known[order] > 0].tolist()
    return slots


def _read(vector: bytes) -> tuple[tuple[bytes, int], Numbers]:
    numbers = np.frombuffer(vector[_MARK:], "<f2").astype(np.float32)
    return (vector[:_MARK], len(numbers)), numbers
