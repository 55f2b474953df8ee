"""Runs of digits, grouped anyhow: identity cards, bank cards and telephone numbers, by their check digits and plans."""

import re
from collections.abc import Sequence

from agents.understanding.numbers import is_bank_card, is_id_card, is_old_id_card
from agents.understanding.personal.context import before, is_something_else
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


def _find(text: str, low: str) -> Sequence[PersonalData]:
    """Each run is read at the beginning of each of its groups, from left to right."""
    claimed, since = list[PersonalData](), 0
    for run in _RUN.finditer(text):
        begin, stop = run.span()
        leads = True
        for group in _GROUP.finditer(text, begin, stop):
            start = group.start()
            if start < since or stop - start < _SHORTEST:
                continue
            found = _at(text, start, stop, since, leads)
            leads = found is not None
            if found:
                since = found.end
                claimed.append(found)
    return claimed


def _at(text: str, start: int, stop: int, since: int, leads: bool) -> PersonalData | None:
    """What a group that begins at ``start``, in a run until ``stop``, is; what stands before ``since`` is claimed.

    ``leads``: it is the first of its run, or follows what is claimed.
    """
    if not leads and _HYPHENATED.search(text, start - 2, start):
        return None
    type_, end = "id_card", _id_card(text, start, since) if stop - start > 14 else 0
    if not end and stop - start > 13:
        type_, end = "bank_card", _bank_card(text, start)
    if not end:
        type_, end = "phone", phone_at(text, start, since if leads else None)
    if not end or is_something_else(text, start, end, since) or (not leads and _is_a_middle(text, start, end)):
        return None
    return PersonalData(type_, start, end)


def _id_card(text: str, start: int, since: int) -> int:
    found = _ID_CARD.match(text, start)
    if found and is_id_card(found[0].translate(_SEPARATORS).upper()):
        return found.end()
    old = _OLD_ID_CARD.match(text, start)
    if not (old and is_old_id_card(old[0])):
        return 0
    return old.end() if _SAYS_ID_CARD.search(before(text, start, since)) else 0


def _bank_card(text: str, start: int) -> int:
    """The longest card number that ends where a group ends."""
    found = _BANK_CARD.match(text, start)
    candidate = found[0] if found else ""
    while candidate:
        if is_bank_card(candidate.translate(_SEPARATORS)):
            return start + len(candidate)
        candidate = candidate[: max(candidate.rfind(" "), candidate.rfind("-"), candidate.rfind("."), 0)].rstrip(" .-")
    return 0


def _is_a_middle(text: str, start: int, end: int) -> bool:
    """Whether a group of four follows: then this, after other groups, is a part of a longer number."""
    return not text[start:end].isdigit() and bool(_MORE_DIGITS.match(text, end))


NUMBERS = Recogniser(_find, needs_digit_only=True, is_done_at_once=True)
