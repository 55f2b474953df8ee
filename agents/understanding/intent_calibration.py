"""From an intent's score to the probability that it is right, learnt from texts that the model had not seen."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from agents.understanding.vectors import Floats

Scores = NDArray[np.float64]

_NEWTON_STEPS = 25
_PRIOR = np.array([4.0, 0.0, -1.0])
_SHARPNESS = 5.0


class Calibration(msgspec.Struct, frozen=True):
    """A logistic regression (Platt, 1999) on the best score and, where texts from outside were shown, on theirs."""

    slope: float = 4.0
    outside: float = 0.0
    offset: float = -1.0

    def __call__(self, scores: NDArray[Any], intents: int) -> Floats:
        """Per row of scores, of which the first ``intents`` are intents', the probability that each is right.

        What the best one leaves is shared by the others, in proportion to a softmax of their scores.
        """
        mine = scores[:, :intents]
        best = mine.max(axis=1, keepdims=True)
        beside = scores[:, intents:].sum(axis=1, keepdims=True)
        sure = 1 / (1 + np.exp(-(self.slope * best + self.outside * beside + self.offset)))
        shares = np.exp(_SHARPNESS * (mine - best))
        first = mine == best
        others = shares / np.maximum(np.where(first, 0, shares).sum(axis=1, keepdims=True), 1e-12)
        return np.asarray(np.where(first, sure, np.minimum(sure, (1 - sure) * others)), dtype=np.float32)


def fitted(scores: Scores, right: NDArray[np.int64], intents: int) -> Calibration:
    """The calibration of unseen ``scores`` whose right columns are known; a text from outside has none right."""
    best, beside = scores[:, :intents].max(axis=1), scores[:, intents:].sum(axis=1)
    correct = scores[:, :intents].argmax(axis=1) == right
    inputs = np.stack([best, beside, np.ones_like(best)], axis=1)
    found = _PRIOR.copy()
    for _ in range(_NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ found, -30, 30)))
        gradient = inputs.T @ (chance - correct) + 0.1 * (found - _PRIOR)
        curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + 0.1 * np.eye(3)
        step = np.linalg.solve(curvature, gradient)
        found = found - step / max(1.0, float(np.abs(step).max()) / 2)
    return Calibration(max(float(found[0]), 0.05), float(found[1]), float(found[2]))


def threshold(chances: Floats, right: NDArray[np.int64], *, rejected: float, outside_share: float) -> float:
    """The confidence below which an answer is ``unknown``.

    With texts from outside it gets most right at a desk to which a share ``outside_share`` is no business of it;
    without, it rejects a share ``rejected`` of what is.
    """
    inside = right < chances.shape[1]
    best, confidence = chances.argmax(axis=1), chances.max(axis=1)
    correct = np.sort(confidence[inside & (best == right)])
    outside = np.sort(confidence[~inside])
    if not len(correct):
        return 0.0
    if not len(outside):
        return float(np.quantile(confidence[inside], rejected))
    candidates = np.unique(np.concatenate((correct, outside + 1e-6)))
    kept = (len(correct) - np.searchsorted(correct, candidates)) / inside.sum()
    refused = np.searchsorted(outside, candidates) / len(outside)
    return float(candidates[int(((1 - outside_share) * kept + outside_share * refused).argmax())])


class Expected(msgspec.Struct, frozen=True):
    """What to expect of unseen texts, from those that training held out; shares in [0, 1].

    ``accuracy`` is of those in scope with ``unknown`` counted as wrong, ``rejected`` the share of them answered so,
    ``out_of_scope_recall`` the share of those from outside answered so, if any were shown.
    """

    accuracy: float = 0.0
    rejected: float = 0.0
    out_of_scope_recall: float | None = None


def expected(chances: Floats, right: NDArray[np.int64], threshold: float) -> Expected:
    """What a threshold makes of unseen ``chances`` whose right columns are known."""
    inside = right < chances.shape[1]
    unknown = chances.max(axis=1) < threshold
    correct = ~unknown & (chances.argmax(axis=1) == right)
    recall = float(unknown[~inside].mean()) if not inside.all() else None
    return Expected(float(correct[inside].mean()), float(unknown[inside].mean()), recall)
