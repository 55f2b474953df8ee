"""Close intents: where a message may mean one thing or another, and which ones ("did you mean …").

The confidences tell that the best intent may be wrong, not which other one is nearly as good: calibration pushes what
it leaves together. So this looks at the scores behind them. The figures are in docs/understanding.md.
"""

from collections.abc import Sequence

import numpy as np

from agents.understanding.intent_model import UNKNOWN
from agents.understanding.vectors import Floats
from schemas.messages import Intent

LEAST, SURE = 0.4, 0.8
"""Confidence in the best intent from which, and below which, it is asked back about."""
GAP = 0.2
"""Score below the best one up to which an intent may be meant as well."""
OUTSIDE = 0.0
"""Score of being no business of ours from which nothing is asked."""
MOST = 3


def close(names: Sequence[str], found: Sequence[Sequence[Intent]], scores: Floats) -> list[tuple[str, ...]]:
    """For each text, classified as ``found``, two or three intents that it may mean, best first; else none.

    ``names`` are those of the model's intents, ``scores`` what it has of them, and of what is outside: a row per text.
    """
    return [_close(names, row) if _undecided(intents) else () for intents, row in zip(found, scores, strict=True)]


def _close(names: Sequence[str], scores: Floats) -> tuple[str, ...]:
    own, beside = scores[: len(names)], scores[len(names) :]
    order = [number for number in np.argsort(-own, kind="stable")[:MOST] if own[number] > own.max() - GAP]
    if len(order) < 2 or (beside >= OUTSIDE).any():
        return ()
    return tuple(names[number] for number in order)


def _undecided(intents: Sequence[Intent]) -> bool:
    """Whether one intent is likely but not sure, and no second wish was found, which would be likely by itself."""
    first, *others = intents
    if first.name == UNKNOWN or not LEAST <= first.confidence < SURE:
        return False
    return all(other.confidence <= 1 - first.confidence + 0.001 for other in others)
