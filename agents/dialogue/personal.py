"""Personal data of a conversation: one numbering of placeholders, whoever masked, and what fills them in.

Channels send sealed values beside a masked text. What foreign producers wrote as it was is sealed here, with a key of
the installation's secret and the conversation alone, so that business systems can be told it; channels do not open it.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from agents.understanding.mask import PersonalData
from agents.understanding.personal.placeholders import type_of
from agents.understanding.personal.readable import PLACEHOLDER
from agents.understanding.vault import key_of, sealed
from schemas.messages import JsonValue, Sealed

MOST = 200
"""Placeholders that a conversation remembers, the newest; numbers go on beyond."""

Known = Mapping[str, Sealed]
Seal = Callable[[str, str], Sealed]
"""From type and value to the value, sealed."""


class Adopted(NamedTuple):
    """A text with the placeholders of its conversation, what is ``known`` of them now, and ``names`` by their start.

    A start is that of the value, or of its channel's placeholder, in the text as it came.
    """

    text: str
    known: Known
    names: Mapping[int, str] = {}


def adopted(text: str, found: Sequence[PersonalData], told: Known, known: Known, seal: Seal) -> Adopted:
    """``text`` with the placeholders of the conversation.

    ``found`` is the personal data in ``text``; ``told`` are the values of placeholders that its channel has put there.
    Other placeholders in it stay as they are.
    """
    if not found and not told:
        return Adopted(text, known)
    numbering, pieces, end, given = _Numbering(known, text, told), list[str](), 0, dict[int, str]()
    for start, stop, type_, one in _parts(text, found, told, seal):
        given[start] = numbering.of(type_, one)
        pieces += [text[end:start], given[start]]
        end = stop
    names = numbering.names
    kept = dict(islice(names.items(), max(len(names) - MOST, 0), None))
    return Adopted("".join([*pieces, text[end:]]), kept, given)


def answered(value: JsonValue, told: Known, known: Known) -> tuple[JsonValue, Known]:
    """What a tool answered with the placeholders of the conversation, and what is known of them now."""
    if isinstance(value, str):
        adopted_one = adopted(value, (), told, known, _unasked)
        return adopted_one.text, adopted_one.known
    if isinstance(value, dict):
        parts = dict[str, JsonValue]()
        for name, part in value.items():
            parts[name], known = answered(part, told, known)
        return parts, known
    if isinstance(value, list):
        entries = list[JsonValue]()
        for part in value:
            entry, known = answered(part, told, known)
            entries.append(entry)
        return entries, known
    return value, known


def _unasked(type_: str, value: str) -> Sealed:
    raise AssertionError("nothing is found in what is covered already")


def sealing(secret: bytes, conversation_id: str) -> Seal:
    """Seals what was found in a text that came unmasked."""

    def seal(type_: str, value: str) -> Sealed:
        name = f"[{type_.upper()}_1]"
        return sealed({name: value}, key_of(secret, "", conversation_id), conversation_id)[name]

    return seal


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


def _parts(text: str, found: Sequence[PersonalData], told: Known, seal: Seal) -> list[tuple[int, int, str, Sealed]]:
    """Where personal data or its placeholder stands, of which type, and how it is known; in order."""
    spans = [(*_span(one), one.type, seal(one.type, text[one.start : one.end])) for one in found]
    places = [place for place in PLACEHOLDER.finditer(text) if place[0] in told]
    return sorted(
        [*spans, *((*place.span(), type_of(place[0]), told[place[0]]) for place in places)], key=itemgetter(0)
    )


def _span(one: PersonalData) -> tuple[int, int]:
    return one.start, one.end
