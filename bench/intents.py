"""Intents: our model beside scikit-learn's TF-IDF of words and characters with a linear SVM, same texts, same run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from agents.understanding.intent import UNKNOWN, Example, train
from bench.intents_sets import Pair, Split, bank, shop, written

BATCH = 100
FEW, MANY = 3, 10
SMALL = 1_000
SETS: dict[str, Callable[[int], Split]] = {
    "shop, en, 30 intents": lambda seed: shop("en", seed),
    "shop, zh, 30 intents": lambda seed: shop("zh", seed),
    "desks, en, 52 intents": lambda seed: written("desks", seed),
    "home, en, 39 intents": lambda seed: written("home", seed),
    "clubs, en, 22 intents": lambda seed: written("clubs", seed),
    "cards, en, 21 intents": lambda seed: written("cards", seed),
    "bank, en, 73 intents": lambda seed: bank("en", seed),
    "bank, zh, 53 intents": lambda seed: bank("zh", seed),
}
HEAD = (
    "| set | texts | | errors % | of the peer's | out-of-scope recall % at 5 % rejected | µs a text | training s |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
)

Answers = list[tuple[str, float]]
Classify = Callable[[Sequence[str]], Answers]


@dataclass(frozen=True, slots=True)
class Result:
    """Shares of errors in scope and of recognised texts out of scope; CPU seconds to train, CPU µs to classify."""

    errors: float
    recall: float
    training: float
    classifying: float


def run(*, quick: bool) -> str:
    """The table, as Markdown: means and standard deviations over random splits, and a large set for the times."""
    with threadpool_limits(1):
        rows = [_rows(name, [made(0)] if quick else _splits(made)) for name, made in SETS.items()]
        if not quick:
            rows.append(_rows("both banks, 126 intents", [_large()]))
    splits = "one random split" if quick else f"{FEW} random splits, {MANY} of sets below {SMALL} texts"
    return f"## Intents, {splits}, CPU time, one thread\n\n{HEAD}{''.join(rows)}"


def _splits(made: Callable[[int], Split]) -> list[Split]:
    """More of them where each says less."""
    first = made(0)
    return [first, *map(made, range(1, MANY if len(first.train) < SMALL else FEW))]


def _large() -> Split:
    parts = {language: bank(language, 0, train=120, test=10) for language in ("en", "zh")}
    shown = [(text, f"{name} {language}") for language, part in parts.items() for text, name in part.train]
    asked = [(text, f"{name} {language}") for language, part in parts.items() for text, name in part.test]
    return Split(shown, asked, [text for part in parts.values() for text in part.outside])


def _rows(name: str, splits: Sequence[Split]) -> str:
    size = len(splits[0].train)
    peers, ours = [_measured(_peer, split) for split in splits], [_measured(_ours, split) for split in splits]
    ratios = [mine.errors / peer.errors for mine, peer in zip(ours, peers, strict=True)]
    return _row(f"{name} | {size} | scikit-learn", peers, "1") + _row(" | | kefu", ours, _spread(ratios, 1))


def _row(head: str, results: Sequence[Result], ratio: str) -> str:
    cells = (
        _spread([result.errors for result in results], 100),
        ratio,
        _spread([result.recall for result in results], 100),
        f"{fmean(result.classifying for result in results):.0f}",
        f"{fmean(result.training for result in results):.1f}",
    )
    return f"| {head} | {' | '.join(cells)} |\n"


def _spread(values: Sequence[float], scale: float) -> str:
    digits = 1 if scale > 1 else 2
    spread = f" ± {stdev(values) * scale:.{digits}f}" if len(values) > 1 else ""
    return f"{fmean(values) * scale:.{digits}f}{spread}"


def _measured(fit: Callable[[Sequence[Pair]], Classify], split: Split) -> Result:
    began = time.process_time()
    classify = fit(split.train)
    trained = time.process_time()
    inside = _batched(classify, [text for text, _ in split.test])
    done = time.process_time()
    outside = [confidence for _, confidence in _batched(classify, split.outside)]
    least = float(np.quantile([confidence for _, confidence in inside], 0.05))
    return Result(
        fmean(answer != name for (answer, _), (_, name) in zip(inside, split.test, strict=True)),
        fmean(confidence < least for confidence in outside),
        trained - began,
        (done - trained) / len(split.test) * 1e6,
    )


def _batched(classify: Classify, texts: Sequence[str]) -> Answers:
    return [answer for start in range(0, len(texts), BATCH) for answer in classify(texts[start : start + BATCH])]


def _peer(shown: Sequence[Pair]) -> Classify:
    views = [TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5))]
    texts = [text for text, _ in shown]
    rows = hstack([view.fit_transform(texts) for view in views]).tocsr()
    machine = LinearSVC().fit(rows, [name for _, name in shown])

    def classify(texts: Sequence[str]) -> Answers:
        scores: Any = machine.decision_function(hstack([view.transform(texts) for view in views]).tocsr())
        return list(zip(machine.classes_[scores.argmax(axis=1)].tolist(), scores.max(axis=1).tolist(), strict=True))

    return classify


def _ours(shown: Sequence[Pair]) -> Classify:
    model = train([Example(text, name) for text, name in shown]).with_threshold(0.0)

    def classify(texts: Sequence[str]) -> Answers:
        best = [intents[0] for intents in model.classify(texts)]
        return [(intent.name, 0.0 if intent.name == UNKNOWN else intent.confidence) for intent in best]

    return classify
