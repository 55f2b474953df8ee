"""The words of a shelf, and which of them a misspelt word may mean."""

import re
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

LETTERS = 26
SHORTEST = 4
"""Letters that a word needs to be taken for misspelt: below, one slip away lies another word."""
LONGEST = 60
"""Letters of the longest word that is looked at: no word has more, and their counts fit a byte."""
LONG = 8
"""Letters from which two slips are forgiven."""
ALTERNATIVES = 3
KEPT = 2_000
"""Unknown words whose neighbours are kept until a word comes or goes."""
TRIED = 8
"""Words per length whose letters are near enough and that are compared letter by letter, the nearest first."""
_WORD = re.compile("[a-z]+").fullmatch


@dataclass(slots=True)
class _Bucket:
    """Words with one first letter and one length, and how often each has each letter (one byte a letter)."""

    words: list[str] = field(default_factory=list)
    counts: "array[int]" = field(default_factory=lambda: array("B"))


class Spelling:
    """Words of plain Latin letters, changed one by one; any other word is passed over."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[str, float]]] = {}
        self._buckets: defaultdict[tuple[str, int], _Bucket] = defaultdict(_Bucket)

    def add(self, word: str) -> None:
        """Put in a word that is not here."""
        if _is_plain(word):
            self._known.clear()
            bucket = self._buckets[word[0], len(word)]
            bucket.words.append(word)
            bucket.counts.extend(_counts(word))

    def drop(self, word: str) -> None:
        """Take out a word that is here."""
        if not _is_plain(word):
            return
        self._known.clear()
        bucket = self._buckets[word[0], len(word)]
        place = bucket.words.index(word)
        bucket.words[place] = bucket.words[-1]
        bucket.counts[place * LETTERS : (place + 1) * LETTERS] = bucket.counts[-LETTERS:]
        bucket.words.pop()
        del bucket.counts[-LETTERS:]

    def near(self, word: str) -> list[tuple[str, float]]:
        """The words at the least distance, with the share of letters that agree; none beyond one slip (two from LONG).

        The distance counts letters that are wrong, missing, too many, or swapped with their neighbour ("optimal string
        alignment", Damerau 1964). People seldom miss the first letter, so it has to agree.
        """
        if len(word) < SHORTEST or not _is_plain(word):
            return []
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            found = self._known[word] = self._nearest(word)
        return found

    def _nearest(self, word: str) -> list[tuple[str, float]]:
        most = 2 if len(word) >= LONG else 1
        found = sorted(
            (slips, other) for other in self._similar(word, most) if (slips := distance(word, other)) <= most
        )
        return [(other, 1 - slips / len(word)) for slips, other in found if slips == found[0][0]][:ALTERNATIVES]

    def _similar(self, word: str, most: int) -> Iterator[str]:
        """Each slip changes two of the counts at most, so what differs in more cannot be near."""
        counts = np.frombuffer(_counts(word), np.int8)
        for length in range(len(word) - most, len(word) + most + 1):
            bucket = self._buckets.get((word[0], length))
            if bucket is None or not bucket.words:
                continue
            others = np.frombuffer(bucket.counts, np.int8).reshape(-1, LETTERS)
            differing = np.abs(others - counts).sum(axis=1)
            places = np.flatnonzero(differing <= 2 * most)
            nearest = sorted((int(differing[place]), bucket.words[place]) for place in places.tolist())
            yield from (other for _, other in nearest[:TRIED])


def distance(one: str, other: str) -> int:
    """Slips between two words: letters changed, missing, too many, or swapped with the next one."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, their in enumerate(other, 1):
            least = min(last[column] + 1, now[column - 1] + 1, last[column - 1] + (letter != their))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == their:
                least = min(least, before[column - 2] + 1)
            now.append(least)
        before, last = last, now
    return last[-1]


def _is_plain(word: str) -> bool:
    return SHORTEST - 1 <= len(word) <= LONGEST and _WORD(word) is not None


def _counts(word: str) -> bytes:
    return bytes(word.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz")
