"""The articles of one tenant in one language, and what each says about each term."""

import math
import sys
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agents.knowledge.tokens import terms
from schemas.operations import Article


class Field(NamedTuple):
    """Weight of a field, share of length normalisation, and the length in terms that counts as usual.

    The length is fixed rather than the mean of the index, so an article's score does not move when others come and go.
    """

    weight: float
    b: float
    usual: int


TITLE, QUESTIONS, TEXT = Field(3.0, 0.5, 6), Field(1.0, 0.5, 40), Field(1.0, 0.75, 60)
K1 = 1.2
UNSAID = 0.5
"""Every question is taken to hold half an unknown term beside its words: one common word alone then proves little."""

Reached: TypeAlias = NDArray[np.float64]
SMALLEST = sys.float_info.min


@dataclass(slots=True)
class Postings:
    """Where a term occurs (slots of articles) and how much of the term each of them covers, in (0, 1)."""

    slots: "array[int]" = field(default_factory=lambda: array("q"))
    shares: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, slot: int, share: float) -> None:
        self.slots.append(slot)
        self.shares.append(share)

    def drop(self, slot: int) -> None:
        place = int((np.frombuffer(self.slots, np.int64) == slot).argmax())
        self.slots[place], self.shares[place] = self.slots[-1], self.shares[-1]
        self.slots.pop()
        self.shares.pop()


class Shelf:
    """BM25F with its ceiling (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009).

    tf(t, d)    = Σ over fields f of  weight_f · count_f(t) / (1 - b_f + b_f · length_f / usual_f)     (section 3.6)
    share(t, d) = tf / (K1 + tf)                                             in [0, 1)
    idf(t)      = ln(1 + (N - n_t + 0.5) / (n_t + 0.5))                      N articles, n_t of them with the term
    score(d, q) = Σ over terms t of q in d of idf(t) · share(t, d)  /  (unsaid + Σ over all terms t of q of idf(t))
    unsaid      = UNSAID · idf of a term that no article has

    The numerator is BM25F; the denominator is what an article reaches that repeats the question without end. So the
    score is the share of the question's information that the article covers: in [0, 1), ranked as BM25F ranks, and
    comparable between questions. Terms that no article has count in the denominator: they are what is left unanswered.
    """

    def __init__(self) -> None:
        self._articles: list[Article | None] = []
        self._slots: dict[str, int] = {}
        self._free: list[int] = []
        self._postings: defaultdict[str, Postings] = defaultdict(Postings)

    def __len__(self) -> int:
        return len(self._slots)

    def add(self, article: Article) -> None:
        """Put in an article whose id is not here."""
        slot = self._free.pop() if self._free else len(self._articles)
        self._articles[slot : slot + 1] = [article]
        self._slots[article.article_id] = slot
        for term, share in shares(article).items():
            self._postings[term].add(slot, share)

    def remove(self, article: Article) -> None:
        """Take out an article that is here."""
        slot = self._slots.pop(article.article_id)
        self._articles[slot] = None
        self._free.append(slot)
        for term in shares(article):
            postings = self._postings[term]
            postings.drop(slot)
            if not postings.slots:
                del self._postings[term]

    def search(self, query: str, limit: int) -> list[tuple[float, Article]]:
        """The best articles with scores in (0, 1), best first, equal scores by article id."""
        slots, gains, ceiling = [], [], UNSAID * self._idf(0)
        for term in dict.fromkeys(terms(query)):
            postings = self._postings.get(term)
            idf = self._idf(len(postings.slots) if postings else 0)
            ceiling += idf
            if postings:
                slots.append(np.frombuffer(postings.slots, np.int64))
                gains.append(idf * np.frombuffer(postings.shares))
        if not slots:
            return []
        counted = np.bincount(np.concatenate(slots), np.concatenate(gains), len(self._articles))
        reached: Reached = np.asarray(counted, np.float64)
        return [(float(reached[slot]) / ceiling, article) for slot, article in self._best(reached, limit)]

    def _idf(self, holders: int) -> float:
        return math.log(1 + (len(self) - holders + 0.5) / (holders + 0.5))

    def _best(self, reached: Reached, limit: int) -> list[tuple[int, Article]]:
        places = np.flatnonzero(reached >= max(_largest(reached, limit), SMALLEST))
        found = [(slot, article) for slot in places.tolist() if (article := self._articles[slot])]
        return sorted(found, key=lambda hit: (-reached[hit[0]], hit[1].article_id))[:limit]


def _largest(reached: Reached, rank: int) -> float:
    """The value at a small ``rank`` from the top; np.partition takes 20 times as long over mostly zeros."""
    rest = reached.copy()
    for _ in range(min(rank, len(rest)) - 1):
        rest[rest.argmax()] = 0.0
    return float(rest.max())


def shares(article: Article) -> dict[str, float]:
    """What an article covers of each of its terms, in (0, 1); see Shelf for the formula."""
    frequency: dict[str, float] = {}
    for measure, text in ((TITLE, article.title), (QUESTIONS, "\n".join(article.questions)), (TEXT, article.text)):
        counted = Counter(terms(text))
        length = counted.total() / measure.usual
        for term, count in counted.items():
            frequency[term] = frequency.get(term, 0.0) + measure.weight * count / (1 - measure.b + measure.b * length)
    return {term: tf / (K1 + tf) for term, tf in frequency.items()}
