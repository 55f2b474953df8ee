"""The intent model: a linear map from a text's features to calibrated confidences, kept in one file without code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

import msgspec
import numpy as np

from agents.understanding.concepts import Concepts
from agents.understanding.intent_calibration import Calibration, Expected
from agents.understanding.intent_parts import parts
from agents.understanding.rules import Rule, Rules
from agents.understanding.vectors import Floats, Known, Vectors, restored
from schemas.errors import Misconfigured
from schemas.messages import Intent

UNKNOWN = "unknown"

RULED = 0.99
"""The least confidence of an intent that a rule gives."""

SURE = 0.6
"""A part of a message is a wish of its own from this confidence on."""

_ALTERNATIVES = 3
_LEAST = 0.05
_MAYBE = 0.15
FORMAT = "kefu-intents-5"
"""What a file says it is; it changes with its parts, with what features a text has and with how it is trained."""

Intents = tuple[Intent, ...]
Ranked = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class IntentModel:
    """``weights`` has a row per feature and a column per intent, and one more where texts from outside were shown."""

    intents: tuple[str, ...]
    vectors: Vectors
    weights: Floats
    bias: Floats
    calibration: Calibration
    threshold: float
    rules: Rules
    expected: Expected

    def classify(self, texts: Sequence[str]) -> list[Intents]:
        """The intents of each text, best first, at most three; ``unknown`` first where none is likely enough.

        A rule decides where those of exactly one intent match. Of a text with several wishes, that of the whole, or
        of the rule, is followed by those of its parts. Confidences are probabilities in [0, 1]; that of ``unknown``
        is the probability that the best one is wrong, and what it might have been follows it.
        """
        return self.scored(texts)[0]

    def scored(self, texts: Sequence[str]) -> tuple[list[Intents], Floats]:
        """The intents of each text, as ``classify`` says, and the scores behind them: a row per text."""
        clauses = [split if len(split := parts(text)) > 1 else () for text in texts]
        read = [*texts, *chain.from_iterable(clauses)]
        if not read:
            return [], np.empty((0, len(self.bias)), np.float32)
        rows = self.vectors.matrix(read)
        scores = rows @ self.weights + self.bias
        ranked = self._ranked(self._chances(rows, scores))
        of_parts = iter(ranked[len(texts) :])
        answers = [
            self._answer(text, whole, list(islice(of_parts, len(split))))
            for text, whole, split in zip(texts, ranked, clauses, strict=False)
        ]
        return answers, scores[: len(texts)]

    def with_threshold(self, threshold: float) -> "IntentModel":
        """The same model that answers ``unknown`` below another confidence; 0 never does."""
        return replace(self, threshold=threshold)

    def chances(self, texts: Sequence[str]) -> Floats:
        """The probability of each intent: a row per text, 0 where nothing of it is known. Rules do not count."""
        rows = self.vectors.matrix(texts)
        return self._chances(rows, rows @ self.weights + self.bias)

    def _chances(self, rows: Any, scores: Floats) -> Floats:
        chances = self.calibration(scores, len(self.intents))
        chances[rows.getnnz(axis=1) == 0] = 0
        return chances

    def _ranked(self, chances: Floats) -> list[Ranked]:
        """The likeliest intents of each row with their probabilities."""
        last = chances.shape[1] - 1
        some = np.sort(np.argpartition(-chances, min(_ALTERNATIVES, last), axis=1)[:, :_ALTERNATIVES], axis=1)
        order = np.argsort(-np.take_along_axis(chances, some, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(some, order, axis=1)
        rows = zip(best.tolist(), np.take_along_axis(chances, best, axis=1).tolist(), strict=True)
        return [[(self.intents[i], chance) for i, chance in zip(*row, strict=True)] for row in rows]

    def _answer(self, text: str, ranked: Ranked, of_parts: Sequence[Ranked]) -> Intents:
        ruled = self.rules.find(text)
        wishes = self._wishes(of_parts)
        name, chance = ranked[0]
        if len(ruled) == 1:
            (name,) = ruled
            sure = max([RULED, *(chance for other, chance in ranked if other == name)])
            return _intents(_ordered(wishes or dict(ranked), name, sure))
        unclear = chance < self.threshold or chance == 0
        if len(wishes) > 1:
            return _intents(_ordered(wishes, *(list(wishes.items())[-1] if unclear else ranked[0])))
        if unclear:
            candidates = [(other, maybe) for other, maybe in ranked[:2] if maybe >= _MAYBE]
            return (Intent(name=UNKNOWN, confidence=round(1 - chance, 4)), *_intents(candidates))
        return _intents(ranked)

    def _wishes(self, of_parts: Sequence[Ranked]) -> dict[str, float]:
        """The intents of the parts that are sure of one, with their probabilities."""
        wishes: dict[str, float] = {}
        for (name, chance), *_ in of_parts:
            if chance >= max(SURE, self.threshold):
                wishes[name] = max(chance, wishes.get(name, 0.0))
        return wishes

    def to_bytes(self) -> bytes:
        """The model as MessagePack: names, figures and raw little-endian arrays, nothing that could be run."""
        vectors = self.vectors
        arrays = (vectors.idf.astype("<f4"), self.weights.astype("<f2"), self.bias.astype("<f4"))
        idf, weights, bias = (array.tobytes() for array in arrays)
        features = vectors.known.features.astype("<i8").tobytes()
        known = _Known(tuple(vectors.names), features, vectors.known.characters)
        figures = _Figures(vectors.rarest, idf, weights, bias, self.calibration, self.threshold, self.expected)
        rules = tuple(self.rules.rules)
        return msgspec.msgpack.encode(_Stored(FORMAT, self.intents, known, vectors.concepts, figures, rules))


def _ordered(wishes: dict[str, float], name: str, chance: float) -> Ranked:
    """First what the text as a whole wants, then the wishes of its parts, best first, none above it."""
    lead = max(chance, wishes.get(name, 0.0))
    return [
        (name, lead),
        *sorted(((other, min(sure, lead)) for other, sure in wishes.items() if other != name), key=_chance),
    ]


def _chance(wish: tuple[str, float]) -> float:
    return -wish[1]


def _intents(ranked: Ranked) -> Intents:
    likely = [
        (name, chance) for place, (name, chance) in enumerate(ranked) if chance >= _LEAST or (place == 0 < chance)
    ]
    return tuple(Intent(name=name, confidence=round(chance, 4)) for name, chance in likely[:_ALTERNATIVES])


def from_bytes(stored: bytes) -> IntentModel:
    """Read what ``to_bytes`` wrote. Raises Misconfigured where it is something else."""
    try:
        return _restored(msgspec.msgpack.decode(stored, type=_Stored))
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as problem:
        raise Misconfigured(f"this is no intent model ({problem}); write one with: kefu intents train") from None


class _Known(msgspec.Struct, frozen=True, array_like=True):
    names: tuple[str, ...]
    features: bytes
    characters: tuple[str, ...]


class _Figures(msgspec.Struct, frozen=True, array_like=True):
    rarest: float
    idf: bytes
    weights: bytes
    bias: bytes
    calibration: Calibration
    threshold: float
    expected: Expected


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    format: str
    intents: tuple[str, ...]
    known: _Known
    concepts: Concepts
    figures: _Figures
    rules: tuple[Rule, ...]


def _restored(stored: _Stored) -> IntentModel:
    if stored.format != FORMAT:
        raise ValueError(f"its format is {stored.format!r}, not {FORMAT!r}")
    figures, known = stored.figures, stored.known
    idf, bias = (np.frombuffer(array, "<f4").astype(np.float32) for array in (figures.idf, figures.bias))
    features = np.frombuffer(known.features, "<i8").astype(np.int64)
    fits = len(idf) == len(features) + len(known.characters)
    if not fits or len(figures.weights) != 2 * len(idf) * len(bias) or not 0 <= len(bias) - len(stored.intents) <= 1:
        raise ValueError("its parts do not fit together")
    vectors = restored(stored.concepts, known.names, Known(features, known.characters), (idf, figures.rarest))
    weights = np.frombuffer(figures.weights, "<f2").astype(np.float32).reshape(len(idf), len(bias))
    rules = Rules(stored.rules)
    return IntentModel(
        stored.intents, vectors, weights, bias, figures.calibration, figures.threshold, rules, figures.expected
    )
