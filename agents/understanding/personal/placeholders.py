"""Placeholders such as ``[PHONE_1]``: the same for the same value, however it is written, throughout a conversation."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from agents.understanding.personal.readable import PLACEHOLDER, readable
from agents.understanding.personal.spans import PersonalData

NOTHING: Mapping[str, str] = MappingProxyType({})


class Masked(NamedTuple):
    """``text`` with placeholders; ``found``, in order, with offsets into the original; ``values`` they stand for."""

    text: str
    found: tuple[PersonalData, ...] = ()
    values: Mapping[str, str] = NOTHING


def unmasked(text: str) -> Masked:
    """A text without personal data; its construction by name would take three times as long."""
    return _NEW(Masked, (text, (), NOTHING))


def numbered(text: str, found: Sequence[PersonalData], known: Mapping[str, str]) -> Masked:
    """``text`` with a placeholder for each span of ``found``: that of ``known`` for a known value, else a new one.

    A number that stands in ``text`` already is not given to another value.
    """
    is_plain = not known and "[" not in text
    if is_plain and len(found) == 1:
        (only,) = found
        start, end, placeholder = only.start, only.end, _FIRST[only.type]
        return _NEW(Masked, (f"{text[:start]}{placeholder}{text[end:]}", (only,), {placeholder: text[start:end]}))
    is_plain = is_plain and len({span.type for span in found}) == len(found)
    numbering = None if is_plain else _Numbering(known, text)
    masked, last = "", 0
    values: dict[str, str] = {}
    for span in found:
        start, end = span.start, span.end
        value = text[start:end]
        placeholder = numbering.of(span.type, value) if numbering else _FIRST[span.type]
        values.setdefault(placeholder, value)
        masked = f"{masked}{text[last:start]}{placeholder}"
        last = end
    return Masked(masked + text[last:], tuple(found), values)


class _First(dict[str, str]):
    """The placeholder of a type that is met once, in a text without history: there is nothing to compare it with."""

    def __missing__(self, type_: str) -> str:
        return self.setdefault(type_, f"[{type_.upper()}_1]")


_FIRST = _First()


def normalised(type_: str, value: str) -> str:
    """What is the same for all ways of writing one value: ``138 0013 8000`` and ``+86-13800138000`` are one."""
    return _NORMALISERS.get(type_, _letters_and_digits)(readable(value))


_NEW: Callable[[type[Masked], tuple[str, tuple[PersonalData, ...], Mapping[str, str]]], Masked] = tuple.__new__


class _Numbering:
    def __init__(self, known: Mapping[str, str], text: str) -> None:
        self._placeholders = {(type_of(name), normalised(type_of(name), value)): name for name, value in known.items()}
        self._last: dict[str, int] = {}
        told = (found[0] for found in PLACEHOLDER.finditer(text)) if "[" in text else ()
        for name in (*known, *told):
            number = int((PLACEHOLDER.fullmatch(name) or ("", "", ""))[2] or 0)
            self._last[type_of(name)] = max(number, self._last.get(type_of(name), 0))

    def of(self, type_: str, value: str) -> str:
        key = type_, normalised(type_, value)
        if key not in self._placeholders:
            self._last[type_] = self._last.get(type_, 0) + 1
            self._placeholders[key] = f"[{type_.upper()}_{self._last[type_]}]"
        return self._placeholders[key]


def type_of(placeholder: str) -> str:
    """The type of a placeholder, such as phone; empty where it is none."""
    found = PLACEHOLDER.fullmatch(placeholder)
    return found[1].lower() if found else ""


def _phone(value: str) -> str:
    digits = re.sub("[^0-9]", "", value).lstrip("0")
    if len(digits) > 10 and digits.startswith("86"):
        return digits[2:].lstrip("0")
    return digits[1:] if len(digits) == 11 and value.lstrip("( ").startswith("+1") else digits


def _letters_and_digits(value: str) -> str:
    return "".join(character for character in value.casefold() if character.isalnum())


_NORMALISERS: Mapping[str, Callable[[str], str]] = {
    "phone": _phone,
    "email": str.casefold,
    "ip_address": str.casefold,
    "secret": str,
}
