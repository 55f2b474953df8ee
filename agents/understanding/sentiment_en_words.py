"""What English words are by themselves for VADER's rules, each worked out once; the lexicons are vaderSentiment's."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import punctuation
from typing import Any, NamedTuple

from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SentimentIntensityAnalyzer

_MOST_CHARACTERS = 500_000
_NEGATE = frozenset(NEGATE)
_TURNS = frozenset({"no", "or", "nor", "so", "this", "least", "never", "without", "doubt", "at", "very"})
RARE = frozenset({"shit", "bomb", "ass", "bus", "yeah", "kiss", "die", "beating", "enough", "kind", "sort"})
"""A word of each idiom and of each booster of several words: without them none of those can stand in a text."""


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """What one word is by itself.

    ``valence`` is None where the lexicon does not know it, ``scored`` whether it counts, ``step`` what it adds to the
    next one as a booster, ``inert`` whether it changes nothing of what follows, ``special`` whether it is a stressed
    capital, a "but" or part of an idiom, ``noted`` whether it is scored or special.
    """

    lower: str
    valence: float | None = None
    scored: bool = False
    capital: bool = False
    step: float = 0.0
    negates: bool = False
    inert: bool = True
    special: bool = False
    noted: bool = False


class Words(dict[str, Word]):
    """Words by the token that they stand in; starts again when it is full, so that no sender can fill the memory.

    ``silent`` holds tokens that give a text no mood.
    """

    def __init__(self, lexicon: Mapping[str, float]) -> None:
        self._lexicon = lexicon
        self._size = 0
        self.silent: set[str] = set()

    def __missing__(self, token: str) -> Word:
        word = _word(token, self._lexicon)
        self._size += len(token)
        if self._size > _MOST_CHARACTERS:
            self.clear()
            self.silent.clear()
            self._size = len(token)
        self[token] = word
        if not word.noted:
            self.silent.add(token)
        return word


def _word(token: str, lexicon: Mapping[str, float]) -> Word:
    stripped = token.strip(punctuation)
    stripped = stripped if len(stripped) > 2 else token
    lower = stripped.lower()
    valence = lexicon.get(lower)
    scored = valence is not None and lower not in BOOSTER_DICT
    step, negates = BOOSTER_DICT.get(lower, 0.0), lower in _NEGATE or "n't" in lower
    special = lower == "but" or lower in RARE or (stripped.isupper() and bool(scored or step))
    return Word(
        lower=lower,
        valence=valence,
        scored=scored,
        capital=stripped.isupper(),
        step=step,
        negates=negates,
        inert=lower not in _TURNS and (valence is not None or not (step or negates)),
        special=special,
        noted=scored or special,
    )


NOTHING = Word("")


class Lexicons(NamedTuple):
    """Words by token, and the names of emoji."""

    words: Words
    emoji: Mapping[str, str]


@cache
def lexicons() -> Lexicons:
    """Those of the installed vaderSentiment."""
    analyzer: Any = SentimentIntensityAnalyzer()
    return Lexicons(Words(analyzer.lexicon), analyzer.emojis)
