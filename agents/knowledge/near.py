"""Near matches: how alike a question is to each way in which an article may be asked for, by its character n-grams."""

import math
import re
from array import array
from collections import Counter
from typing import NamedTuple, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agents.knowledge.tokens import HAN, fold
from schemas.operations import Article

BUCKETS = 1 << 16
"""N-grams are kept as hashes of 16 bits (feature hashing, Weinberger et al., ICML 2009)."""
LONGEST = 400
"""Characters of a text that are looked at; a question that goes on is no longer like any phrase."""
PHRASES = 40
"""Phrases of an article that are looked at."""
_RUN = re.compile(rf"([{HAN}]+)|[^\W_{HAN}]+")

Numbers: TypeAlias = NDArray[np.float64]
Hashes: TypeAlias = NDArray[np.uint16]


class Phrases(NamedTuple):
    """The n-grams of an article's phrases, one after the other: 3 bytes an n-gram; ``starts`` is where each begins."""

    hashes: Hashes
    counts: NDArray[np.uint8]
    starts: NDArray[np.intp]


class Near:
    """TF-IDF vectors of phrases (title and questions) by article slot; cosine, the best phrase counts.

    weight(g, p) = (1 + ln count) · idf(g),  idf(g) = ln(1 + (N - n_g + 0.5) / (n_g + 0.5)) over articles, not phrases.
    Weights are made when asked for, so an article that comes or goes costs no more than its own n-grams.
    """

    def __init__(self) -> None:
        self._phrases: dict[int, Phrases] = {}
        self._holders = array("l", bytes(BUCKETS * array("l").itemsize))

    def add(self, slot: int, article: Article) -> None:
        """Put in an article at a slot that is free."""
        phrases = _phrases(article)
        if phrases is not None:
            self._phrases[slot] = phrases
            self._count(phrases, 1)

    def remove(self, slot: int) -> None:
        """Free a slot."""
        phrases = self._phrases.pop(slot, None)
        if phrases is not None:
            self._count(phrases, -1)

    def likeness(self, question: str, slots: list[int]) -> list[float]:
        """For each slot the cosine of the question and the phrase most like it, in [0, 1]; 0 without phrases."""
        asked = _counted(question)
        there = [(place, self._phrases[slot]) for place, slot in enumerate(slots) if slot in self._phrases]
        found = [0.0] * len(slots)
        if asked and there:
            places, phrases = zip(*there, strict=True)
            for place, best in zip(places, self._best(asked, phrases), strict=True):
                found[place] = best
        return found

    def _best(self, asked: dict[int, int], phrases: tuple[Phrases, ...]) -> list[float]:
        hashes = np.concatenate([each.hashes for each in phrases])
        weights = self._weights(hashes, np.concatenate([each.counts for each in phrases]))
        mine = np.fromiter(asked, np.uint16, len(asked))
        own = self._weights(mine, np.fromiter(asked.values(), np.uint8, len(asked)))
        dense = np.zeros(BUCKETS)
        dense[mine] = own
        sizes = np.cumsum([0, *(len(each.hashes) for each in phrases)])
        starts = np.concatenate([each.starts + size for each, size in zip(phrases, sizes[:-1], strict=True)])
        dots = np.add.reduceat(weights * dense[hashes], starts)
        norms = np.sqrt(np.add.reduceat(weights * weights, starts)) * math.sqrt(float(own @ own))
        firsts = np.cumsum([0, *(len(each.starts) for each in phrases[:-1])])
        best: list[float] = np.maximum.reduceat(np.minimum(dots / norms, 1.0), firsts).tolist()
        return best

    def _weights(self, hashes: Hashes, counts: NDArray[np.uint8]) -> Numbers:
        holders = np.frombuffer(self._holders, np.dtype("l"))[hashes]
        idf: Numbers = np.log1p((len(self._phrases) - holders + 0.5) / (holders + 0.5))
        return idf * (1 + np.log(counts))

    def _count(self, phrases: Phrases, step: int) -> None:
        holders = np.frombuffer(self._holders, np.dtype("l"))
        holders[np.unique(phrases.hashes)] += step


def _phrases(article: Article) -> Phrases | None:
    counted = [each for text in (article.title, *article.questions)[:PHRASES] if (each := _counted(text))]
    if not counted:
        return None
    sizes = [len(each) for each in counted]
    return Phrases(
        np.array([gram for each in counted for gram in each], np.uint16),
        np.array([count for each in counted for count in each.values()], np.uint8),
        np.cumsum([0, *sizes[:-1]]),
    )


def _counted(text: str) -> dict[int, int]:
    """Hash → how often, at most 255 times, in the order in which they come."""
    counted = Counter(crc32(gram.encode("utf-8", "replace")) & (BUCKETS - 1) for gram in grams(text))
    return {gram: min(count, 255) for gram, count in counted.items()}


def grams(text: str) -> list[str]:
    """N-grams of the folded text: 1 and 2 Chinese characters; 3 and 4 letters of a word with its ends marked."""
    found: list[str] = []
    for run in _RUN.finditer(fold(text[:LONGEST])):
        if run[1]:
            found.extend(run[0])
            found.extend(run[0][place : place + 2] for place in range(len(run[0]) - 1))
        else:
            word = f"^{run[0]}$"
            found.extend(word[place : place + size] for size in (3, 4) for place in range(len(word) - size + 1))
    return found
