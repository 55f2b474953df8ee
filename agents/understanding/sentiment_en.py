"""The mood of English: vaderSentiment's scores, by its published rules, in linear time.

The library goes over all words again for each word that carries a mood; 20 000 emoji take it three minutes. A word's
valence only depends on the three words before it and the two after it, and what a word is does not depend on where it
stands: so each is looked up once. The lexicons and word lists are the library's own (Hutto and Gilbert, 2014).
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from math import sqrt
from string import punctuation

from vaderSentiment.vaderSentiment import BOOSTER_DICT, C_INCR, N_SCALAR, SPECIAL_CASES

from agents.understanding.sentiment_en_words import NOTHING, RARE, Word, lexicons
from agents.understanding.sentiment_reason import Reason

ALPHA = 15
_TOKEN = re.compile(r"\S+")
_EXCLAMATION, _MOST_EXCLAMATIONS = 0.292, 4
_QUESTION, _QUESTIONS = 0.18, 0.96
_DAMPED = (1.0, 0.95, 0.9)
_NEVER_SO = 1.25
_IDIOMS: Mapping[str, float] = {phrase: value for phrase, value in SPECIAL_CASES.items() if " " in phrase}
_LONG_BOOSTERS: Mapping[str, float] = {phrase: step for phrase, step in BOOSTER_DICT.items() if " " in phrase}


def compound(text: str) -> float:
    """The compound score of ``text``, equal to that of vaderSentiment 3.3.2."""
    text = described(text)
    tokens = text.split()
    if lexicons().words.silent.issuperset(tokens):
        return 0.0
    return compounded([value for _, value in judged(tokens)], text)


def described(text: str) -> str:
    """``text`` with the names of its emoji, apart from what stands before them."""
    return text if text.isascii() else "".join(_pieces(text))


def _pieces(text: str) -> list[str]:
    """What each character of ``text`` becomes."""
    emoji = lexicons().emoji
    pieces, spaced = [], True
    for character in text:
        name = emoji.get(character)
        pieces.append(character if name is None else name if spaced else f" {name}")
        spaced = name is None and character == " "
    return pieces


def reasons(text: str) -> list[Reason]:
    """The words whose valences ``compound`` adds up, in order, as they stand in ``text``; an emoji is one of them."""
    shown, origins = _traced(text)
    spans = [match.span() for match in _TOKEN.finditer(shown)]
    return [
        _reason(text, origins, spans[place], valence)
        for place, valence in judged([shown[start:end] for start, end in spans])
        if valence
    ]


def _traced(text: str) -> tuple[str, list[int]]:
    """``text`` with the names of its emoji, and for each character of that where it comes from."""
    pieces = _pieces(text)
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]


def _reason(text: str, origins: Sequence[int], span: tuple[int, int], valence: float) -> Reason:
    start, end = origins[span[0]], origins[span[1] - 1] + 1
    word = text[start:end].strip(punctuation)
    if len(word) > 2:
        start, end = (begin := text.index(word, start)), begin + len(word)
    return Reason(text[start:end], start, end, valence)


def judged(tokens: Sequence[str]) -> list[tuple[int, float]]:
    """The place and the valence of each token that has one, weighed by a "but" where there is one."""
    words = list(map(lexicons().words.__getitem__, tokens))
    noted = [place for place, word in enumerate(words) if word.noted]
    if not noted:
        return []
    scored = [place for place in noted if words[place].scored]
    if len(scored) < len(noted) or True in [words[place].special for place in scored]:
        return _judged_specially(words, scored)
    return [(place, _in_context(words, place, False, False)) for place in scored]


def _judged_specially(words: Sequence[Word], scored: Sequence[int]) -> list[tuple[int, float]]:
    """As ``judged``, where there are words in capitals, a "but" or words of idioms."""
    differ = 0 < sum([word.capital for word in words]) < len(words)
    lower = [word.lower for word in words]
    rare = not RARE.isdisjoint(lower)
    kept = [place for place in scored if lower[place] != "kind" or lower[place + 1 : place + 2] != ["of"]]
    valences = [(place, _in_context(words, place, differ, rare)) for place in kept]
    return _contrasted(valences, lower.index("but")) if "but" in lower else valences


def compounded(valences: Sequence[float], text: str) -> float:
    """The sum of ``valences`` with the emphasis of the punctuation in ``text``, in [-1, 1]."""
    total = float(sum(valences))
    if total:
        exclamations, questions = text.count("!"), text.count("?")
        emphasis = _EXCLAMATION * (exclamations if exclamations < _MOST_EXCLAMATIONS else _MOST_EXCLAMATIONS)
        emphasis += (questions * _QUESTION if questions <= 3 else _QUESTIONS) if questions > 1 else 0
        total += emphasis if total > 0 else -emphasis
    return round(total / sqrt(total * total + ALPHA), 4)


def _in_context(words: Sequence[Word], place: int, differ: bool, rare: bool) -> float:
    word = words[place]
    first = words[place - 1] if place else NOTHING
    second = words[place - 2] if place > 1 else NOTHING
    third = words[place - 3] if place > 2 else NOTHING
    if word.inert and first.inert and second.inert and third.inert and not (differ or rare):
        return word.valence or 0.0
    return _changed(words, place, (first, second, third), (differ, rare))


def _changed(words: Sequence[Word], place: int, before: tuple[Word, Word, Word], found: tuple[bool, bool]) -> float:
    """The valence of the word at ``place`` with the three ``before`` it, nearest first."""
    word, (first, second, third), (differ, rare) = words[place], before, found
    valence = word.valence or 0.0
    if word.lower == "no" and place + 1 < len(words) and words[place + 1].valence is not None:
        valence = 0.0
    if first.lower == "no" or second.lower == "no" or (third.lower == "no" and first.lower in ("or", "nor")):
        valence = (word.valence or 0.0) * N_SCALAR
    if differ and word.capital:
        valence += C_INCR if valence > 0 else -C_INCR
    if first.valence is None and place:
        valence = _stepped(valence, first, 0, differ)
        if first.negates:
            valence *= N_SCALAR
    if second.valence is None and place > 1:
        valence = _second(_stepped(valence, second, 1, differ), first, second)
    if third.valence is None and place > 2:
        valence = _third(_stepped(valence, third, 2, differ), first, second, third)
        if rare:
            valence = _idiomatic(valence, words, place)
    if first.lower == "least" and first.valence is None and second.lower not in ("at", "very"):
        valence *= N_SCALAR
    return valence


def _stepped(valence: float, before: Word, distance: int, differ: bool) -> float:
    """The valence with a booster ``distance`` words further away than the one right before."""
    if not before.step:
        return valence
    step = -before.step if valence < 0 else before.step
    if differ and before.capital:
        step += C_INCR if valence > 0 else -C_INCR
    return valence + (step * _DAMPED[distance] if distance else step)


def _second(valence: float, first: Word, second: Word) -> float:
    if second.lower == "never" and first.lower in ("so", "this"):
        return valence * _NEVER_SO
    if second.lower == "without" and first.lower == "doubt":
        return valence
    return valence * N_SCALAR if second.negates else valence


def _third(valence: float, first: Word, second: Word, third: Word) -> float:
    if (third.lower == "never" and second.lower in ("so", "this")) or first.lower in ("so", "this"):
        return valence * _NEVER_SO
    if third.lower == "without" and "doubt" in (second.lower, first.lower):
        return valence
    return valence * N_SCALAR if third.negates else valence


def _idiomatic(valence: float, words: Sequence[Word], place: int) -> float:
    """The valence of the idiom that the word at ``place``, which has three before it, is part of."""
    third, second, first, word, *after = [word.lower for word in words[place - 3 : place + 3]]
    before = (f"{first} {word}", f"{second} {first} {word}", f"{second} {first}", f"{third} {second} {first}",
              f"{third} {second}")  # fmt: skip
    valence = next((_IDIOMS[phrase] for phrase in before if phrase in _IDIOMS), valence)
    for size in range(1, len(after) + 1):
        valence = _IDIOMS.get(" ".join((word, *after[:size])), valence)
    for phrase in (before[3], before[4], before[2]):
        valence += _LONG_BOOSTERS.get(phrase, 0.0)
    return valence


def _contrasted(valences: Sequence[tuple[int, float]], turn: int) -> list[tuple[int, float]]:
    """What comes before "but" at half its weight, what follows at one and a half.

    As in the library, each step changes the first place that holds the value of the step's own place by then.
    """
    now = dict(valences)
    places: defaultdict[float, list[int]] = defaultdict(list)
    for place, valence in valences:
        places[valence].append(place)
    for step, _ in valences:
        if valence := now[step]:
            first = heappop(places[valence])
            now[first] = valence * (0.5 if first < turn else 1.5)
            heappush(places[now[first]], first)
    return list(now.items())
