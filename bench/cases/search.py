"""Peers that search articles: rank_bm25's Okapi over given terms, scikit-learn's TF-IDF over character n-grams.

In: {"language", "articles": [{"id", "text", "terms"}], "questions": [{"text", "terms"}], "crowd": the same kind of
articles to grow by}. Out, for each peer: the ids of the best three per question, then, with the crowd, microseconds a
search and seconds of building, which is what one changed article costs.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi
from sklearn.feature_extraction.text import TfidfVectorizer

Rank = Callable[[dict[str, Any]], NDArray[np.float64]]


def main() -> None:
    asked = json.load(sys.stdin)
    peers = {"rank_bm25": bm25, "scikit-learn TF-IDF": tfidf}
    print(json.dumps({name: measured(build, asked) for name, build in peers.items()}))


def measured(build: Callable[[list[dict[str, Any]], str], Rank], asked: dict[str, Any]) -> dict[str, Any]:
    articles, questions, language = asked["articles"], asked["questions"], asked["language"]
    rank = build(articles, language)
    found = []
    for question in questions:
        scores = rank(question)
        found.append([articles[place]["id"] for place in np.argsort(-scores, kind="stable")[:3] if scores[place] > 0])
    begun = time.perf_counter()
    rank = build(articles + asked["crowd"], language)
    building, took = time.perf_counter() - begun, []
    for question in questions[:60]:
        begun = time.perf_counter()
        np.argmax(rank(question))
        took.append((time.perf_counter() - begun) * 1e6)
    return {"found": found, "building": building, "took": [statistics.median(took), max(took)]}


def bm25(articles: list[dict[str, Any]], language: str) -> Rank:
    okapi = BM25Okapi([article["terms"] for article in articles])
    return lambda question: okapi.get_scores(question["terms"])


def tfidf(articles: list[dict[str, Any]], language: str) -> Rank:
    analyzer, ngrams = ("char", (1, 2)) if language == "zh" else ("char_wb", (3, 4))
    vectoriser = TfidfVectorizer(sublinear_tf=True, analyzer=analyzer, ngram_range=ngrams)
    matrix = vectoriser.fit_transform([article["text"] for article in articles])
    return lambda question: (matrix @ vectoriser.transform([question["text"]]).T).toarray().ravel()


main()
