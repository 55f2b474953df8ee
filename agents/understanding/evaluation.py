"""How good an intent model is on examples that it has not seen."""

from collections import Counter
from collections.abc import Sequence

from agents.understanding.intent import Example
from agents.understanding.intent_model import UNKNOWN, IntentModel
from schemas.messages import Event, Intent

_BINS = 10


class Confusion(Event, frozen=True):
    """``count`` examples of ``expected`` were taken for ``got``; either may be ``unknown``."""

    expected: str
    got: str
    count: int


class Bin(Event, frozen=True):
    """``count`` answers whose confidence, on average ``confidence``, goes with a share ``accuracy`` of right ones."""

    confidence: float
    accuracy: float
    count: int


class Report(Event, frozen=True, kw_only=True):
    """Shares are in [0, 1]; one of no examples is null.

    ``accuracy`` is that of examples in scope, ``unknown`` counting as wrong, and ``rejected`` is the share of them
    answered ``unknown``; ``accuracy_unrejected`` is what it would be if the best intent were always named.
    ``out_of_scope_recall`` is the share of ``unknown`` examples answered so, and ``out_of_scope_recall_at_5`` what it
    would be if the threshold rejected 5 % of those in scope.
    ``calibration_error`` is the expected calibration error over ten bins of confidence (Guo et al., 2017).
    """

    in_scope: int
    accuracy: float | None
    accuracy_unrejected: float | None
    rejected: float | None
    out_of_scope: int
    out_of_scope_recall: float | None
    out_of_scope_recall_at_5: float | None
    calibration_error: float | None
    calibration: tuple[Bin, ...]
    confusions: tuple[Confusion, ...]


def evaluate(model: IntentModel, examples: Sequence[Example]) -> Report:
    """Classify ``examples`` and compare; the intent ``unknown`` marks those out of scope."""
    texts = [example.text for example in examples]
    answers = [intents[0] for intents in model.classify(texts)]
    pairs = [(example.intent, answer) for example, answer in zip(examples, answers, strict=True)]
    inside = [pair for pair in pairs if pair[0] != UNKNOWN]
    outside = [pair for pair in pairs if pair[0] == UNKNOWN]
    named = [intents[0] for intents in model.with_threshold(0.0).classify(texts)]
    best = [(example.intent, answer) for example, answer in zip(examples, named, strict=True)]
    bins = _bins(pairs)
    return Report(
        in_scope=len(inside),
        accuracy=_share([answer.name == expected for expected, answer in inside]),
        accuracy_unrejected=_share([answer.name == expected for expected, answer in best if expected != UNKNOWN]),
        rejected=_share([answer.name == UNKNOWN for _, answer in inside]),
        out_of_scope=len(outside),
        out_of_scope_recall=_share([answer.name == UNKNOWN for _, answer in outside]),
        out_of_scope_recall_at_5=_recall(best),
        calibration_error=_calibration_error(bins),
        calibration=bins,
        confusions=_confusions(pairs),
    )


def _recall(best: Sequence[tuple[str, Intent]]) -> float | None:
    """The share of texts from outside whose best intent is less sure than 95 % of those in scope."""
    sure = [(expected != UNKNOWN, 0.0 if answer.name == UNKNOWN else answer.confidence) for expected, answer in best]
    inside = sorted(confidence for within, confidence in sure if within)
    if not inside:
        return None
    return _share([confidence < inside[len(inside) // 20] for within, confidence in sure if not within])


def _share(marks: Sequence[bool]) -> float | None:
    return round(sum(marks) / len(marks), 4) if marks else None


def _bins(pairs: Sequence[tuple[str, Intent]]) -> tuple[Bin, ...]:
    sorted_in: list[list[tuple[str, Intent]]] = [[] for _ in range(_BINS)]
    for pair in pairs:
        sorted_in[min(int(pair[1].confidence * _BINS), _BINS - 1)].append(pair)
    return tuple(_bin(held) for held in sorted_in if held)


def _bin(pairs: Sequence[tuple[str, Intent]]) -> Bin:
    confidence = sum(answer.confidence for _, answer in pairs) / len(pairs)
    right = sum(answer.name == expected for expected, answer in pairs) / len(pairs)
    return Bin(round(confidence, 4), round(right, 4), len(pairs))


def _calibration_error(bins: Sequence[Bin]) -> float | None:
    total = sum(held.count for held in bins)
    return round(sum(abs(held.confidence - held.accuracy) * held.count for held in bins) / total, 4) if total else None


def _confusions(pairs: Sequence[tuple[str, Intent]]) -> tuple[Confusion, ...]:
    wrong = Counter((expected, answer.name) for expected, answer in pairs if expected != answer.name)
    ranked = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Confusion(expected, got, count) for (expected, got), count in ranked)
