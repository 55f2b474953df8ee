"""Where the cues of all recognisers stand in a text: found in one pass, so that most texts are read no further."""

import re
from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from agents.understanding.personal.spans import EDGE, WALL, Hit, Recogniser, around
from agents.understanding.width import encodable

Due = Mapping[int, list[Hit]]
"""By the place of a recogniser, in order of precedence: where its cues stand, from left to right."""

Cue = tuple[int, int, int]
"""Its number, where it begins and where it ends."""

EVERY = 1 << 16
"""More recognisers than there are."""

_DIGIT = re.compile("[0-9]")


class CueFinder:
    """Finds the cues of ``recognisers``, and ``unreadable`` ones, in the small letters of a text or of several."""

    def __init__(self, recognisers: Sequence[Recogniser], unreadable: Sequence[str]) -> None:
        self._unreadable = len(unreadable)
        words, self._meanings = list(unreadable), [(0, 0, False)] * len(unreadable)
        for place, one in enumerate(recognisers):
            for cues, by_digit in ((one.cues, False), (one.cues_by_digit, True)):
                words += cues
                self._meanings += [(place, kind, by_digit) for kind in cues.values()]
        self._by_digit = {(place, kind) for place, kind, by_digit in self._meanings if by_digit}
        self._sieved = [place for place, one in enumerate(recognisers) if one.sieve]
        automaton = AhoCorasick(words, matchkind=MatchKind.Standard, implementation=Implementation.DFA)
        self._find = automaton.find_matches_as_indexes

    def cues(self, low: str) -> list[Cue]:
        """In the order in which they end."""
        try:
            return self._find(low, True)
        except UnicodeEncodeError:
            return self._find(encodable(low), True)

    def unreadable(self, cues: Sequence[Cue]) -> list[int]:
        """Where the unreadable ones of ``cues`` begin."""
        most = self._unreadable
        return [start for cue, start, _ in cues if cue < most]

    def due(self, low: str, cues: Sequence[Cue], *, is_readable: bool) -> dict[int, list[Hit]] | None:
        """The recognisers that may find something, and where; none is told yet for those with a sieve.

        None where an unreadable cue stands in what is not known to be readable.
        """
        due: dict[int, list[Hit]] = {}
        has_digit = is_digit_near = _DIGIT.search(low) is not None
        end, most, meanings = 0 if EDGE in low else len(low) + 1, self._unreadable, self._meanings
        for cue, start, _ in cues:
            if cue < most:
                if is_readable:
                    continue
                return None
            place, kind, by_digit = meanings[cue]
            if by_digit:
                if start >= end:
                    begin, end = around(low, start)
                    is_digit_near = has_digit and _DIGIT.search(low, begin, end) is not None
                if not is_digit_near:
                    continue
            if place in due:
                due[place].append((start, kind))
            else:
                due[place] = [(start, kind)]
        for hits in due.values():
            if len(hits) > 1:
                hits.sort()
        if has_digit:
            for place in self._sieved:
                due[place] = []
        return due

    def due_again(self, low: str, before: Due, until: int) -> dict[int, list[Hit]]:
        """What is still due of ``before``, of the first ``until`` recognisers, in texts with a wall in them."""
        due: dict[int, list[Hit]] = {}
        for place, hits in before.items():
            if hits and place < until and (left := self._left(low, place, hits)):
                due[place] = left
        return due

    def _left(self, low: str, place: int, hits: Sequence[Hit]) -> list[Hit]:
        left: list[Hit] = []
        end, by_digit, is_walled, has_digit = 0, self._by_digit, False, False
        for hit in hits:
            start, kind = hit
            if low[start] == WALL:
                continue
            if start >= end:
                begin, end = around(low, start)
                is_walled = low.find(WALL, begin, end) >= 0
                has_digit = is_walled and _DIGIT.search(low, begin, end) is not None
            if is_walled and (has_digit or (place, kind) not in by_digit):
                left.append(hit)
        return left
