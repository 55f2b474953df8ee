"""The mood of English: vaderSentiment's own scores, in linear time.

The library's ``polarity_scores`` goes over all words again for each word that carries a mood: 20 000 emoji take it
three minutes. A word's valence only depends on the three words before it and the two after it, so here the library
judges each in that window; all rules and constants remain the library's.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from heapq import heappop, heappush
from typing import Any, NamedTuple

from vaderSentiment.vaderSentiment import BOOSTER_DICT, SentimentIntensityAnalyzer, SentiText

_BEFORE, _AFTER = 3, 3


class _Window(NamedTuple):
    words_and_emoticons: Sequence[str]
    is_cap_diff: bool


def compound(text: str) -> float:
    """The compound score of ``text``, equal to that of vaderSentiment 3.3.2."""
    analyzer = _analyzer()
    text = _described(text, analyzer.emojis).strip()
    told = SentiText(text)
    words = told.words_and_emoticons
    lower = [word.lower() for word in words]
    valences = [
        _valence(analyzer, words, i, told.is_cap_diff) if _counts(analyzer.lexicon, lower, i) else 0.0
        for i in range(len(words))
    ]
    if "but" in lower:
        valences = _contrasted(valences, lower.index("but"))
    return float(analyzer.score_valence(valences, text)["compound"])


def _described(text: str, emojis: dict[str, str]) -> str:
    """``text`` with the names of its emoji, apart from what stands before them."""
    if text.isascii():
        return text
    pieces, spaced = [], True
    for character in text:
        name = emojis.get(character)
        pieces.append(character if name is None else name if spaced else f" {name}")
        spaced = name is None and character == " "
    return "".join(pieces)


def _counts(lexicon: dict[str, float], lower: Sequence[str], i: int) -> bool:
    if lower[i] not in lexicon or lower[i] in BOOSTER_DICT:
        return False
    return not (lower[i] == "kind" and lower[i + 1 : i + 2] == ["of"])


def _valence(analyzer: Any, words: Sequence[str], i: int, capitals_differ: bool) -> float:
    start = max(i - _BEFORE, 0)
    window = _Window(words[start : i + _AFTER], capitals_differ)
    return float(analyzer.sentiment_valence(0, window, words[i], i - start, [])[0])


def _contrasted(valences: list[float], turn: int) -> list[float]:
    """What comes before "but" at half its weight, what follows at one and a half.

    As in the library, each step changes the first place that holds the value of the step's own place by then.
    """
    places: defaultdict[float, list[int]] = defaultdict(list)
    for place, valence in enumerate(valences):
        places[valence].append(place)
    for step in range(len(valences)):
        valence = valences[step]
        first = places[valence][0]
        if valence == 0 or first == turn:
            continue
        heappop(places[valence])
        valences[first] = valence * (0.5 if first < turn else 1.5)
        heappush(places[valences[first]], first)
    return valences


@cache
def _analyzer() -> Any:
    return SentimentIntensityAnalyzer()
