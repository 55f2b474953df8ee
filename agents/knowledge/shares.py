"""What an article covers of each of its terms: the part of BM25F that follows from the article alone."""

from collections import Counter
from typing import NamedTuple

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


def shares(article: Article) -> dict[str, float]:
    """What an article covers of each of its terms, in (0, 1); see Shelf for the formula."""
    frequency: dict[str, float] = {}
    for measure, text in ((TITLE, article.title), (QUESTIONS, "\n".join(article.questions)), (TEXT, article.text)):
        counted = Counter(terms(text))
        length = counted.total() / measure.usual
        for term, count in counted.items():
            frequency[term] = frequency.get(term, 0.0) + measure.weight * count / (1 - measure.b + measure.b * length)
    return {term: tf / (K1 + tf) for term, tf in frequency.items()}
