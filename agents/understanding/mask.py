"""Personal data in a text: where it stands, and the text with typed placeholders in its place.

Every recogniser reads a copy of the text that is folded to plain characters, one for one. What one has claimed is a
wall in that copy before the next one reads it, so that spans never overlap and masking twice changes nothing. One pass
of an automaton over all cues tells which recognisers can find anything, and where: for most messages none.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import attrgetter

from agents.understanding.personal.addresses_en import ENGLISH_ADDRESSES
from agents.understanding.personal.addresses_zh import CHINESE_ADDRESSES
from agents.understanding.personal.cues import EVERY, UNREADABLE, CueFinder, Due
from agents.understanding.personal.documents import DOCUMENTS, PLATES
from agents.understanding.personal.names_en import ENGLISH_NAMES
from agents.understanding.personal.names_zh import CHINESE_NAMES
from agents.understanding.personal.network import EMAILS, IP_ADDRESSES
from agents.understanding.personal.placeholders import NOTHING, Masked, numbered
from agents.understanding.personal.readable import FOLDED, lowered, readable
from agents.understanding.personal.runs import NUMBERS
from agents.understanding.personal.secrets import SECRETS
from agents.understanding.personal.spans import EDGE, WALL, PersonalData
from agents.understanding.width import blanked

__all__ = ["Masked", "PersonalData", "mask", "mask_all"]

_RECOGNISERS = (
    SECRETS, EMAILS, IP_ADDRESSES, PLATES, DOCUMENTS, NUMBERS, ENGLISH_ADDRESSES, ENGLISH_NAMES, CHINESE_ADDRESSES,
    CHINESE_NAMES,
)  # fmt: skip
"""In order of precedence. A set of them is a number: bit n stands for the n-th."""

_ROUNDS = 8
"""Enough for what people write; the time stays linear whatever they write."""

_FIND = [one.find for one in _RECOGNISERS]
_SIEVES = [one.sieve for one in _RECOGNISERS]
_UNREAD = [place if one.is_done_at_once else place + 1 for place, one in enumerate(_RECOGNISERS)]
"""By the last to find something: how many have not seen, at the end of a whole round, what it has claimed."""

_CUES = CueFinder(_RECOGNISERS, FOLDED)
_BETWEEN = EDGE + WALL + EDGE
_START = attrgetter("start")


def mask(text: str, known: Mapping[str, str] = NOTHING) -> Masked:
    """Find personal data in ``text`` and put ``[PHONE_1]``, ``[ID_CARD_1]``, ``[EMAIL_1]`` … in its place.

    ``known`` maps the placeholders of the conversation so far to their values: a value that is known keeps its
    placeholder, others count on. Keep ``known | masked.values`` for the next message. Any text will do.
    """
    low = lowered(text)
    due = _CUES.due(low)
    if not due:
        return Masked(text)
    shadow = text
    if UNREADABLE in due:
        shadow = readable(text)
        low = lowered(shadow)
        due = _CUES.due(low)
        due.pop(UNREADABLE, None)
    found = _claimed(shadow, low, due)
    return numbered(text, found, known) if found else Masked(text)


def mask_all(texts: Sequence[str]) -> list[Masked]:
    """What ``mask`` makes of each of ``texts``, of different conversations: they are read as one, in half the time."""
    shadows = list(texts)
    low = _joined(map(lowered, texts))
    starts = list(accumulate((len(text) + len(_BETWEEN) for text in texts), initial=0))
    due = _CUES.due(low)
    if UNREADABLE in due:
        for which in {bisect_right(starts, at) - 1 for at, _ in due[UNREADABLE]}:
            shadows[which] = readable(texts[which])
        low = _joined(map(lowered, shadows))
        due = _CUES.due(low)
        due.pop(UNREADABLE, None)
    found: list[list[PersonalData]] = [[] for _ in texts]
    for data in _claimed(_joined(shadows), low, due) if due else ():
        which = bisect_right(starts, data.start) - 1
        start = starts[which]
        found[which].append(PersonalData(data.type, data.start - start, data.end - start))
    return [numbered(text, one, NOTHING) if one else Masked(text) for text, one in zip(texts, found, strict=True)]


def _joined(texts: Iterable[str]) -> str:
    return _BETWEEN.join(texts)


def _claimed(shadow: str, low: str, due: Due) -> list[PersonalData]:
    """Round after round: what is claimed in one may have hidden something else. The second seldom finds more."""
    found: list[PersonalData] = []
    for turn in range(_ROUNDS):
        places, last = sorted(due), -1
        for place in places:
            hits = due[place]
            if last >= 0 and (sieve := _SIEVES[place]):
                hits = sieve(low, 0)
            if hits and (new := _FIND[place](shadow, low, hits)):
                last, until = place, EVERY if turn else _UNREAD[place]
                found += new
                if place != places[-1] or places[0] < until:
                    shadow, low = _walled(shadow, new), _walled(low, new)
        if last < 0 or places[0] >= until:
            break
        due = _CUES.due_again(low, due, until)
        if not due:
            break
    return sorted(found, key=_START) if len(found) > 1 else found


def _walled(text: str, found: Sequence[PersonalData]) -> str:
    if len(found) == 1:
        (one,) = found
        return f"{text[: one.start]}{WALL * (one.end - one.start)}{text[one.end :]}"
    return blanked(text, ((data.start, data.end) for data in found))
