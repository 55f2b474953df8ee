"""The mood of a message: one score in [-1, 1] on VADER's compound scale, in Chinese and English."""

from math import sqrt

from agents.understanding import sentiment_en, sentiment_zh
from agents.understanding.language import Language
from schemas.messages import Sentiment

ALPHA = 15
POSITIVE, NEGATIVE = 0.05, -0.05


def score(text: str, language: Language, lexicon: sentiment_zh.Lexicon | None = None) -> Sentiment:
    """The mood of ``text``; English is scored by vaderSentiment, Chinese by ``lexicon`` (the packaged one if none)."""
    if language == "en":
        return labelled(sentiment_en.compound(text))
    return labelled(round(normalised((lexicon or sentiment_zh.packaged()).valence(text)), 4))


def labelled(compound: float) -> Sentiment:
    """A score with the label that VADER's documentation gives it: positive from 0.05 on, negative from -0.05 down."""
    if compound >= POSITIVE:
        return Sentiment(score=compound, label="positive")
    return Sentiment(score=compound, label="negative" if compound <= NEGATIVE else "neutral")


def normalised(valence: float) -> float:
    """x / sqrt(x² + 15): VADER's map of a sum of valences into (-1, 1) (vaderSentiment.normalize)."""
    return valence / sqrt(valence * valence + ALPHA)
