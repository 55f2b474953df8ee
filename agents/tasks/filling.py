"""Slots from a message: by entity, pattern, choice, list or as the text itself."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from agents.tasks import choosing
from agents.tasks.answers import any_of, bounded, spelled
from agents.tasks.declaration import Slot
from agents.tasks.heard import Heard
from agents.understanding.width import plain

Options = Callable[[Slot], Sequence[choosing.Option]]
"""What can be chosen from for a slot; empty before a tool has told it."""

_compiled = lru_cache(maxsize=512)(re.compile)
_any_of = lru_cache(maxsize=512)(any_of)
_NOT = ("不是", "不要", "not", "instead of", "rather than", "别")


class Wrong(ValueError):
    """An answer that is no valid value of its slot."""


def anywhere(slot: Slot, message: Heard, current: str) -> str:
    """The value that a message gives, whatever was asked: an entity of the slot's type, or one of its patterns."""
    values = message.entities.get(slot.type, ()) if slot.type else ()
    if values and slot.choices:
        known = {choice.value for choice in slot.choices}
        values = tuple(value for value in values if value in known)
    if values:
        return _meant(values, message.plain, current)
    return _by_pattern(slot, slot.always, message)


def _meant(values: Sequence[str], text: str, current: str) -> str:
    """Of several values the one that is not taken back: not A but B, B instead of A."""
    if len(values) == 1:
        return values[0]
    denied = {
        value
        for value in values
        for word in _NOT
        if re.search(f"{word}[^0-9a-z]{{0,8}}{re.escape(plain(value))}", text)
    }
    left = [value for value in values if value not in denied] or list(values)
    others = [value for value in left if value != current]
    return others[0] if others else left[0]


def _by_pattern(slot: Slot, patterns: Sequence[str], message: Heard) -> str:
    """The first pattern that is found; patterns are for plain text, placeholders keep their capitals."""
    for pattern in patterns:
        match = _compiled(pattern).search(plain(message.text)[: slot.longest + 200])
        if match:
            start, end = match.span(match.lastindex or 0)
            return _written(slot, message.text[start:end])
    return ""


def _written(slot: Slot, text: str) -> str:
    text = " ".join(text.split()).strip(" ,.;:，。；：、\"'“”")
    return text.upper() if slot.capitals else text


def chosen(slot: Slot, message: Heard, choices: Sequence[choosing.Option], current: str) -> str:
    """The value that an answer or a correction gives by the words of a choice, or out of a list."""
    if slot.choose and slot.choose.several and message.meaning.has("every") and choices:
        return choosing.every(choices)
    if choices:
        return choosing.chosen(choices, message, current)
    return "" if current and message.meaning.has("other") else _choice(slot, message)


def _choice(slot: Slot, message: Heard) -> str:
    """The choice by its words, the longest first."""
    words = [(word, choice.value) for choice in slot.choices for word in (*choice.zh, *choice.en)]
    for word, value in sorted(words, key=lambda named: -len(named[0])):
        if _compiled(bounded(re.escape(plain(word)))).search(message.plain):
            return value
    return ""


def answered(slot: Slot, message: Heard) -> str | None:
    """The value that an answer to the slot's own question gives; None for none, "" for a slot that is left empty.

    Raises Wrong where the answer is no valid value.
    """
    skip = _any_of(spelled(slot.skip))
    if skip and message.is_short and skip.search(message.plain):
        return ""
    value = _by_pattern(slot, slot.answer, message)
    if not value and slot.free and message.plain and not message.meaning.is_bare:
        value = _written(slot, message.text)
    if not value and slot.otherwise and message.plain and not message.asks:
        value = slot.otherwise
    return checked(slot, value) if value else None


def checked(slot: Slot, value: str) -> str:
    """The value, where it is valid. Raises Wrong."""
    value = value[: slot.longest]
    if len(value) < slot.shortest or (slot.valid and not _compiled(slot.valid).fullmatch(value)):
        raise Wrong(slot.name)
    return value
