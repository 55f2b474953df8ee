"""Where the cues of all recognisers stand in a text: found in one pass, so that most texts are read no further."""

import re
from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from agents.understanding.personal.spans import WALL, Hit, Recogniser, around
from agents.understanding.width import encodable

Due = Mapping[int, list[Hit]]
"""By the place of a recogniser, in order of precedence: where its cues stand, from left to right."""

UNREADABLE = -1
"""The place of what is to be made readable first."""

EVERY = 1 << 16
"""More recognisers than there are."""

_DIGIT = re.compile("[0-9]")


class CueFinder:
    """Finds the cues of ``recognisers``, and ``unreadable`` ones, in the small letters of a text or of several."""

    def __init__(self, recognisers: Sequence[Recogniser], unreadable: Sequence[str]) -> None:
        cues = [(cue, (UNREADABLE, 0, False)) for cue in unreadable]
        for place, one in enumerate(recognisers):
            cues += [(cue, (place, kind, False)) for cue, kind in one.cues.items()]
            cues += [(cue, (place, kind, True)) for cue, kind in one.cues_by_digit.items()]
        self._meanings = [meaning for _, meaning in cues]
        self._by_digit = {(place, kind) for place, kind, by_digit in self._meanings if by_digit}
        self._sieves = [(place, one.sieve) for place, one in enumerate(recognisers) if one.sieve]
        words = [cue for cue, _ in cues]
        automaton = AhoCorasick(words, matchkind=MatchKind.Standard, implementation=Implementation.DFA)
        self._find = automaton.find_matches_as_indexes

    def due(self, low: str) -> dict[int, list[Hit]]:
        """The recognisers that may find something, and where."""
        due: dict[int, list[Hit]] = {}
        digit = _DIGIT.search(low)
        if digit:
            for place, sieve in self._sieves:
                if sieved := sieve(low, digit.start()):
                    due[place] = sieved
        for cue, start, _ in self._matches(low):
            place, kind, by_digit = self._meanings[cue]
            if by_digit and not (digit and _DIGIT.search(low, *around(low, start))):
                continue
            if place in due:
                due[place].append((start, kind))
            else:
                due[place] = [(start, kind)]
        for hits in due.values():
            if len(hits) > 1:
                hits.sort()
        return due

    def due_again(self, low: str, before: Due, until: int) -> dict[int, list[Hit]]:
        """What is still due of ``before``, of the first ``until`` recognisers, in texts with a wall in them."""
        return {
            place: left
            for place, hits in before.items()
            if place < until and (left := [hit for hit in hits if self._is_due_again(low, place, hit)])
        }

    def _is_due_again(self, low: str, place: int, hit: Hit) -> bool:
        start, kind = hit
        if low[start] == WALL:
            return False
        begin, end = around(low, start)
        if low.find(WALL, begin, end) < 0:
            return False
        return (place, kind) not in self._by_digit or _DIGIT.search(low, begin, end) is not None

    def _matches(self, low: str) -> list[tuple[int, int, int]]:
        try:
            return self._find(low, True)
        except UnicodeEncodeError:
            return self._find(encodable(low), True)
