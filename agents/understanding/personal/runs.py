"""Runs of digits, grouped anyhow: identity cards, bank cards and telephone numbers, by their check digits and plans."""

import re
from collections.abc import Sequence

from agents.understanding.numbers import is_bank_card, is_id_card, is_old_id_card
from agents.understanding.personal.context import before, is_something_else
from agents.understanding.personal.phones import phone_at, solid_phone_at
from agents.understanding.personal.spans import Hit, PersonalData, Recogniser

_SIEVE = re.compile("[0-9](?:[0-9]{6,}(?![ ().+-]{0,3}[0-9])()|(?=[0-9 ().+-]{5,23}[0-9])[0-9]*)")
"""A group of digits that begins a run looks like this, and most texts have no such thing. The empty group tells that
no other digits are near."""
_RUN = re.compile(r"[+(]{0,2}[0-9](?:[ ().+-]{0,3}[0-9]){6,}")
_GROUP = re.compile(r"[+(]{0,2}(?<![0-9])[0-9]+")
_ID_CARD = re.compile(r"[1-9](?:[ .-]{0,3}[0-9]){16}[ .-]{0,3}[0-9x](?![0-9])")
_OLD_ID_CARD = re.compile(r"[1-9][0-9]{14}(?![0-9])")
_BANK_CARD = re.compile(r"[2-69](?:[ .-]{0,3}[0-9]){13,18}(?![0-9])")
_SHORTEST = 7
_SHORTEST_CARD = 14
_LONGEST_CARD = 19
_ID_CARD_SIZE = 18
_OTHER_ID_CARD_SIZES = (15, 17)
"""Those issued until 1999, and those that end in X."""
_SEPARATORS = str.maketrans("", "", " .-")
_SAYS_ID_CARD = re.compile(r"身份证|身分證|證件|证件|id card|identity|citizen id")
_HYPHENATED = re.compile("[0-9]-")
_MORE_DIGITS = re.compile(r"[ -][0-9]{4}(?![0-9])")


def _find(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    """Each run is read at the beginning of each of its groups, from left to right."""
    claimed: list[PersonalData] = []
    done = since = 0
    for start, end in hits:
        if start < done:
            continue
        if end:
            done, found = end, _solid(text, low, (start, end), since)
            if found:
                since = found.end
                claimed.append(found)
            continue
        run = _RUN.match(low, start - _signs(low, start))
        if not run:
            continue
        done = run.end()
        if several := _grouped(text, low, run.span(), since):
            since = several[-1].end
            claimed += several
    return claimed


def _signs(low: str, start: int) -> int:
    """How many of + and ( stand before a number, at most two."""
    if not start or low[start - 1] not in "+(":
        return 0
    return 2 if start > 1 and low[start - 2] in "+(" else 1


def _runs(low: str) -> list[Hit]:
    """Where runs may begin, and where they end if they are of digits only, or else 0."""
    found, end, most = [], 0, len(low) - _SHORTEST
    while end <= most and (sieved := _SIEVE.search(low, end)):
        begin, end = sieved.span()
        found.append((begin, end if sieved.lastindex and not _signs(low, begin) else 0))
    return found


def _solid(text: str, low: str, run: tuple[int, int], since: int) -> PersonalData | None:
    """What digits with nothing between them are."""
    start, stop = run
    size, type_, end = stop - start, "", 0
    if size >= _SHORTEST_CARD:
        type_, end = _solid_card(low, start, stop, since)
    if not end:
        type_, end = "phone", solid_phone_at(low, start, size, since)
    if not end or is_something_else(text, low, (start, end), since):
        return None
    return PersonalData(type_, start, end)


def _solid_card(low: str, start: int, stop: int, since: int) -> tuple[str, int]:
    """As ``_card``, for digits with nothing between them."""
    size = stop - start
    if size == _ID_CARD_SIZE and is_id_card(low[start:stop]):
        return "id_card", stop
    if size in _OTHER_ID_CARD_SIZES and (end := _id_card(low, start, since)):
        return "id_card", end
    return "bank_card", stop if size <= _LONGEST_CARD and is_bank_card(low[start:stop]) else 0


def _grouped(text: str, low: str, run: tuple[int, int], since: int) -> list[PersonalData]:
    begin, stop = run
    found = _at(text, low, run, since, True)
    if not found:
        return _groups_after(text, low, run, since, False)
    if stop - found.end < _SHORTEST:
        return [found]
    return [found, *_groups_after(text, low, (begin, stop), found.end, True)]


def _groups_after(text: str, low: str, run: tuple[int, int], since: int, leads: bool) -> list[PersonalData]:
    claimed: list[PersonalData] = []
    begin, stop = run
    for group in _GROUP.finditer(low, begin, stop):
        start = group.start()
        if start == begin or start < since:
            continue
        if stop - start < _SHORTEST:
            break
        found = _at(text, low, (start, stop), since, leads)
        leads = found is not None
        if found:
            since = found.end
            claimed.append(found)
    return claimed


def _at(text: str, low: str, span: tuple[int, int], since: int, leads: bool) -> PersonalData | None:
    """What a group that begins a ``span``, of a run to its end, is; what stands before ``since`` is claimed.

    ``leads``: it is the first of its run, or follows what is claimed.
    """
    start, stop = span
    if not leads and _HYPHENATED.search(low, start - 2, start):
        return None
    type_, end = "", 0
    if stop - start >= _SHORTEST_CARD and low[start] not in "+(":
        type_, end = _card(low, start, stop, since)
    if not end:
        type_, end = "phone", phone_at(low, start, since if leads else None)
    if not end or is_something_else(text, low, (start, end), since) or (not leads and _is_a_middle(low, start, end)):
        return None
    return PersonalData(type_, start, end)


def _card(low: str, start: int, stop: int, since: int) -> tuple[str, int]:
    """An identity card or a bank card of up to all characters until ``stop``, and where it ends, or 0."""
    if stop - start > _SHORTEST_CARD and (end := _id_card(low, start, since)):
        return "id_card", end
    return "bank_card", _bank_card(low, start)


def _id_card(low: str, start: int, since: int) -> int:
    found = _ID_CARD.match(low, start)
    if found and is_id_card(found[0].translate(_SEPARATORS).upper()):
        return found.end()
    old = _OLD_ID_CARD.match(low, start)
    if not (old and is_old_id_card(old[0])):
        return 0
    return old.end() if _SAYS_ID_CARD.search(before(low, start, since)) else 0


def _bank_card(low: str, start: int) -> int:
    """The longest card number that ends where a group ends."""
    found = _BANK_CARD.match(low, start)
    candidate = found[0] if found else ""
    while candidate:
        if is_bank_card(candidate.translate(_SEPARATORS)):
            return start + len(candidate)
        candidate = candidate[: max(candidate.rfind(" "), candidate.rfind("-"), candidate.rfind("."), 0)].rstrip(" .-")
    return 0


def _is_a_middle(low: str, start: int, end: int) -> bool:
    """Whether a group of four follows: then this, after other groups, is a part of a longer number."""
    return not low[start:end].isdigit() and bool(_MORE_DIGITS.match(low, end))


NUMBERS = Recogniser(_find, sieve=_runs, is_done_at_once=True)
