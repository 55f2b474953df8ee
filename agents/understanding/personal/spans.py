"""Where personal data stands in a text."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from schemas.messages import Event

WALL = "\x00"
"""Stands in a readable text for each character that is claimed."""


class PersonalData(Event, frozen=True):
    """A span of personal data in the original text, in characters.

    ``type`` is phone, id_card, passport, permit, bank_card, email, address, ip_address, licence_plate, name or secret.
    """

    type: str
    start: int
    end: int


class Recogniser(NamedTuple):
    """``find`` reads a readable text and its small letters: spans in order that do not overlap.

    It finds nothing unless one of ``cues`` is among the small letters, or the text has a digit and one of
    ``cues_by_digit``, or it has a digit and ``needs_digit_only`` is set. ``is_done_at_once``: what it has found is
    a wall to itself already.
    """

    find: Callable[[str, str], Sequence[PersonalData]]
    cues: tuple[str, ...] = ()
    cues_by_digit: tuple[str, ...] = ()
    needs_digit_only: bool = False
    is_done_at_once: bool = False


def first_come(type_: str, spans: Iterable[tuple[int, int]]) -> list[PersonalData]:
    """``spans`` in order as personal data of ``type_``: of those that overlap the first, then the first given."""
    taken, end = list[PersonalData](), 0
    for start, stop in sorted(spans, key=lambda span: span[0]):
        if start >= end:
            end = stop
            taken.append(PersonalData(type_, start, stop))
    return taken
