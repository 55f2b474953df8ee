"""What labelled reviews taught about pairs and triples of characters: how a doubtful Chinese text leans."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any

import yaml
from ahocorasick_rs import AhoCorasick, MatchKind

from schemas.errors import Misconfigured

FILE = "sentiment_zh_learned.yaml"
UNIT = 20
"""Weights are whole numbers of a 20th of log-odds."""
UNHEARD, REACH = 3, 0.2
"""So many n-grams say nothing; each more lets the learned part move a sum of valences by this much."""
_UNSURE, _STRENGTH = 0.3, 3.0
"""Log-odds that say nothing, and how many valences one beyond them is."""
DOUBTFUL = sqrt(5)
"""The sum of valences whose score is 0.5: a verdict beyond it stands."""
FAR = 1.2
"""The sum of valences (a score of 0.3) beyond which the learned part alone moves nothing."""
_SIZES = (2, 3)


@dataclass(frozen=True, slots=True)
class Learned:
    """Weights of n-grams by the number that ``finder`` knows them by."""

    finder: AhoCorasick
    weights: tuple[int, ...]
    bias: int

    def blended(self, valence: float, seen: str, far: float) -> float:
        """A doubtful sum of valences, not 0, moved by what is learned, never past ``far`` from 0."""
        if not far:
            return valence
        leaning = self.leaning(seen)
        if leaning > 0:
            return max(valence, min(valence + leaning, far))
        return min(valence, max(valence + leaning, -far))

    def leaning(self, seen: str) -> float:
        """How a plain text leans to praise (above 0) or blame, as a valence; 0 where it knows little or is unsure."""
        found = {number for number, _, _ in self.finder.find_matches_as_indexes(seen, overlapping=True)}
        reach = REACH * (len(found) - UNHEARD)
        if reach <= 0:
            return 0.0
        odds = (sum(map(self.weights.__getitem__, found)) / sqrt(len(found)) + self.bias) / UNIT
        leaning = min(reach, _STRENGTH * (abs(odds) - _UNSURE))
        return 0.0 if leaning <= 0 else leaning if odds > 0 else -leaning


def grams(seen: str) -> Iterator[str]:
    """The pairs and triples of Chinese characters in a plain text."""
    for size in _SIZES:
        for start in range(len(seen) - size + 1):
            if _chinese(gram := seen[start : start + size]):
                yield gram


def _chinese(gram: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in gram)


def learned(source: Mapping[str, Any]) -> Learned:
    """What the file says: ``bias``, and n-grams by their weight. Raises Misconfigured where it says something else."""
    weights: dict[str, int] = {}
    for weight, words in _section(source, "weights", dict).items():
        if not isinstance(weight, int) or not isinstance(words, str):
            raise _wrong(f"weights: {weight!r} must be a whole number with n-grams separated by spaces")
        for gram in words.split():
            if len(gram) not in _SIZES or not _chinese(gram):
                raise _wrong(f"weights: {gram!r} is not two or three Chinese characters")
            if weights.setdefault(gram, weight) != weight:
                raise _wrong(f"weights: {gram!r} has two weights")
    return Learned(
        finder=AhoCorasick(list(weights), matchkind=MatchKind.Standard),
        weights=tuple(weights.values()),
        bias=_section(source, "bias", int),
    )


def _section(source: Mapping[str, Any], name: str, kind: type) -> Any:
    if not isinstance(source, Mapping) or not isinstance(source.get(name), kind):
        raise _wrong(f"{name} is missing or no {'mapping' if kind is dict else 'whole number'}")
    return source[name]


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"{FILE}: {what}; `python -m bench.sentiment_train` writes such a file")


@cache
def packaged() -> Learned:
    """What comes with kefu: agents/catalog/lexicons/sentiment_zh_learned.yaml."""
    text = files("agents").joinpath("catalog", "lexicons", FILE).read_text(encoding="utf-8")
    return learned(yaml.safe_load(text))
