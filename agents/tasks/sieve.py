"""Many regular expressions at once: one pass over a text tells which of them are worth a try."""

import re
from collections.abc import Iterable
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, MatchKind

from agents.tasks.anchors import anchors

K = TypeVar("K")


class Sieve(Generic[K]):
    """Patterns, each with what it stands for. An author's order is kept."""

    def __init__(self, patterns: Iterable[tuple[K, str]]) -> None:
        self._patterns: list[tuple[K, re.Pattern[str]]] = []
        self._always, by_word = set[int](), dict[str, set[int]]()
        for place, (kind, pattern) in enumerate(patterns):
            self._patterns.append((kind, re.compile(pattern)))
            words = anchors(pattern)
            for word in words:
                by_word.setdefault(word, set()).add(place)
            if not words:
                self._always.add(place)
        self._places = tuple(by_word.values())
        self._automaton = AhoCorasick(tuple(by_word), matchkind=MatchKind.Standard)

    def found(self, text: str) -> list[tuple[K, re.Pattern[str]]]:
        """The patterns that are found in a text, in order."""
        words = self._automaton.find_matches_as_indexes(text, overlapping=True)
        places = self._always.union(*(self._places[number] for number, _, _ in words))
        tried = [self._patterns[place] for place in sorted(places)]
        return [one for one in tried if one[1].search(text)]
