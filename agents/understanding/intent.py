"""Intents: a linear model is trained on examples, calibrated on examples that it has not seen."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from agents.understanding import concepts as lexicon
from agents.understanding import intent_calibration, intent_svm
from agents.understanding.intent_calibration import Scores
from agents.understanding.intent_model import UNKNOWN, IntentModel, from_bytes
from agents.understanding.rules import Rules
from agents.understanding.vectors import Floats, fitted
from schemas.errors import Misconfigured
from schemas.messages import Event

__all__ = ["UNKNOWN", "Example", "IntentModel", "Unseen", "from_bytes", "train", "unseen"]

OUTSIDE_SHARE = 0.25
"""The threshold is the best one for a desk to which one message in four is no business of it."""

REJECTED = 0.02
"""Without texts from outside, the share of texts in scope that may be answered ``unknown``."""

PENALTY = 1.1
"""The price of a unit of missed margin; errors are flat from 0.7 to 1.8 on sets of 10 and of 60 texts an intent."""

CONTRADICTED = 0.8
"""An example is left out when unseen it misses its intent by more than this; rightly placed it would win by 1."""

_FOLDS = 4
_NO_WORD = re.compile(r"[_\W]+")
_LARGE = 1_200_000
_ENOUGH = 8


class Example(Event, frozen=True):
    """A text and the intent that it shows; the intent ``unknown`` says that the text is out of scope."""

    text: str
    intent: str


class Unseen(NamedTuple):
    """Scores of texts by models that were trained without them: rows of ``right`` with a number in ``places``."""

    places: NDArray[np.int64]
    scores: Scores
    right: NDArray[np.int64]


def train(
    examples: Sequence[Example],
    *,
    outside: Sequence[str] = (),
    concepts: lexicon.Concepts | None = None,
    rules: Rules | None = None,
    rejected: float = REJECTED,
) -> IntentModel:
    """A model of ``examples``; ``outside`` are texts that are none of their intents. The same in, the same out.

    A support-vector machine with a column per intent and one for out of scope; the words of an intent's name are one
    more example of it. Scores of examples by models that had not seen them leave out contradicted examples, and give
    the calibration of the confidences and the threshold of ``unknown``. Raises Misconfigured without two intents.
    """
    texts, right, intents = _numbered(examples, outside)
    columns = len(intents) + bool((right == len(intents)).any())
    with threadpool_limits(1):
        vectors = fitted(texts, lexicon.packaged() if concepts is None else concepts)
        rows = vectors.matrix(texts).astype(np.float64)
        tested = _folded(rows, right, len(intents), columns, 1 if len(right) * columns > _LARGE else _FOLDS)
        kept = ~_contradicted(tested, len(right), len(intents))
        weights, bias = intent_svm.solved(rows[kept], right[kept], columns, PENALTY)
    calibration = intent_calibration.fitted(tested.scores, tested.right, len(intents))
    chances = calibration(tested.scores, len(intents))
    threshold = intent_calibration.threshold(chances, tested.right, rejected=rejected, outside_share=OUTSIDE_SHARE)
    exact = weights.astype(np.float16).astype(np.float32)
    expected = intent_calibration.expected(chances, tested.right, threshold)
    return IntentModel(intents, vectors, exact, bias, calibration, threshold, rules or Rules(), expected)


def unseen(examples: Sequence[Example]) -> tuple[tuple[str, ...], Unseen, Floats]:
    """The intents, the scores of the examples by models that had not seen them, and their confidences.

    Examples of ``unknown`` come last. Raises Misconfigured without two intents.
    """
    texts, right, intents = _numbered(examples, ())
    columns = len(intents) + bool((right == len(intents)).any())
    with threadpool_limits(1):
        rows = fitted(texts, lexicon.packaged()).matrix(texts).astype(np.float64)
        tested = _folded(rows, right, len(intents), columns, _FOLDS)
    calibration = intent_calibration.fitted(tested.scores, tested.right, len(intents))
    return intents, tested, calibration(tested.scores, len(intents))


def _numbered(
    examples: Sequence[Example], outside: Sequence[str]
) -> tuple[list[str], NDArray[np.int64], tuple[str, ...]]:
    """Texts with the numbers of their intents: examples, what is outside, and last the words of each intent's name."""
    inside = [example for example in examples if example.intent != UNKNOWN]
    intents = tuple(sorted({example.intent for example in inside}))
    if len(intents) < 2:
        raise Misconfigured("the examples show fewer than two intents; add examples of more")
    others = [*outside, *(example.text for example in examples if example.intent == UNKNOWN)]
    column = {name: i for i, name in enumerate(intents)}
    right = [column[example.intent] for example in inside] + [len(intents)] * len(others) + list(range(len(intents)))
    texts = [*(example.text for example in inside), *others, *(_NO_WORD.sub(" ", name) for name in intents)]
    return texts, np.array(right, np.int64), intents


def _folded(rows: Any, right: NDArray[np.int64], names: int, columns: int, folds: int) -> Unseen:
    """Every fourth text of each column is unseen in one fold; with fewer folds than four, not all are.

    The last ``names`` rows are seen in all.
    """
    fold = _fold(right)
    fold[len(right) - names :] = _FOLDS
    places = np.flatnonzero(fold < folds)
    scores = np.zeros((len(right), columns))
    for number in range(folds):
        out = fold == number
        weights, bias = intent_svm.solved(rows[~out], right[~out], columns, PENALTY)
        scores[out] = rows[out] @ weights + bias
    return Unseen(places, scores[places], right[places])


def _fold(right: NDArray[np.int64]) -> NDArray[np.int64]:
    times = Counter[int]()
    folds = np.zeros(len(right), np.int64)
    for place, column in enumerate(right.tolist()):
        folds[place] = (times[column] + column) % _FOLDS
        times[column] += 1
    return folds


def _contradicted(tested: Unseen, texts: int, intents: int) -> NDArray[np.bool_]:
    """Which texts to leave out; none of an intent with few examples, or whose examples are contradicted wholesale."""
    others = tested.scores.copy()
    order = np.arange(len(tested.right))
    others[order, tested.right] = -np.inf
    missed = others.max(axis=1) - tested.scores[order, tested.right] > CONTRADICTED
    shown, hit = (np.bincount(rows, minlength=intents + 1) for rows in (tested.right, tested.right[missed]))
    mendable = (shown >= _ENOUGH) & (hit <= shown / 5) & (np.arange(intents + 1) < intents)
    found = np.zeros(texts, np.bool_)
    found[tested.places] = missed & mendable[tested.right]
    return found
