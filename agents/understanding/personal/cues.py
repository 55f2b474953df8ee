"""Where the cues of all recognisers stand in a text: found in one pass, so that most texts are read no further."""

import re
from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from agents.understanding.personal.spans import WALL, Hit, Recogniser
from agents.understanding.width import encodable

Due = Mapping[int, list[Hit]]
"""By the place of a recogniser, in order of precedence: where its cues stand, from left to right."""

UNREADABLE = -1
"""The place of what is to be made readable first."""

EVERY = 1 << 16
"""More recognisers than there are."""

_DIGIT = re.compile("[0-9]")


class CueFinder:
    """Finds the cues of ``recognisers``, and ``unreadable`` ones, in the small letters of a text."""

    def __init__(self, recognisers: Sequence[Recogniser], unreadable: Sequence[str]) -> None:
        cues = [(cue, (UNREADABLE, 0, False)) for cue in unreadable]
        for place, one in enumerate(recognisers):
            cues += [(cue, (place, kind, False)) for cue, kind in one.cues.items()]
            cues += [(cue, (place, kind, True)) for cue, kind in one.cues_by_digit.items()]
        self._meanings = [meaning for _, meaning in cues]
        self._by_digit = {(place, kind) for place, kind, by_digit in self._meanings if by_digit}
        self._sieves = [(place, one.sieve) for place, one in enumerate(recognisers) if one.sieve]
        self._sieved = {place for place, _ in self._sieves}
        words = [cue for cue, _ in cues]
        automaton = AhoCorasick(words, matchkind=MatchKind.Standard, implementation=Implementation.DFA)
        self._find = automaton.find_matches_as_indexes

    def due(self, low: str) -> dict[int, list[Hit]]:
        """The recognisers that may find something in a text, and where."""
        due: dict[int, list[Hit]] = {}
        digit = _DIGIT.search(low)
        for cue, start, _ in self._matches(low):
            place, kind, by_digit = self._meanings[cue]
            if by_digit and not digit:
                continue
            if place in due:
                due[place].append((start, kind))
            else:
                due[place] = [(start, kind)]
        if digit:
            self._sieve(low, digit.start(), due, EVERY)
        return due

    def due_again(self, low: str, before: Due, until: int) -> dict[int, list[Hit]]:
        """What is still due of ``before``, of the first ``until`` recognisers, since walls stand in the text."""
        digit = _DIGIT.search(low)
        due: dict[int, list[Hit]] = {}
        for place, hits in before.items():
            if place < until and place not in self._sieved:
                left = [hit for hit in hits if low[hit[0]] != WALL and (digit or (place, hit[1]) not in self._by_digit)]
                if left:
                    due[place] = left
        if digit:
            self._sieve(low, digit.start(), due, until)
        return due

    def _matches(self, low: str) -> list[tuple[int, int, int]]:
        try:
            return self._find(low, True)
        except UnicodeEncodeError:
            return self._find(encodable(low), True)

    def _sieve(self, low: str, digit: int, due: dict[int, list[Hit]], until: int) -> None:
        for place, sieve in self._sieves:
            if place < until:
                hit = sieve(low, digit)
                if hit[0] >= 0:
                    due[place] = [hit]
