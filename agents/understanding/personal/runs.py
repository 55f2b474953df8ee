"""Runs of digits, grouped anyhow: identity cards, bank cards and telephone numbers, by their check digits and plans."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from agents.understanding.numbers import is_bank_card, is_id_card, is_old_id_card
from agents.understanding.personal.context import before, is_something_else, says_phone
from agents.understanding.personal.phones import phone_at
from agents.understanding.personal.spans import PersonalData, Recogniser

_RUN = re.compile(r"[+(]{0,2}[0-9](?:[ ().+-]{0,3}[0-9]){6,}")
_GROUP = re.compile(r"[+(]{0,2}(?<![0-9])[0-9]+")
_ID_CARD = re.compile(r"[1-9](?:[ .-]{0,3}[0-9]){16}[ .-]{0,3}[0-9Xx](?![0-9])")
_OLD_ID_CARD = re.compile(r"[1-9][0-9]{14}(?![0-9])")
_BANK_CARD = re.compile(r"[2-69](?:[ .-]{0,3}[0-9]){13,18}(?![0-9])")
_SHORTEST = 7
_SEPARATORS = str.maketrans("", "", " .-")
_SAYS_ID_CARD = re.compile(r"身份证|身分證|證件|证件|id card|identity|citizen id")
_HYPHENATED = re.compile("[0-9]-")
_MORE_DIGITS = re.compile(r"[ -][0-9]{4}(?![0-9])")


class _Place(NamedTuple):
    """A group that begins at ``start``, in a run until ``stop``; what stands before ``since`` is claimed.

    ``leads``: it is the first of its run, or follows what is claimed.
    """

    text: str
    start: int
    stop: int
    since: int
    leads: bool


def _find(text: str, low: str) -> Sequence[PersonalData]:
    return list(_read(text))


def _read(text: str) -> Iterator[PersonalData]:
    """Each run is read at the beginning of each of its groups, from left to right."""
    since = 0
    for run in _RUN.finditer(text):
        leads = True
        for group in _GROUP.finditer(text, run.start(), run.end()):
            if group.start() < since or run.end() - group.start() < _SHORTEST:
                continue
            found = _at(_Place(text, group.start(), run.end(), since, leads))
            leads = found is not None
            if found:
                since = found.end
                yield found


def _at(place: _Place) -> PersonalData | None:
    text, start, stop, since, leads = place
    if not leads and _HYPHENATED.search(text, start - 2, start):
        return None
    type_, end = "id_card", _id_card(place) if stop - start > 14 else 0
    if not end and stop - start > 13:
        type_, end = "bank_card", _bank_card(text, start)
    if not end:
        type_, end = "phone", phone_at(text, start, partial(says_phone, text, start, since) if leads else _never)
    if not end or is_something_else(text, start, end, since) or (not leads and _is_a_middle(text, start, end)):
        return None
    return PersonalData(type_, start, end)


def _id_card(place: _Place) -> int:
    found = _ID_CARD.match(place.text, place.start)
    if found and is_id_card(found[0].translate(_SEPARATORS).upper()):
        return found.end()
    old = _OLD_ID_CARD.match(place.text, place.start)
    if not (old and is_old_id_card(old[0])):
        return 0
    return old.end() if _SAYS_ID_CARD.search(before(place.text, place.start, place.since)) else 0


def _bank_card(text: str, start: int) -> int:
    """The longest card number that ends where a group ends."""
    found = _BANK_CARD.match(text, start)
    candidate = found[0] if found else ""
    while candidate:
        if is_bank_card(candidate.translate(_SEPARATORS)):
            return start + len(candidate)
        candidate = candidate[: max(candidate.rfind(" "), candidate.rfind("-"), candidate.rfind("."), 0)].rstrip(" .-")
    return 0


def _never() -> bool:
    return False


def _is_a_middle(text: str, start: int, end: int) -> bool:
    """Whether a group of four follows: then this, after other groups, is a part of a longer number."""
    return not text[start:end].isdigit() and bool(_MORE_DIGITS.match(text, end))


NUMBERS = Recogniser(_find, needs_digit_only=True, is_done_at_once=True)
