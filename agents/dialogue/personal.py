"""Personal data of a conversation: one numbering of placeholders, whoever masked, and what fills them in.

The dialogue never reads a value. Channels send sealed values beside a masked text; what foreign producers wrote as it
was is marked here, so that it keeps its placeholder, but nothing can fill it in again.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from operator import itemgetter

from agents.understanding.mask import PersonalData
from agents.understanding.personal.placeholders import type_of
from agents.understanding.personal.readable import PLACEHOLDER
from schemas.messages import Sealed

MOST = 200
"""Placeholders that a conversation remembers, the newest; numbers go on beyond."""

Known = Mapping[str, Sealed]
Mark = Callable[[str, str], str]
"""From type and value to what is the same for all ways of writing it."""


def adopted(text: str, found: Sequence[PersonalData], told: Known, known: Known, mark: Mark) -> tuple[str, Known]:
    """``text`` with the placeholders of the conversation, and what is known of them now.

    ``found`` is the personal data in ``text``; ``told`` are the values of placeholders that its channel has put there.
    Other placeholders in it stay as they are.
    """
    if not found and not told:
        return text, known
    numbering, pieces, end = _Numbering(known, text, told), list[str](), 0
    for start, stop, type_, one in _parts(text, found, told, mark):
        pieces += [text[end:start], numbering.of(type_, one)]
        end = stop
    names = numbering.names
    return "".join([*pieces, text[end:]]), dict(islice(names.items(), max(len(names) - MOST, 0), None))


def said(text: str, known: Known) -> dict[str, Sealed]:
    """The sealed values of the placeholders in ``text``: what its channel needs to fill them in."""
    if "[" not in text or not known:
        return {}
    names = dict.fromkeys(found[0] for found in PLACEHOLDER.finditer(text))
    return {name: known[name] for name in names if name in known and known[name].box}


class _Numbering:
    def __init__(self, known: Known, text: str, told: Known) -> None:
        self.names = dict(known)
        self._by_mark = {(type_of(name), one.mark): name for name, one in known.items()}
        others = (found[0] for found in PLACEHOLDER.finditer(text) if found[0] not in told)
        self._last: dict[str, int] = {}
        for name in (*known, *others):
            number = int((PLACEHOLDER.fullmatch(name) or ("", "", ""))[2] or 0)
            self._last[type_of(name)] = max(number, self._last.get(type_of(name), 0))

    def of(self, type_: str, one: Sealed) -> str:
        name = self._by_mark.get((type_, one.mark))
        if name is None:
            self._last[type_] = self._last.get(type_, 0) + 1
            name = self._by_mark[type_, one.mark] = f"[{type_.upper()}_{self._last[type_]}]"
            self.names[name] = one
        elif one.box and not self.names[name].box:
            self.names[name] = one
        return name


def _parts(text: str, found: Sequence[PersonalData], told: Known, mark: Mark) -> list[tuple[int, int, str, Sealed]]:
    """Where personal data or its placeholder stands, of which type, and how it is known; in order."""
    spans = [(*_span(one), one.type, Sealed(mark=mark(one.type, text[one.start : one.end]))) for one in found]
    places = [place for place in PLACEHOLDER.finditer(text) if place[0] in told]
    return sorted(
        [*spans, *((*place.span(), type_of(place[0]), told[place[0]]) for place in places)], key=itemgetter(0)
    )


def _span(one: PersonalData) -> tuple[int, int]:
    return one.start, one.end
