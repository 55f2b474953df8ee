"""Personal data in a text: where it stands, and the text with typed placeholders in its place.

Every recogniser reads a copy of the text that is folded to plain characters, one for one. What one has claimed is a
wall in that copy before the next one reads it, so that spans never overlap and masking twice changes nothing. One pass
of an automaton over all cues tells which recognisers can find anything, and where: for most messages none.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import attrgetter

from agents.understanding.personal.addresses_en import ENGLISH_ADDRESSES
from agents.understanding.personal.addresses_zh import CHINESE_ADDRESSES
from agents.understanding.personal.cues import EVERY, CueFinder
from agents.understanding.personal.documents import DOCUMENTS, PLATES
from agents.understanding.personal.names_en import ENGLISH_NAMES
from agents.understanding.personal.names_zh import CHINESE_NAMES
from agents.understanding.personal.network import EMAILS, IP_ADDRESSES
from agents.understanding.personal.placeholders import NOTHING, Masked, numbered, unmasked
from agents.understanding.personal.readable import FOLDED, lowered, readable
from agents.understanding.personal.runs import NUMBERS
from agents.understanding.personal.secrets import SECRETS
from agents.understanding.personal.spans import EDGE, WALL, Hit, PersonalData

__all__ = ["Masked", "PersonalData", "mask", "mask_all"]

_RECOGNISERS = (
    SECRETS, EMAILS, IP_ADDRESSES, PLATES, DOCUMENTS, NUMBERS, ENGLISH_ADDRESSES, ENGLISH_NAMES, CHINESE_ADDRESSES,
    CHINESE_NAMES,
)  # fmt: skip
"""In order of precedence."""

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
    shadow, low = text, lowered(text)
    due = _CUES.due(low, _CUES.cues(low), is_readable=False)
    if due is None:
        shadow = readable(text)
        low = lowered(shadow)
        due = _CUES.due(low, _CUES.cues(low), is_readable=True)
    found = _claimed(shadow, low, due) if due else None
    return numbered(text, found, known) if found else unmasked(text)


def mask_all(texts: Sequence[str]) -> list[Masked]:
    """What ``mask`` makes of each of ``texts``, of different conversations: they are read as one, in less time."""
    shadows = list(texts)
    low = _small(texts)
    starts = list(accumulate((len(text) + len(_BETWEEN) for text in texts), initial=0))
    cues = _CUES.cues(low)
    due = _CUES.due(low, cues, is_readable=False)
    if due is None:
        for which in {bisect_right(starts, at) - 1 for at in _CUES.unreadable(cues)}:
            shadows[which] = readable(texts[which])
        low = _small(shadows)
        due = _CUES.due(low, _CUES.cues(low), is_readable=True)
    found: dict[int, list[PersonalData]] = {}
    for data in _claimed(_BETWEEN.join(shadows), low, due) if due else ():
        which = bisect_right(starts, data.start) - 1
        start = starts[which]
        one = PersonalData(data.type, data.start - start, data.end - start)
        if which in found:
            found[which].append(one)
        else:
            found[which] = [one]
    return [
        numbered(text, found[which], NOTHING) if which in found else unmasked(text) for which, text in enumerate(texts)
    ]


def _small(texts: Sequence[str]) -> str:
    joined = _BETWEEN.join(texts)
    low = joined.lower()
    return low if len(low) == len(joined) else _BETWEEN.join(map(lowered, texts))


def _claimed(shadow: str, low: str, due: dict[int, list[Hit]]) -> list[PersonalData]:
    """Round after round: what is claimed in one may have hidden something else. The second seldom finds more."""
    found: list[PersonalData] = []
    until = EVERY
    for turn in range(_ROUNDS):
        places, last = sorted(due) if len(due) > 1 else list(due), -1
        for place in places:
            hits, sieve = due[place], _SIEVES[place]
            if sieve and (last >= 0 or not turn):
                hits = due[place] = sieve(low)
            if hits and (new := _FIND[place](shadow, low, hits)):
                last = place
                found += new
                if not sieve:
                    due[place] = _unspent(low, hits, new)
                if place != places[-1] or _is_any_due(due, until if turn else _UNREAD[place]):
                    shadow, low = _walled(shadow, low, new)
        if last < 0:
            break
        until = EVERY if turn else _UNREAD[last]
        if not _is_any_due(due, until):
            break
        due = _CUES.due_again(low, due, until)
        if not due:
            break
    return sorted(found, key=_START) if len(found) > 1 else found


def _is_any_due(due: Mapping[int, Sequence[Hit]], until: int) -> bool:
    for place in due:  # noqa: SIM110 - a generator takes three times as long
        if place < until and due[place]:
            return True
    return False


def _unspent(low: str, hits: Sequence[Hit], found: Sequence[PersonalData]) -> list[Hit]:
    """Without the last before each that is found, in its text: a cue announces one thing."""
    if len(hits) == 1:
        return [] if hits[0][0] <= found[0].start else list(hits)
    starts = [start for start, _ in hits]
    spent = set()
    for one in found:
        which = bisect_right(starts, one.start) - 1
        if which >= 0 and low.find(EDGE, starts[which], one.start) < 0:
            spent.add(which)
    return [hit for which, hit in enumerate(hits) if which not in spent]


def _walled(shadow: str, low: str, found: Sequence[PersonalData]) -> tuple[str, str]:
    """Both with walls in place of what is ``found``."""
    if len(found) == 1:
        (one,) = found
        start, end = one.start, one.end
        wall = WALL * (end - start)
        return f"{shadow[:start]}{wall}{shadow[end:]}", f"{low[:start]}{wall}{low[end:]}"
    pieces: list[str] = []
    low_pieces: list[str] = []
    last = 0
    for one in found:
        start, end = one.start, one.end
        wall = WALL * (end - start)
        pieces += (shadow[last:start], wall)
        low_pieces += (low[last:start], wall)
        last = end
    return f"{''.join(pieces)}{shadow[last:]}", f"{''.join(low_pieces)}{low[last:]}"
