"""The lexicon of Chinese moods: each phrase of sentiment_zh.yaml with its part in a sentence, and a finder for all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, auto
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from ahocorasick_rs import AhoCorasick, MatchKind

from agents.understanding import sentiment_learned
from agents.understanding.sentiment_patterns import Patterns, patterns
from agents.understanding.width import plain

NEGATION, MILD_NEGATION = -0.74, -0.4
A_REQUEST = 16
"""What asks for something, without a mood, has so many characters at most."""
_SHORT = 2


class Part(IntEnum):
    """What a phrase does; of two parts, a phrase has the one that stands first here."""

    MARK = 0
    SIGN = auto()
    MOOD = auto()
    NEGATION = auto()
    CONTRAST = auto()
    CONCESSION = auto()
    SUMMARY = auto()
    ASKED = auto()
    INQUIRY = auto()
    DIMENSION = auto()
    DEGREE = auto()
    AFTERWARDS = auto()
    HOPE = auto()
    THING = auto()
    LEAN = auto()
    REPLY = auto()
    BLANK = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """What a phrase does and how much.

    ``value`` is the valence of moods, signs and leans, and what follows a contrast is multiplied with; ``before`` is
    its like for what precedes it. ``step`` is that of a degree, ``reach`` how many other characters a negation may
    stand away from what it turns. A mood that has a step too is a degree right before another mood.
    """

    part: Part
    value: float = 0.0
    before: float = 1.0
    step: float = 0.0
    reach: int = -1
    asks: bool = False
    ends_sentence: bool = False
    dimension: str = ""
    aspect: Mapping[str, float] = field(default_factory=dict)
    needed: bool = False
    missing: bool = False
    excess: bool = False
    meant: bool = False
    latin: bool = False


Token = tuple[Phrase, int, int]
"""A phrase and where it stands."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``phrases`` by the number that ``finder`` knows them by, ``lack`` the valence of something needed and missing.

    One of ``requests`` stands in what asks for something and, without a mood, says neither good nor bad. What is
    ``learned`` from reviews says how a doubtful text leans.
    """

    phrases: tuple[Phrase, ...]
    finder: AhoCorasick
    patterns: Patterns
    lack: float
    requests: tuple[str, ...]
    learned: sentiment_learned.Learned | None = None

    def requested(self, seen: str) -> bool:
        """Whether a plain text is short and asks for something."""
        return len(seen) <= A_REQUEST and self.asks(seen)

    def asks(self, seen: str) -> bool:
        """Whether a plain text has a word that asks for something."""
        return any(cue in seen for cue in self.requests)

    def found(self, seen: str) -> list[Token]:
        """The phrases of a plain text with their places; one of Latin letters is not found inside a Latin word."""
        phrases, matches = self.phrases, self.finder.find_matches_as_indexes(seen)
        return [
            (phrases[number], start, end)
            for number, start, end in matches
            if not phrases[number].latin or _whole(seen, start, end)
        ]


def _whole(seen: str, start: int, end: int) -> bool:
    return not (_latin(seen[start - 1 : start]) or _latin(seen[end : end + 1]))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


_SENTENCE_MARKS = "。!?\n;."
_CLAUSE_MARKS = ",、:~… \t"


def lexicon(source: Mapping[str, Any]) -> Lexicon:
    """A lexicon of what sentiment_zh.yaml says; every section may be left out."""
    phrases: dict[str, Phrase] = {}
    for text, phrase in sorted(_phrases(source), key=lambda pair: pair[1].part, reverse=True):
        other = phrases.get(plain(text))
        phrases[plain(text)] = replace(phrase, step=other.step) if other and other.step else phrase
        if text.isascii() and text.isalpha():
            phrases[plain(text)] = replace(phrases[plain(text)], latin=True)
    phrases |= _misspelt(phrases, source.get("spellings", {}))
    words = [plain(text) for words in source.get("words", {}).values() for text in _words(words)]
    phrases |= _hidden(phrases, words, list(_words(source.get("leaders", ""))))
    return Lexicon(
        phrases=tuple(phrases.values()),
        finder=AhoCorasick(list(phrases), matchkind=MatchKind.LeftmostLongest),
        patterns=patterns(source.get("patterns", ())),
        lack=float(source.get("needed", {}).get("valence", 0.0)),
        requests=tuple(map(plain, _words(source.get("requests", "")))),
    )


def _misspelt(phrases: Mapping[str, Phrase], spellings: Mapping[str, str]) -> dict[str, Phrase]:
    """The longer phrases as they are often written, 得 as 的 and the like, where that is no phrase of its own."""
    return {
        written: phrase
        for text, phrase in phrases.items()
        for right, wrong in spellings.items()
        if len(text) > _SHORT and right in text and not text.endswith(right)
        if (written := text.replace(right, wrong)) not in phrases
    }


def _hidden(phrases: Mapping[str, Phrase], words: Sequence[str], leaders: Sequence[str]) -> dict[str, Phrase]:
    """The ``words`` with what often stands before them, where the finder would read something else there.

    It takes the longest phrase that begins first: 最好 and 吃 in 最好吃, 不太热 and 情 in 不太热情.
    """
    finder = AhoCorasick(list(phrases), matchkind=MatchKind.LeftmostLongest)
    begun = {text[:size] for text in phrases for size in range(2, 2 + max(map(len, leaders), default=0))}
    hidden = {}
    for leader in leaders:
        tails = [leader[size:] for size in range(len(leader))]
        for text in words:
            line = leader + text
            if line in phrases or not any(tail + text[0] in begun for tail in tails):
                continue
            if finder.find_matches_as_indexes(line)[-1][1] != len(leader):
                hidden[line] = _led(phrases[text], phrases.get(leader))
    return hidden


def _led(mood: Phrase, leader: Phrase | None) -> Phrase:
    if leader is None:
        return mood
    stepped = mood.value + (leader.step if mood.value > 0 else -leader.step)
    return replace(mood, value=mood.value * leader.value if leader.reach >= 0 else stepped)


def _phrases(source: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    for mark in _SENTENCE_MARKS + _CLAUSE_MARKS:
        yield mark, Phrase(Part.MARK, asks=mark == "?", ends_sentence=mark in _SENTENCE_MARKS)
    for name, part in _VALUED:
        for value, words in source.get(name, {}).items():
            yield from _all(words, Phrase(part, float(value), meant=part is Part.MOOD))
    for name, part in _PLAIN:
        yield from _all(source.get(name, ""), Phrase(part))
    for made in source.get("combinations", ()):
        phrase = Phrase(Part.MOOD, float(made["valence"]), meant=True)
        yield from ((one + other, phrase) for one in _words(made["first"]) for other in _words(made["second"]))
    for turn in source.get("contrasts", ()):
        yield from _all(turn["of"], Phrase(Part.CONTRAST, float(turn["after"]), float(turn["before"])))
    for dimension, words in source.get("dimensions", {}).items():
        yield from _all(words, Phrase(Part.DIMENSION, dimension=dimension, meant=True))
    yield from _negations(source)
    yield from _degrees(source)
    yield from _things(source)


_VALUED = (
    ("words", Part.MOOD),
    ("leans", Part.LEAN),
    ("emoji", Part.SIGN),
    ("codes", Part.SIGN),
)
_PLAIN = (
    ("blank", Part.BLANK),
    ("hopes", Part.HOPE),
    ("afterwards", Part.AFTERWARDS),
    ("concessions", Part.CONCESSION),
    ("summaries", Part.SUMMARY),
    ("asked", Part.ASKED),
    ("inquiries", Part.INQUIRY),
    ("replies", Part.REPLY),
)


def _negations(source: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    missing, mild = frozenset(_words(source.get("missing", ""))), frozenset(_words(source.get("mild", "")))
    for reach, words in source.get("negations", {}).items():
        for word in _words(words):
            turned = MILD_NEGATION if word in mild else NEGATION
            yield word, Phrase(Part.NEGATION, turned, reach=int(reach), missing=word in missing)


def _degrees(source: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    excess = frozenset(_words(source.get("excess", "")))
    for step, words in source.get("degrees", {}).items():
        for word in _words(words):
            yield word, Phrase(Part.DEGREE, step=float(step), excess=word in excess)


def _things(source: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    aspects = {word: group["moods"] for group in source.get("aspects", ()) for word in _words(group["of"])}
    leans = {word: float(value) for value, words in source.get("leans", {}).items() for word in _words(words)}
    needed = frozenset(_words(source.get("needed", {}).get("of", "")))
    for word in {**aspects, **dict.fromkeys(needed)}:
        thing = Phrase(Part.THING, leans.get(word, 0.0), aspect=aspects.get(word) or {}, needed=word in needed)
        yield word, thing


def _all(words: object, phrase: Phrase) -> Iterator[tuple[str, Phrase]]:
    return ((word, phrase) for word in _words(words))


def _words(words: object) -> Iterable[str]:
    return str(words).split() if not isinstance(words, list | tuple) else map(str, words)


@cache
def packaged() -> Lexicon:
    """The lexicon that comes with kefu, agents/catalog/lexicons/sentiment_zh.yaml, and what is learned beside it."""
    text = files("agents").joinpath("catalog", "lexicons", "sentiment_zh.yaml").read_text(encoding="utf-8")
    return replace(lexicon(yaml.safe_load(text)), learned=sentiment_learned.packaged())
