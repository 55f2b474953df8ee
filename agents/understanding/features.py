"""What a text is made of for the intent model: words, characters, concepts, and which of them stand together."""

import re
from collections.abc import Collection
from functools import lru_cache
from itertools import combinations, groupby, pairwise
from typing import NamedTuple

import rjieba

from agents.understanding.concepts import Concepts, stem
from agents.understanding.width import plain

MAX_CHARACTERS = 600
"""A longer text is read by its beginning, where people say what they want."""

SHARES = (0.14, 0.13, 0.24, 0.22, 0.15, 0.12)
"""What part of a text's squared length each block has, in the order of Features; errors are flat around it."""

_COMPANY = 10
_SENSES = 2
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+(?:['’][a-z]+)?|[?!]")
_FIGURES = re.compile(r"\d{3,}")


class Features(NamedTuple):
    """The features of a text, block by block, each once but for those of characters.

    ``words`` are stems and Chinese words, ``pairs`` those that follow each other. ``characters`` are of the Chinese
    in it; those of its other words, ``spelled``, are had from ``grams``. ``concepts`` have weights: a phrase of k
    concepts gives each 1/√k. ``neighbours`` are concepts, or words without one, that stand at most two apart;
    ``company`` the first concepts of phrases that occur together anywhere.
    """

    words: Collection[str]
    pairs: Collection[str]
    characters: Collection[str]
    concepts: dict[str, float]
    neighbours: Collection[str]
    company: Collection[str]
    spelled: list[str]


class _Reading(NamedTuple):
    words: list[str]
    spelled: list[str]
    sequence: list[tuple[str, ...]]
    found: list[tuple[str, ...]]


def features(text: str, concepts: Concepts) -> Features:
    """The features of any text. Figures of three digits and more count as 0: which they are says nothing of intent."""
    runs = _RUN.findall(_FIGURES.sub("0", plain(text[:MAX_CHARACTERS])))
    words, spelled, sequence, found = _read(runs, concepts)
    known = _weighed(found)
    together = sorted({concepts[0] for concepts in found})[:_COMPANY]
    return Features(
        dict.fromkeys(words).keys(),
        {f"{left} {right}": None for left, right in pairwise(["^", *words, "$"])}.keys(),
        [] if len(spelled) == len(runs) else [gram for run in runs if _han(run) for gram in _trigrams(run)],
        known,
        _neighbours([("^",), *sequence, ("$",)]),
        [f"{one}~{other}" for one, other in combinations(together, 2)],
        spelled,
    )


def _weighed(found: list[tuple[str, ...]]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for concepts in found:
        weight = len(concepts) ** -0.5
        for concept in concepts:
            if weight > weights.get(concept, 0.0):
                weights[concept] = weight
    return weights


def _read(runs: list[str], concepts: Concepts) -> _Reading:
    """Words and concepts from left to right; an English phrase ends where Chinese begins."""
    if not any(map(_han, runs)):
        stems = [stem(word) for word in runs]
        return _Reading(stems, runs, *concepts.read(stems, " "))
    reading = _Reading([], [], [], [])
    for han, group in groupby(runs, _han):
        mine = list(group)
        reading.spelled.extend([] if han else mine)
        for pieces in mine if han else [[stem(word) for word in mine]]:
            reading.words.extend(rjieba.cut(pieces) if isinstance(pieces, str) else pieces)
            sequence, found = concepts.read(pieces, "" if han else " ")
            reading.sequence.extend(sequence)
            reading.found.extend(found)
    return reading


def _han(run: str) -> bool:
    return "\u3400" <= run[0] <= "\u9fff"


def _trigrams(run: str) -> list[str]:
    return [run[at : at + size] for size in (1, 2, 3) for at in range(len(run) - size + 1)]


def _neighbours(sequence: list[tuple[str, ...]]) -> Collection[str]:
    near = {
        f"{one} {other}": None
        for left, right in pairwise(sequence)
        for one in left[:_SENSES]
        for other in right[:_SENSES]
    }
    for left, right in zip(sequence[1:], sequence[3:], strict=False):
        near[f"{left[0]}_{right[0]}"] = None
    return near.keys()


@lru_cache(50_000)
def grams(word: str) -> tuple[str, ...]:
    """The runs of two to five characters of a word with a space on either side."""
    padded = f" {word} "
    return tuple(padded[at : at + size] for size in (2, 3, 4, 5) for at in range(len(padded) - size + 1))
