"""The intent model: a linear map from a text's features to calibrated confidences, kept in one file without code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from agents.understanding.concepts import Concepts
from agents.understanding.vectors import Floats, Vectors, numbered
from schemas.errors import Misconfigured
from schemas.messages import Intent

UNKNOWN = "unknown"
_ALTERNATIVES = 3
_LEAST = 0.05
_NOTHING_KNOWN = 0.0
_FORMAT = "kefu-intents-1"


class Calibration(msgspec.Struct, frozen=True):
    """From scores to confidences: a softmax at ``temperature``, then slope * log-odds + offset (Platt, 1999)."""

    temperature: float = 1.0
    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, scores: NDArray[Any]) -> Floats:
        """Per row of scores, the probability that each column is right; each on its own, so the sum is not quite 1."""
        return sigmoid(self.slope * log_odds(softmax(scores, self.temperature)) + self.offset)


@dataclass(frozen=True, slots=True)
class IntentModel:
    """``weights`` has a row per feature and a column per intent; the last column is out of scope."""

    intents: tuple[str, ...]
    vectors: Vectors
    weights: Floats
    calibration: Calibration
    threshold: float

    def classify(self, texts: Sequence[str]) -> list[tuple[Intent, ...]]:
        """The intents of each text, best first, at most three; a single ``unknown`` where none is likely enough.

        Confidences are probabilities in [0, 1]; that of ``unknown`` is the probability that the best one is wrong.
        """
        if not texts:
            return []
        chances = self.chances(texts)
        best = np.argsort(-chances[:, :-1], axis=1, kind="stable")[:, :_ALTERNATIVES]
        ranked = np.take_along_axis(chances, best, axis=1)
        return [self._named(*pair) for pair in zip(best.tolist(), ranked.tolist(), strict=True)]

    def chances(self, texts: Sequence[str]) -> Floats:
        """The probability of each intent, and last that of none of them: a row per text, 0 where nothing is known."""
        rows = self.vectors.matrix(texts)
        chances = self.calibration(rows @ self.weights)
        chances[rows.getnnz(axis=1) == 0] = _NOTHING_KNOWN
        return chances

    def _named(self, best: list[int], ranked: list[float]) -> tuple[Intent, ...]:
        if not ranked or ranked[0] < self.threshold:
            return (Intent(name=UNKNOWN, confidence=round(1 - max(ranked, default=0.0), 4)),)
        likely = [pair for pair in zip(best, ranked, strict=True) if pair[1] >= min(_LEAST, self.threshold)]
        return tuple(Intent(name=self.intents[i], confidence=round(chance, 4)) for i, chance in likely)

    def to_bytes(self) -> bytes:
        """The model as MessagePack: names, figures and raw little-endian arrays, nothing that could be run."""
        vectors = self.vectors
        names = tuple(tuple(vocabulary) for vocabulary in vectors.vocabularies)
        idf, weights = vectors.idf.astype("<f4").tobytes(), self.weights.astype("<f4").tobytes()
        return msgspec.msgpack.encode(
            _Stored(_FORMAT, self.intents, names, vectors.concepts, idf, weights, self.calibration, self.threshold)
        )


def softmax(scores: NDArray[Any], temperature: float) -> Floats:
    """Rows of probabilities, exp(score / temperature) over their sum."""
    powers = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def log_odds(chances: Floats) -> Floats:
    clipped = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))


def sigmoid(odds: NDArray[Any]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)


def from_bytes(stored: bytes) -> IntentModel:
    """Read what ``to_bytes`` wrote. Raises Misconfigured where it is something else."""
    try:
        return _restored(msgspec.msgpack.decode(stored, type=_Stored))
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as problem:
        raise Misconfigured(f"this is no intent model ({problem}); write one with: kefu intents train") from None


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    format: str
    intents: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    concepts: Concepts
    idf: bytes
    weights: bytes
    calibration: Calibration
    threshold: float


def _restored(stored: _Stored) -> IntentModel:
    if stored.format != _FORMAT:
        raise ValueError(f"its format is {stored.format!r}, not {_FORMAT!r}")
    idf = np.frombuffer(stored.idf, "<f4").astype(np.float32)
    vectors = numbered(stored.names, idf, stored.concepts)
    if not len(idf) == len(vectors.block) == sum(map(len, vectors.vocabularies)):
        raise ValueError("its parts do not fit together")
    weights = np.frombuffer(stored.weights, "<f4").astype(np.float32).reshape(len(idf), len(stored.intents) + 1)
    return IntentModel(stored.intents, vectors, weights, stored.calibration, stored.threshold)
