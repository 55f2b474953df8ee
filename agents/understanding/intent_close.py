"""Close intents: where a message may mean one thing or another, and which ones ("did you mean …").

The confidences tell that the best intent may be wrong, not which other one is nearly as good: calibration pushes what
it leaves together. So this looks at the scores behind them. The figures are in docs/understanding.md.
"""

from collections.abc import Sequence

import numpy as np

from agents.understanding.intent_model import UNKNOWN, IntentModel
from schemas.messages import Intent

LEAST, SURE = 0.4, 0.8
"""Confidence in the best intent from which, and below which, it is asked back about."""
GAP = 0.2
"""Score below the best one up to which an intent may be meant as well."""
OUTSIDE = 0.0
"""Score of being no business of ours from which nothing is asked."""
MOST = 3


def close(model: IntentModel, texts: Sequence[str], found: Sequence[Sequence[Intent]]) -> list[tuple[str, ...]]:
    """For each text, classified as ``found``, two or three intents that it may mean, best first; else none."""
    names: list[tuple[str, ...]] = [()] * len(texts)
    places = [place for place, intents in enumerate(found) if _undecided(intents)]
    if not places:
        return names
    scores = model.vectors.matrix([texts[place] for place in places]) @ model.weights + model.bias
    for place, row in zip(places, scores, strict=True):
        own, beside = row[: len(model.intents)], row[len(model.intents) :]
        order = [number for number in np.argsort(-own, kind="stable")[:MOST] if own[number] > own.max() - GAP]
        if len(order) > 1 and not (beside >= OUTSIDE).any():
            names[place] = tuple(model.intents[number] for number in order)
    return names


def _undecided(intents: Sequence[Intent]) -> bool:
    """Whether one intent is likely but not sure, and no second wish was found, which would be likely by itself."""
    first, *others = intents
    if first.name == UNKNOWN or not LEAST <= first.confidence < SURE:
        return False
    return all(other.confidence <= 1 - first.confidence + 0.001 for other in others)
