"""Learns weights of pairs and triples of characters from reviews: a logistic regression, pruned and rounded."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.understanding.sentiment_learned import UNIT, grams
from agents.understanding.width import plain

Floats = NDArray[np.float64]
KEPT, _SEEN = 6000, 4
"""So many n-grams are kept, of those in so many texts."""
_LOOSE = 4.0
_A_LINE = 30


def fitted(texts: Sequence[str], signs: Sequence[int]) -> dict[str, Any]:
    """What ``sentiment_learned.learned`` reads, of texts and their signs (1 or -1). The same in, the same out.

    Rare n-grams count more (idf), long texts as much as short ones, and praise in all as much as blame. The regression
    is fitted twice: on all n-grams, and on those that moved most in it.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(analyzer=lambda text: set(grams(plain(text))), min_df=_SEEN)
    rows = counter.fit_transform(texts).astype(np.float64).tocsr()
    names, seen = counter.get_feature_names_out(), np.asarray(rows.sum(0)).ravel()
    rarity = np.log((1 + len(texts)) / (1 + seen)) + 1
    moved, _ = _regression(rows, rarity, signs)
    kept = np.sort(np.argsort(-np.abs(moved) * np.sqrt(seen), kind="stable")[:KEPT])
    found, bias = _regression(rows[:, kept], rarity[kept], signs)
    rounded = np.rint(found * UNIT).astype(int)
    by_weight = {int(weight): " ".join(names[kept][rounded == weight]) for weight in np.unique(rounded)[::-1] if weight}
    return {"bias": round(bias * UNIT), "weights": by_weight}


def _regression(rows: Any, rarity: Floats, signs: Sequence[int]) -> tuple[Floats, float]:
    """The weight of each column, and a bias."""
    from scipy.sparse import diags
    from sklearn.linear_model import LogisticRegression

    scale = rarity / rarity.mean()
    even = diags(1 / np.sqrt(np.maximum(rows.getnnz(1), 1))) @ rows @ diags(scale)
    model = LogisticRegression(C=_LOOSE, solver="liblinear", class_weight="balanced", random_state=0)
    model.fit(even, np.array(signs))
    return model.coef_[0] * scale, float(model.intercept_[0])


def written(source: Mapping[str, Any], head: str) -> str:
    """The file for people to read: n-grams in lines below their weight."""
    lines = [*(f"# {line}" for line in head.splitlines()), "", f"bias: {source['bias']}", "", "weights:"]
    for weight, words in source["weights"].items():
        lines.append(f"  {weight}: >-")
        each = words.split()
        lines += ["    " + " ".join(each[start : start + _A_LINE]) for start in range(0, len(each), _A_LINE)]
    return "\n".join(lines) + "\n"
