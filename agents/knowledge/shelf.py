"""The articles of one tenant in one language, what each says about each term, and how each may be asked for."""

import math
import sys
from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from agents.knowledge.meaning import Meaning, best
from agents.knowledge.near import Near
from agents.knowledge.postings import Gains, Numbers, Postings, Slots
from agents.knowledge.shares import shares
from agents.knowledge.spelling import Spelling
from agents.knowledge.tokens import terms
from agents.knowledge.validity import Validity
from schemas.operations import Article

UNSAID = 0.5
"""Every question is taken to hold half an unknown term beside its words: one common word alone then proves little."""

NEAR = 0.4
"""Weight of the near match in a score; BM25F has the rest."""
CHANCE = {"zh": 0.0, "en": 0.12}
"""Cosine that texts have which have nothing to do with each other: letters repeat more than Chinese characters."""
ALIKE = 0.8
"""Cosine that counts as the same question: an article with several questions is never just like one of them."""
CANDIDATES = 24
"""Articles, the best by BM25F, that are compared with the question by n-grams."""
HOPEFUL = 0.2
"""Share of the best BM25F score below which an article is no candidate."""
CORRECTED = 6
"""Unknown words of a question that may be taken for misspelt."""
MEANT = 0.3
"""Weight of the meaning in a score, where the question and the article are embedded."""

REMEMBERED = 2_000
"""Questions whose articles are kept, of at most FREQUENT characters: a longer one is seldom asked twice."""
FREQUENT = 120

SMALLEST = sys.float_info.min


class Hit(msgspec.Struct, frozen=True):
    """An article that a search found; ``score`` in [0, 1] says how much of the question it covers (see Shelf)."""

    article: Article
    score: float


class Wanted(NamedTuple):
    """Which articles may be found: valid ``at`` a time (seconds since the epoch; None: whenever), of some domains."""

    at: float | None = None
    domains: Collection[str] = ()
    vector: bytes = b""
    """The question's, as ``meaning.packed`` gives it; empty: it is not embedded."""


class Shelf:
    """BM25F with its ceiling (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009),
    and among its best articles the one that is asked for in nearly these words.

    tf(t, d)    = Σ over fields f of  weight_f · count_f(t) / (1 - b_f + b_f · length_f / usual_f)     (section 3.6)
    share(t, d) = tf / (K1 + tf)                                             in [0, 1)
    idf(t)      = ln(1 + (N - n_t + 0.5) / (n_t + 0.5))                      N articles, n_t of them with the term
    said(d, q)  = Σ over terms t of q in d of idf(t) · share(t, d)  /  (unsaid + Σ over all terms t of q of idf(t))
    unsaid      = UNSAID · idf of a term that no article has
    score(d, q) = (1 - NEAR) · said(d, q) + NEAR · (cosine - chance) / (ALIKE - chance), the latter within [0, 1]

    The numerator of ``said`` is BM25F; the denominator is what an article reaches that repeats the question without
    end. So it is the share of the question's information that the article covers, comparable between questions. Terms
    that no article has count in the denominator: they are what is left unanswered; one that is a slip away from a term
    that some have (Spelling) adds that term's gain, by the share of letters that agree. The cosine is that of the
    question and the article's title and questions (Near). Where both are embedded, MEANT of the score is how alike
    they are by their vectors (Meaning); such an article may be found without a term of the question.
    """

    def __init__(self, language: str = "") -> None:
        self._chance = CHANCE.get(language, 0.0)
        self._articles: list[Article | None] = []
        self._slots: dict[str, int] = {}
        self._free: list[int] = []
        self._postings: dict[str, Postings] = {}
        self._spelling, self._near, self._validity, self._meaning = Spelling(), Near(), Validity(), Meaning()
        self._gained: dict[str, Gains] = {}
        self._remembered: dict[tuple[str, int, int, tuple[str, ...], bytes], tuple[Hit, ...]] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def add(self, article: Article) -> None:
        """Put in an article whose id is not here. Raises ValueError for a time that is none."""
        slot = self._free[-1] if self._free else len(self._articles)
        self._validity.put(slot, article)
        self._forget()
        del self._free[-1:]
        self._articles[slot : slot + 1] = [article]
        self._slots[article.article_id] = slot
        self._near.add(slot, article)
        for term, share in shares(article).items():
            if term not in self._postings:
                self._postings[term] = Postings()
                self._spelling.add(term)
            self._postings[term].add(slot, share)

    def remove(self, article: Article) -> None:
        """Take out an article that is here."""
        self._forget()
        slot = self._slots.pop(article.article_id)
        self._articles[slot] = None
        self._free.append(slot)
        self._near.remove(slot)
        self._meaning.clear(slot)
        self._validity.clear(slot)
        for term in shares(article):
            postings = self._postings[term]
            postings.drop(slot)
            if not postings.slots:
                del self._postings[term]
                self._spelling.drop(term)

    def embedded(self, article: Article, vector: bytes) -> None:
        """The vector of an article that is here, as ``meaning.packed`` gives it."""
        self._remembered.clear()
        self._meaning.put(self._slots[article.article_id], vector)

    def _forget(self) -> None:
        self._remembered.clear()
        self._gained.clear()

    def search(self, query: str, limit: int, wanted: Wanted = Wanted()) -> tuple[Hit, ...]:  # noqa: B008
        """The best articles, best first, equal scores by article id.

        Most questions were asked before: what was found for the last ones is kept until an article changes.
        """
        asked = query, limit, self._validity.period(wanted.at), tuple(sorted(wanted.domains)), wanted.vector
        found = self._remembered.pop(asked, None)
        if found is None:
            found = self._found(query, limit, wanted)
        if len(query) <= FREQUENT:
            self._remembered[asked] = found
            if len(self._remembered) > REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
        return found

    def _found(self, query: str, limit: int, wanted: Wanted) -> tuple[Hit, ...]:
        said, meant = self._said(query), self._meant(wanted)
        if said is None and meant is None:
            return ()
        if said is None:
            said = np.zeros(len(self._articles))
        self._validity.hide(said, wanted.at, wanted.domains)
        slots = self._candidates(said, max(limit, CANDIDATES))
        if meant is not None:
            slots = sorted({*slots, *best(meant)})
        scores = self._scores(query, said, slots)
        if meant is not None:
            scores = [_with_meaning(score, float(meant[slot])) for slot, score in zip(slots, scores, strict=True)]
        found = sorted(
            (-score, article.article_id, slot)
            for slot, score in zip(slots, scores, strict=True)
            if (article := self._articles[slot]) is not None
        )
        return tuple(Hit(article, -score) for score, _, slot in found[:limit] if (article := self._articles[slot]))

    def _scores(self, query: str, said: Numbers, slots: list[int]) -> list[float]:
        """The scores of some slots, their meaning left out."""
        chance, most = self._chance, ALIKE - self._chance
        return [
            (1 - NEAR) * share + NEAR * min(max(cosine - chance, 0.0) / most, 1.0)
            for share, cosine in zip(said.take(slots).tolist(), self._near.likeness(query, slots), strict=True)
        ]

    def _meant(self, wanted: Wanted) -> Numbers | None:
        """How alike each article is by its meaning, 0 where it is not wanted, NaN where it is not embedded."""
        meant = self._meaning.likeness(wanted.vector, len(self._articles)) if wanted.vector else None
        if meant is not None:
            self._validity.hide(meant, wanted.at, wanted.domains)
        return meant

    def _said(self, query: str) -> Numbers | None:
        """What each slot covers of the query; None where no slot covers anything."""
        unsaid = self._idf(0)
        slots, gains, ceiling, unknown = [], [], UNSAID * unsaid, 0
        for term in dict.fromkeys(terms(query)):
            gained = self._gained.get(term) or self._gains(term)
            if gained:
                ceiling += gained.idf
                slots.append(gained.slots)
                gains.append(gained.gains)
                continue
            ceiling += unsaid
            if (unknown := unknown + 1) <= CORRECTED:
                for there, more in self._corrected(term):
                    slots.append(there)
                    gains.append(more)
        if not slots:
            return None
        counted = np.bincount(np.concatenate(slots), np.concatenate(gains), len(self._articles))
        return np.divide(counted, ceiling)

    def _gains(self, term: str) -> Gains | None:
        postings = self._postings.get(term)
        if postings is None:
            return None
        if len(self._gained) >= REMEMBERED:
            self._gained.clear()
        idf = self._idf(len(postings.slots))
        gained = self._gained[term] = Gains(
            np.array(postings.slots, np.int64), idf * np.frombuffer(postings.shares), idf
        )
        return gained

    def _corrected(self, term: str) -> Iterator[tuple[Slots, Numbers]]:
        """What the words that a misspelt term may mean add; where several are in an article, the sum is shared."""
        meant = self._spelling.near(term)
        for other, share in meant:
            gained = self._gained.get(other) or self._gains(other)
            if gained:
                yield gained.slots, gained.gains * (share / len(meant))

    def _idf(self, holders: int) -> float:
        return math.log(1 + (len(self) - holders + 0.5) / (holders + 0.5))

    def _candidates(self, said: Numbers, most: int) -> list[int]:
        """The slots that cover most; where equals would exceed ``most``, those of the first article ids."""
        most_said: float = np.maximum.reduce(said)
        (places,) = (said >= max(HOPEFUL * most_said, SMALLEST)).nonzero()
        if len(places) > most:
            covered = said[places]
            least = np.partition(covered, -most)[-most]
            places = places[covered >= least]
        slots: list[int] = places.tolist()
        if len(slots) > most:
            ids = {slot: article.article_id for slot in slots if (article := self._articles[slot])}
            slots = sorted(ids, key=lambda slot: (-said[slot], ids[slot]))[:most]
        return slots


def _with_meaning(score: float, meant: float) -> float:
    return score if math.isnan(meant) else (1 - MEANT) * score + MEANT * meant
