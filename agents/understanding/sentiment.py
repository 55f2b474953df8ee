"""The mood of a message: one score in [-1, 1] on VADER's compound scale, in Chinese and English, and what gave it."""

from math import sqrt

from agents.understanding import sentiment_en, sentiment_zh
from agents.understanding.language import Language
from agents.understanding.sentiment_reason import Reason
from schemas.messages import Sentiment

ALPHA = 15
POSITIVE, NEGATIVE = 0.05, -0.05
DECIDING = -0.5
"""Scores below it change what is done, and are explained."""


def score(text: str, language: Language, lexicon: sentiment_zh.Lexicon | None = None) -> Sentiment:
    """The mood of ``text``; English is scored as vaderSentiment does, Chinese by ``lexicon`` (or the packaged one)."""
    if language == "en":
        return labelled(sentiment_en.compound(text))
    return labelled(round(normalised(sentiment_zh.judged(text, lexicon or sentiment_zh.packaged())), 4))


def explain(text: str, language: Language, lexicon: sentiment_zh.Lexicon | None = None) -> tuple[Reason, ...]:
    """The words that gave the score of ``text``, the strongest first.

    Valences are as they count, with negations, degrees and contrasts; their sum, with exclamation marks, is what
    ``normalised`` maps to the score. A Chinese score from -0.5 to 0.5 may be moved by what is learned, to ±0.3 at most.
    """
    if language == "en":
        reasons = sentiment_en.reasons(text)
    else:
        reasons = sentiment_zh.reasons(text, lexicon or sentiment_zh.packaged())
    return tuple(sorted(reasons, key=lambda reason: (-abs(reason.valence), reason.start)))


def labelled(compound: float) -> Sentiment:
    """A score with the label that VADER's documentation gives it: positive from 0.05 on, negative from -0.05 down."""
    if compound >= POSITIVE:
        return Sentiment(score=compound, label="positive")
    return Sentiment(score=compound, label="negative" if compound <= NEGATIVE else "neutral")


def normalised(valence: float) -> float:
    """x / sqrt(x² + 15): VADER's map of a sum of valences into (-1, 1) (vaderSentiment.normalize)."""
    return valence / sqrt(valence * valence + ALPHA)
