"""What was found in a text, and which of two findings stays where they overlap."""

from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple


class Found(NamedTuple):
    """A value in a text: ``value`` is normalised, ``text`` is what stands at ``start`` to ``end`` (characters)."""

    type: str
    value: str
    start: int
    end: int
    text: str = ""


class Candidate(NamedTuple):
    """A finding before it is settled; a ``guess`` rests on words near it, not on its own form."""

    type: str
    value: str
    start: int
    end: int
    guess: bool = False


_SPECIFIC = (
    "tracking_number", "order_number", "amount", "time", "date", "size", "quantity", "address", "product", "colour",
    "reason",
)  # fmt: skip
_RANK = {entity_type: rank for rank, entity_type in enumerate(_SPECIFIC)}


def settled(candidates: list[Candidate], text: str) -> tuple[Found, ...]:
    """Candidates without overlaps, in order: those that are no guess first, then the longer, then the more specific.

    Of two that are alike in all of that, the one further left stays.
    """
    candidates.sort(key=_place)
    if any(later.start < earlier.end for earlier, later in pairwise(candidates)):
        candidates = _disjoint(candidates)
    return tuple(Found(kind, value, start, end, text[start:end]) for kind, value, start, end, _ in candidates)


def _disjoint(candidates: list[Candidate]) -> list[Candidate]:
    taken: set[int] = set()
    kept = []
    for candidate in sorted(candidates, key=_precedence):
        places = range(candidate.start, candidate.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(candidate)
    kept.sort(key=_place)
    return kept


def _precedence(candidate: Candidate) -> tuple[bool, int, int, int]:
    kind, _, start, end, guess = candidate
    return guess, start - end, _RANK[kind], start


_place = itemgetter(2)
