"""The mood of Chinese: words with valences, turned by negation, scaled by degree, on VADER's scale.

The constants and the way they act are those of VADER (Hutto and Gilbert, 2014, and its released code): a degree word
adds 0.293, a negation multiplies by -0.74 from up to three words away, an exclamation mark adds 0.292 up to four
times, what follows "but" weighs 1.5 and what precedes it 0.5.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import rjieba
import yaml

from agents.understanding.width import encodable, folded

NEGATION = -0.74
EXCLAMATION = 0.292
_REACH = (1.0, 0.95, 0.9)
_MARK = frozenset(",.!?;:，。！？；：、~…\n")
_ASKED = frozenset("吗么")
_WORD_FREQUENCY = 3000
_MAX_EMOJI = 3


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of sentiment_zh.yaml, and a segmenter that keeps them whole."""

    words: Mapping[str, float]
    negations: frozenset[str]
    degrees: Mapping[str, float]
    afterwards: frozenset[str]
    contrasts: frozenset[str]
    patterns: tuple[tuple[re.Pattern[str], float], ...]
    signs: Mapping[str, float]
    sign: re.Pattern[str]
    segmenter: Any

    def valence(self, text: str) -> float:
        """The sum of the valences in ``text``, before it is normalised."""
        text = folded(encodable(text)).lower()
        total = _contrasted(self, self.segmenter.cut(text)) + _matched(self, text) + _signed(self, text)
        emphasis = EXCLAMATION * min(text.count("!"), 4)
        return total + emphasis if total > 0 else total - emphasis if total < 0 else 0.0


def _contrasted(lexicon: Lexicon, tokens: Sequence[str]) -> float:
    turn = next((i for i, token in enumerate(tokens) if token in lexicon.contrasts), None)
    total, start = 0.0, 0
    pending: list[float] = []
    for i, token in enumerate(tokens):
        if token in _MARK:
            total, start, pending = total + _told(pending, token), i + 1, []
        elif token in _ASKED:
            total, pending = total + _told(pending, "?"), []
        elif plain := lexicon.words.get(token):
            weight = 1.0 if turn is None or i == turn else 0.5 if i < turn else 1.5
            pending.append(weight * _in_context(lexicon, tokens, plain, start, i))
    return total + _told(pending, "")


def _told(valences: Sequence[float], end: str) -> float:
    """What a clause says: a question does not praise, so that 质量好吗 is neutral."""
    return sum(min(valence, 0.0) for valence in valences) if end == "?" else sum(valences)


def _in_context(lexicon: Lexicon, tokens: Sequence[str], plain: float, start: int, i: int) -> float:
    """The valence of word ``i`` with the three words before it and the one after it, within its clause."""
    valence, direction = plain, 1.0 if plain > 0 else -1.0
    if i + 1 < len(tokens) and tokens[i + 1] in lexicon.afterwards:
        valence += direction * 0.6
    for reach, token in zip(_REACH, reversed(tokens[max(start, i - 3) : i]), strict=False):
        if token in lexicon.negations:
            valence *= NEGATION
            direction = -direction
        elif token in lexicon.degrees:
            valence += direction * lexicon.degrees[token] * reach
        elif lexicon.words.get(token):
            break
    return valence


def _matched(lexicon: Lexicon, text: str) -> float:
    return sum(valence for pattern, valence in lexicon.patterns if pattern.search(text))


def _signed(lexicon: Lexicon, text: str) -> float:
    counts = Counter(lexicon.sign.findall(text))
    return sum(lexicon.signs[sign] * (1 + 0.25 * (min(count, _MAX_EMOJI) - 1)) for sign, count in counts.items())


def lexicon(source: Mapping[str, Any]) -> Lexicon:
    """A lexicon of what sentiment_zh.yaml says."""
    words = _by_word(source["words"])
    degrees = _by_word(source["degrees"])
    lists = {name: frozenset(map(str, source[name])) for name in ("negations", "afterwards", "contrasts")}
    signs = _by_word(source["emoji"]) | _by_word(source["codes"])
    return Lexicon(
        words=words,
        degrees=degrees,
        patterns=tuple((re.compile(pattern), valence) for pattern, valence in source["patterns"].items()),
        signs=signs,
        sign=re.compile("|".join(map(re.escape, sorted(signs, key=len, reverse=True)))),
        segmenter=_segmenter({*words, *degrees, *lists["negations"], *lists["afterwards"], *lists["contrasts"]}),
        **lists,
    )


def _by_word(groups: Mapping[float, Sequence[object]]) -> dict[str, float]:
    return {folded(str(word)).lower(): float(valence) for valence, words in groups.items() for word in words}


def _segmenter(words: set[str]) -> Any:
    segmenter = rjieba.Jieba()
    for word in sorted(words):
        if not segmenter.has_word(word):
            segmenter.add_word(word, _WORD_FREQUENCY, None)
    return segmenter


@cache
def packaged() -> Lexicon:
    """The lexicon that comes with kefu: agents/catalog/lexicons/sentiment_zh.yaml."""
    text = files("agents").joinpath("catalog", "lexicons", "sentiment_zh.yaml").read_text(encoding="utf-8")
    return lexicon(yaml.safe_load(text))
