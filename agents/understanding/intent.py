"""Intents: a linear model is trained on examples, calibrated on examples that it has not seen."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from agents.understanding import concepts as lexicon
from agents.understanding.intent_model import UNKNOWN, Calibration, IntentModel, from_bytes, log_odds, sigmoid, softmax
from agents.understanding.vectors import Floats, Vectors, fitted
from schemas.errors import Misconfigured
from schemas.messages import Event

__all__ = ["UNKNOWN", "Example", "IntentModel", "from_bytes", "train"]

RIDGE = 0.3
"""The weight of the penalty on the squared weights; rows have length 1."""

OUTSIDE_SHARE = 0.25
"""The threshold is the best one for a desk to which one message in four is no business of it."""

_DENSE = 5000
_ROUNDS = 60
_NEWTON_STEPS = 12
_TEMPERATURES = np.geomspace(0.02, 2.0, 60)

Scores = NDArray[np.float64]


class Example(Event, frozen=True):
    """A text and the intent that it shows; the intent ``unknown`` says that the text is out of scope."""

    text: str
    intent: str


class _Unseen(NamedTuple):
    """Scores of texts by models that were trained without them, and the columns that would be right."""

    scores: Scores
    right: NDArray[np.int64]


def train(
    examples: Sequence[Example], *, outside: Sequence[str] = (), concepts: lexicon.Concepts | None = None
) -> IntentModel:
    """A model of ``examples``; ``outside`` are texts that are none of their intents. The same in, the same out.

    Ridge regression onto one column per intent and one for out of scope; leave-one-out scores give the calibration
    of the confidences and the threshold of ``unknown``. Raises Misconfigured without two intents.
    """
    inside = [example for example in examples if example.intent != UNKNOWN]
    intents = tuple(sorted({example.intent for example in inside}))
    if len(intents) < 2:
        raise Misconfigured("the examples show fewer than two intents; add examples of more")
    others = [*outside, *(example.text for example in examples if example.intent == UNKNOWN)]
    texts = [*(example.text for example in inside), *others]
    column = {name: i for i, name in enumerate(intents)}
    right = np.array([column[example.intent] for example in inside] + [len(intents)] * len(others), dtype=np.int64)
    with threadpool_limits(1):
        vectors = fitted(texts, lexicon.packaged() if concepts is None else concepts)
        weights, unseen = _solved(vectors.matrix(texts).astype(np.float64), right, len(intents) + 1)
    return _calibrated(intents, vectors, weights, unseen)


def _solved(rows: Any, right: NDArray[np.int64], columns: int) -> tuple[Floats, _Unseen]:
    goals = np.eye(columns)[right]
    dual, unseen = _dense(rows, goals, right) if len(right) <= _DENSE else _sparse(rows, goals, right)
    return np.asarray(rows.T @ dual, dtype=np.float32), unseen


def _dense(rows: Any, goals: Scores, right: NDArray[np.int64]) -> tuple[Scores, _Unseen]:
    """Exact, with exact leave-one-out scores, y - d / diag of the inverse (Rifkin and Lippert, 2007, section 4.2)."""
    gram = (rows @ rows.T).toarray()
    gram[np.diag_indices_from(gram)] += RIDGE
    inverse = np.linalg.inv(gram)
    dual = inverse @ goals
    return dual, _Unseen(goals - dual / np.diag(inverse)[:, None], right)


def _sparse(rows: Any, goals: Scores, right: NDArray[np.int64]) -> tuple[Scores, _Unseen]:
    """By conjugate gradients; every fifth text is held out once for the scores."""
    held_out = np.arange(len(right)) % 5 == 0
    weights = rows[~held_out].T @ _conjugate(rows[~held_out], goals[~held_out])
    return _conjugate(rows, goals), _Unseen(rows[held_out] @ weights, right[held_out])


def _conjugate(rows: Any, goals: Scores) -> Scores:
    """Solve (X Xᵀ + ridge) D = goals, all columns at once (Hestenes and Stiefel, 1952)."""
    dual, rest, way = np.zeros_like(goals), goals.copy(), goals.copy()
    length = (rest * rest).sum(axis=0)
    for _ in range(_ROUNDS):
        turned = rows @ (rows.T @ way) + RIDGE * way
        step = length / np.maximum((way * turned).sum(axis=0), 1e-12)
        dual, rest = dual + step * way, rest - step * turned
        length, before = (rest * rest).sum(axis=0), length
        way = rest + length / np.maximum(before, 1e-12) * way
    return dual


def _calibrated(intents: tuple[str, ...], vectors: Vectors, weights: Floats, unseen: _Unseen) -> IntentModel:
    temperature = float(min(_TEMPERATURES, key=lambda t: _surprise(softmax(unseen.scores, t), unseen.right)))
    chances = softmax(unseen.scores, temperature)[:, :-1]
    slope, offset = _platt(log_odds(chances.max(axis=1)), chances.argmax(axis=1) == unseen.right)
    calibration = Calibration(temperature, slope, offset)
    return IntentModel(intents, vectors, weights, calibration, _threshold(calibration(unseen.scores), unseen.right))


def _platt(odds: Floats, correct: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the logistic regression of ``correct`` on ``odds``, by Newton's method, slightly damped."""
    inputs = np.stack([odds, np.ones_like(odds)], axis=1).astype(np.float64)
    found, prior = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(_NEWTON_STEPS):
        chance = sigmoid(inputs @ found)
        gradient = inputs.T @ (chance - correct) + (found - prior)
        curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + np.eye(2)
        found = found - np.linalg.solve(curvature, gradient)
    return float(max(found[0], 0.05)), float(found[1])


def _surprise(chances: Floats, right: NDArray[np.int64]) -> float:
    """The mean negative log-likelihood of what is right."""
    return float(-np.log(np.maximum(chances[np.arange(len(right)), right], 1e-9)).mean())


def _threshold(chances: Floats, right: NDArray[np.int64]) -> float:
    """The confidence that gets the largest share right; without texts from outside, one that costs 5 % of what is."""
    inside = right < chances.shape[1] - 1
    best, confidence = chances[:, :-1].argmax(axis=1), chances[:, :-1].max(axis=1)
    correct = np.sort(confidence[inside & (best == right)])
    outside = np.sort(confidence[~inside])
    if not len(outside) or not len(correct):
        return float(np.quantile(correct, 0.05)) if len(correct) else 0.0
    candidates = np.unique(np.concatenate((correct, outside + 1e-6)))
    kept = (len(correct) - np.searchsorted(correct, candidates)) / inside.sum()
    refused = np.searchsorted(outside, candidates) / len(outside)
    gain = (1 - OUTSIDE_SHARE) * kept + OUTSIDE_SHARE * refused
    return float(candidates[int(gain.argmax())])
