"""Where personal data stands in a text."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from schemas.messages import Event

WALL = "\x00"
"""Stands in a readable text for each character that is claimed."""

EDGE = "\x01"
"""Stands on both sides of a wall between two texts that are read as one."""

_BEGIN = itemgetter(0)


class PersonalData(Event, frozen=True):
    """A span of personal data in the original text, in characters.

    ``type`` is phone, id_card, passport, permit, bank_card, email, address, ip_address, licence_plate, name or secret.
    """

    type: str
    start: int
    end: int


Hit = tuple[int, int]
"""Where a cue begins, and its kind: what its recogniser looks for there."""

Cues = Mapping[str, int]
"""Words in small letters, each with its kind."""


class Recogniser(NamedTuple):
    """``find`` reads a readable text, its small letters and where its cues stand: spans in order without overlaps.

    It is asked only where one of ``cues`` is among the small letters; where the text has a digit, for one of
    ``cues_by_digit`` too. The two have no kind in common. ``sieve`` stands for cues in a text with digits, and is
    asked when it is the recogniser's turn. ``is_done_at_once``: what it has found is a wall to itself already.

    What ``find`` reads may be several texts, with edges and a wall between each two.
    """

    find: Callable[[str, str, Sequence[Hit]], Sequence[PersonalData]]
    cues: Cues = MappingProxyType({})
    cues_by_digit: Cues = MappingProxyType({})
    sieve: Callable[[str], list[Hit]] | None = None
    is_done_at_once: bool = False


def kinds(*of: Iterable[str]) -> dict[str, int]:
    """The cues of each of ``of``, whose kinds are 0, 1, 2 …"""
    return {cue: kind for kind, cues in enumerate(of) for cue in cues}


def standing(pattern: re.Pattern[str], text: str, hits: Iterable[Hit], kind: int) -> list[re.Match[str]]:
    """What ``pattern.finditer`` finds, for a pattern that begins with a cue of ``kind``: nothing else is looked at."""
    found: list[re.Match[str]] = []
    end = 0
    for start, of in hits:
        if of == kind and start >= end and (match := pattern.match(text, start)):
            found.append(match)
            end = match.end()
    return found


def around(low: str, at: int) -> tuple[int, int]:
    """Where the text that ``at`` is in begins and ends."""
    end = low.find(EDGE, at)
    return low.rfind(EDGE, 0, at) + 1, end if end >= 0 else len(low)


def in_texts_with(pattern: re.Pattern[str], text: str, low: str, places: Sequence[int]) -> list[int]:
    """Those of ``places``, in order, that are in a text in which ``pattern`` is found."""
    kept: list[int] = []
    end, is_found = 0, False
    for at in places:
        if at >= end:
            begin, end = around(low, at)
            is_found = pattern.search(text, begin, end) is not None
        if is_found:
            kept.append(at)
    return kept


def first_come(type_: str, spans: Sequence[tuple[int, int]]) -> list[PersonalData]:
    """``spans`` in order as personal data of ``type_``: of those that overlap the first, then the first given."""
    taken: list[PersonalData] = []
    end = 0
    for start, stop in sorted(spans, key=_BEGIN) if len(spans) > 1 else spans:
        if start >= end:
            end = stop
            taken.append(PersonalData(type_, start, stop))
    return taken
