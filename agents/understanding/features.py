"""What texts are made of for the intent model: words, characters, concepts, and which of them stand together.

A feature of words or concepts is one number: the block that it is of, and the numbers of the one or two names that it
is made of. Many texts are read into arrays of such numbers; the name of a feature is never written out.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

import numpy as np
import rjieba
from numpy.typing import NDArray

from agents.understanding.concepts import stem
from agents.understanding.senses import EDGES, Ints, Senses, follow
from agents.understanding.width import plain

MAX_CHARACTERS = 600
"""A longer text is read by its beginning, where people say what they want."""

WORDS, PAIRS, NEIGHBOURS, COMPANY, CONCEPTS, CHARACTERS = range(6)
SHARES = (0.14, 0.13, 0.15, 0.12, 0.22, 0.24)
"""What part of a text's squared length each block has; errors are flat around it."""

MOST_TEXTS, MOST_NAMES = 1 << 17, 1 << 21
"""What the bits of a feature and of its text have room for; names beyond count as one."""

MISSING = repeat(-1)

_ONE, _APART, _BLOCK, _TEXT = 21, 42, 43, 46
_SHOWN = (1 << _TEXT) - 1
_OTHER = (1 << _ONE) - 1
_COMPANY = 10
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+(?:['’][a-z]+)?|[?!]")
_FIGURES = re.compile(r"\d{3,}")
_BETWEEN = "\n"


class Read(NamedTuple):
    """The features of texts as numbers.

    ``features`` are those of words and concepts, each once a text, ``of`` the places of their texts, ``weights`` how
    much each counts: a phrase of k concepts gives each 1/√k. ``han`` are the runs of one to three Chinese characters,
    each as often as it stands; ``spelled`` are the other words, whose characters are had from ``grams``.
    """

    features: Ints
    of: Ints
    weights: NDArray[np.float32]
    han: Ints
    han_of: Ints
    spelled: list[str]
    spelled_of: Ints

    @property
    def blocks(self) -> Ints:
        """The block of each of ``features``."""
        return self.features >> _BLOCK


class Said:
    """What texts say, one after the other: words, concepts or words without one, phrases, words that are spelled.

    ``ends`` tells how many of each there are at the end of each text.
    """

    __slots__ = ("ends", "found", "han", "han_of", "sequence", "spelled", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.sequence: list[str] = []
        self.found: list[str] = []
        self.spelled: list[str] = []
        self.ends: list[tuple[int, int, int, int]] = []
        self.han: list[str] = []
        self.han_of: list[int] = []

    def of(self, part: int) -> Ints:
        """The text of each of words (0), sequence (1), found (2) or spelled (3)."""
        ends = np.array(self.ends, np.int64).reshape(-1, 4)[:, part]
        return np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))


def read(texts: Sequence[str], senses: Senses, names: Mapping[str, int]) -> Read:
    """The features of at most ``MOST_TEXTS`` texts; figures of three digits and more count as 0.

    Names that ``names`` lacks get numbers after its own, for these texts only.
    """
    return numbered(said(texts, senses), senses, names)


def said(texts: Sequence[str], senses: Senses) -> Said:
    """The names of which the features of ``texts`` are made."""
    told = Said()
    words, sequence, found, spelled = told.words, told.sequence, told.found, told.spelled
    for place, text in enumerate(texts):
        seen = plain(text[:MAX_CHARACTERS])
        runs = _RUN.findall(_FIGURES.sub("0", seen))
        words.append(EDGES[0])
        sequence.append(EDGES[0])
        if seen.isascii():
            _spelled(runs, senses, told)
        else:
            _mixed(runs, senses, told, place)
        words.append(EDGES[1])
        sequence.append(EDGES[1])
        told.ends.append((len(words), len(sequence), len(found), len(spelled)))
    return told


def _spelled(runs: list[str], senses: Senses, told: Said) -> None:
    stems = list(map(senses.typed, map(stem, runs)))
    told.words += stems
    told.spelled += runs
    follow(stems, senses.english, told.sequence, told.found)


def _mixed(runs: list[str], senses: Senses, told: Said, place: int) -> None:
    """An English phrase ends where Chinese begins."""
    sequence, found, han, tree = told.sequence, told.found, told.han, senses.han
    start, before = 0, len(han)
    for end, run in enumerate(runs):
        if "\u3400" <= run[0] <= "\u9fff":
            if start < end:
                _spelled(runs[start:end], senses, told)
            start = end + 1
            told.words += rjieba.cut(run)
            han.append(run)
            follow(run, tree, sequence, found)
    if start < len(runs):
        _spelled(runs[start:], senses, told)
    told.han_of += [place] * (len(han) - before)


def numbered(told: Said, senses: Senses, names: Mapping[str, int]) -> Read:
    """The features that names of texts make."""
    words_of, pieces_of, found_of, spelled_of = map(told.of, range(4))
    strange: dict[str, int] = {}
    words, pieces, found = (_numbers(of, names, strange) for of in (told.words, told.sequence, told.found))
    near, together = _neighbours(pieces, pieces_of, senses), _company(senses.first(found), found_of)
    once = np.unique(np.concatenate((_single(words, words_of), _pairs(words, words_of), *near, *together)))
    concepts, weights = _weighed(found, found_of, senses)
    features = np.concatenate((once, concepts))
    shown = np.concatenate((np.ones(len(once), np.float32), weights))
    return Read(features & _SHOWN, features >> _TEXT, shown, *_han(told), told.spelled, spelled_of)


def _numbers(of: Sequence[str], names: Mapping[str, int], strange: dict[str, int]) -> Ints:
    numbers = np.fromiter(map(names.get, of, MISSING), np.int64, len(of))
    for place in np.flatnonzero(numbers < 0).tolist():
        number = len(names) + strange.setdefault(of[place], len(strange))
        numbers[place] = min(number, MOST_NAMES - 1)
    return numbers


def _keys(block: int, texts: Ints, one: Ints, other: Ints | int = 0) -> Ints:
    return texts << _TEXT | block << _BLOCK | one << _ONE | other


def _single(words: Ints, of: Ints) -> Ints:
    inner = words >= len(EDGES)
    return _keys(WORDS, of[inner], words[inner])


def _pairs(words: Ints, of: Ints) -> Ints:
    """Of each word and the next one, the edges of the text among them."""
    same = of[1:] == of[:-1]
    return _keys(PAIRS, of[1:][same], words[:-1][same], words[1:][same])


def _neighbours(pieces: Ints, of: Ints, senses: Senses) -> list[Ints]:
    """The first two concepts of each piece with those of the next, and the first ones of pieces two apart."""
    first, second = senses.first(pieces), senses.second(pieces)
    found = []
    for left in (first, second):
        for right in (first, second):
            near = (of[1:] == of[:-1]) & (left[:-1] >= 0) & (right[1:] >= 0)
            found.append(_keys(NEIGHBOURS, of[1:][near], left[:-1][near], right[1:][near]))
    apart = (of[2:] == of[:-2]) & (pieces[:-2] > 0)
    found.append(_keys(NEIGHBOURS, of[2:][apart], first[:-2][apart], first[2:][apart]) | 1 << _APART)
    return found


def _company(concepts: Ints, of: Ints) -> list[Ints]:
    """Every two of the first ten concepts of a text, in the order of their names."""
    once = np.unique(of << _ONE | concepts)
    texts, shown = once >> _ONE, once & _OTHER
    kept = np.arange(len(texts)) - np.searchsorted(texts, texts) < _COMPANY
    texts, shown = texts[kept], shown[kept]
    found = []
    for apart in range(1, _COMPANY):
        same = texts[apart:] == texts[:-apart]
        if not same.any():
            break
        found.append(_keys(COMPANY, texts[apart:][same], shown[:-apart][same], shown[apart:][same]))
    return found


def _weighed(found: Ints, of: Ints, senses: Senses) -> tuple[Ints, NDArray[np.float32]]:
    """Each concept of a text with the greatest weight that a phrase gives it."""
    concepts, sizes = senses.parts(found)
    keys = np.unique(_keys(CONCEPTS, np.repeat(of, sizes), concepts, np.repeat(sizes, sizes)))
    alone = np.ones(len(keys), np.bool_)
    alone[1:] = keys[1:] >> _ONE != keys[:-1] >> _ONE
    keys = keys[alone]
    shared = keys & _OTHER
    return keys - shared, (shared**-0.5).astype(np.float32)


def _han(told: Said) -> tuple[Ints, Ints]:
    """The numbers of all runs of one to three characters in the Chinese of texts, and the places of the texts."""
    codes = np.frombuffer(_BETWEEN.join(told.han).encode("utf-32-le"), "<u4").astype(np.int64)
    sizes = np.array([len(run) + 1 for run in told.han], np.int64)
    of = np.repeat(np.array(told.han_of, np.int64), sizes)[: len(codes)]
    inner = codes != ord(_BETWEEN)
    two = inner[:-1] & inner[1:]
    three = two[:-1] & inner[2:]
    pairs = codes[:-1] << _ONE | codes[1:]
    grams = codes[inner], pairs[two], (pairs[:-1] << _ONE | codes[2:])[three]
    return np.concatenate(grams), np.concatenate((of[inner], of[:-1][two], of[:-2][three]))


def han_number(gram: str) -> int:
    """The number in ``Read.han`` of a run of one to three Chinese characters."""
    number = 0
    for character in gram:
        number = number << _ONE | ord(character)
    return number


def is_han(gram: str) -> bool:
    """Whether characters are Chinese ones, of which ``grams`` makes none."""
    return "\u3400" <= gram[0] <= "\u9fff"


def han_grams(run: str) -> list[str]:
    """The runs of one to three characters of Chinese."""
    return [run[at : at + size] for size in (1, 2, 3) for at in range(len(run) - size + 1)]


@lru_cache(50_000)
def grams(word: str) -> tuple[str, ...]:
    """The runs of two to five characters of a word with a space on either side."""
    padded = f" {word} "
    return tuple(padded[at : at + size] for size in (2, 3, 4, 5) for at in range(len(padded) - size + 1))
