"""Personal data in a text: where it stands, and the text with typed placeholders in its place.

Every recogniser reads a copy of the text that is folded to plain characters, one for one. What one has claimed is a
wall in that copy before the next one reads it, so that spans never overlap and masking twice changes nothing. One pass
of an automaton over all cues tells which recognisers can find anything: for most messages none.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from operator import attrgetter

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from agents.understanding.personal.addresses_en import ENGLISH_ADDRESSES
from agents.understanding.personal.addresses_zh import CHINESE_ADDRESSES
from agents.understanding.personal.documents import DOCUMENTS, PLATES
from agents.understanding.personal.names_en import ENGLISH_NAMES
from agents.understanding.personal.names_zh import CHINESE_NAMES
from agents.understanding.personal.network import EMAILS, IP_ADDRESSES
from agents.understanding.personal.placeholders import NOTHING, Masked, numbered
from agents.understanding.personal.readable import lowered, readable
from agents.understanding.personal.runs import NUMBERS
from agents.understanding.personal.secrets import SECRETS
from agents.understanding.personal.spans import WALL, PersonalData, Recogniser
from agents.understanding.width import blanked, encodable

__all__ = ["Masked", "PersonalData", "mask"]

_RECOGNISERS = (
    SECRETS, EMAILS, IP_ADDRESSES, PLATES, DOCUMENTS, NUMBERS, ENGLISH_ADDRESSES, ENGLISH_NAMES, CHINESE_ADDRESSES,
    CHINESE_NAMES,
)  # fmt: skip
"""In order of precedence. A set of them is a number: bit n stands for the n-th."""

_EVERY = (1 << len(_RECOGNISERS)) - 1
_ROUNDS = 8
"""Enough for what people write; the time stays linear whatever they write."""

_CUES = tuple(dict.fromkeys(cue for one in _RECOGNISERS for cue in (*one.cues, *one.cues_by_digit)))
_AUTOMATON = AhoCorasick(_CUES, matchkind=MatchKind.Standard, implementation=Implementation.DFA)
_DIGIT = re.compile("[0-9]")
_START = attrgetter("start")


def _those(of: Sequence[bool]) -> int:
    return sum(1 << place for place, is_in in enumerate(of) if is_in)


_BY_CUE = [_those([cue in one.cues for one in _RECOGNISERS]) for cue in _CUES]
_BY_CUE_AND_DIGIT = [_those([cue in (*one.cues, *one.cues_by_digit) for one in _RECOGNISERS]) for cue in _CUES]
_BY_DIGIT = _those([one.needs_digit_only for one in _RECOGNISERS])


def mask(text: str, known: Mapping[str, str] = NOTHING) -> Masked:
    """Find personal data in ``text`` and put ``[PHONE_1]``, ``[ID_CARD_1]``, ``[EMAIL_1]`` … in its place.

    ``known`` maps the placeholders of the conversation so far to their values: a value that is known keeps its
    placeholder, others count on. Keep ``known | masked.values`` for the next message. Any text will do.
    """
    found = _found(text)
    return numbered(text, found, known) if found else Masked(text)


def _found(text: str) -> list[PersonalData]:
    """Round after round: what is claimed in one may have hidden something else. The second seldom finds more."""
    found, shadow = list[PersonalData](), readable(text)
    low = lowered(shadow)
    due = touched = _touched(low)
    for turn in range(_ROUNDS):
        last = -1
        for place, one in _chosen(due):
            if new := one.find(shadow, low):
                last = place
                found += new
                if due >> place + 1 or touched & (_EVERY if turn else _before(place)):
                    shadow, low = _walled(shadow, new), _walled(low, new)
        if last < 0:
            break
        due = touched & (_EVERY if turn else _before(last))
        if not due:
            break
        touched = _touched(low)
        due &= touched
    return sorted(found, key=_START) if len(found) > 1 else found


def _touched(low: str) -> int:
    """The recognisers whose cues are in a text of small letters."""
    has_digit = _DIGIT.search(low) is not None
    by_cue, touched = (_BY_CUE_AND_DIGIT, _BY_DIGIT) if has_digit else (_BY_CUE, 0)
    try:
        cues = _AUTOMATON.find_matches_as_indexes(low, overlapping=True)
    except UnicodeEncodeError:
        cues = _AUTOMATON.find_matches_as_indexes(encodable(low), overlapping=True)
    for cue, _, _ in cues:
        touched |= by_cue[cue]
    return touched


@cache
def _before(last: int) -> int:
    """Those that have not seen, at the end of a whole round, what the ``last`` to find something has claimed."""
    return (1 << last if _RECOGNISERS[last].is_done_at_once else 2 << last) - 1


@cache
def _chosen(due: int) -> tuple[tuple[int, Recogniser], ...]:
    return tuple((place, one) for place, one in enumerate(_RECOGNISERS) if due >> place & 1)


def _walled(text: str, found: Sequence[PersonalData]) -> str:
    if len(found) == 1:
        (one,) = found
        return f"{text[: one.start]}{WALL * (one.end - one.start)}{text[one.end :]}"
    return blanked(text, ((data.start, data.end) for data in found))
