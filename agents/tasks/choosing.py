"""Which entry of a list a customer means: the second one, the headphones, the one ending in 215, the other one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from agents.tasks.declaration import Choose
from agents.tasks.heard import Heard
from agents.tasks.template import Labels, filled
from agents.tasks.values import ENTRIES, dotted, found, holds, said
from agents.understanding import entities
from agents.understanding.width import plain
from schemas.messages import JsonValue

EVERY = ","
"""What stands between the values where several are chosen."""
_NAMES = ("product", "colour", "size")
_NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_FIRST = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NUMBERS |= {word: place for place, word in enumerate(_FIRST, 1)}
_NUMBERS |= {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_POSITION = re.compile(
    r"第\s?([0-9]{1,2}|[一二三四五六七八九十])|(?<![a-z])("
    + "|".join(_FIRST)
    + r")(?![a-z])|(?<![0-9a-z-])([0-9]{1,2})(?:st|nd|rd|th)(?![a-z])|^(?:选|要|no\.?|number|option|#)?\s?"
    r"([0-9]{1,2}|[一二两三四五]|one|two|three|four|five)(?:号|个|那个|吧|的)*$"
)
_DIGITS = re.compile(r"(?<![0-9])[0-9]{3,}(?![0-9])")
_WORDS = re.compile(r"[a-z]{3,}")


class Option(NamedTuple):
    """An entry that may be chosen: its value, how it is shown, and the names that customers use."""

    value: str
    shown: str
    names: str


def options(choose: Choose, known: Mapping[str, JsonValue], language: str, labels: Labels) -> tuple[Option, ...]:
    """The entries to choose from, the preferred ones alone where there are any."""
    listed = found(known, dotted(choose.among))
    entries = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list | tuple) else []
    if choose.newest:
        entries.sort(key=lambda entry: said(entry.get(choose.newest)), reverse=True)
    preferred = [entry for entry in entries if all(holds(condition, entry, 0) for condition in choose.prefer)]
    template = choose.shown.zh if language == "zh" else choose.shown.en
    return tuple(
        Option(value, filled(template, entry, language, labels), said(found(entry, dotted(choose.names))))
        for entry in (preferred or entries)[:ENTRIES]
        if (value := said(found(entry, (choose.value,))))
    )


def named(choices: Sequence[Option], message: Heard, hint: str = "") -> str:
    """The value of the one entry that the message names by product, colour or size; empty where it is not clear.

    ``hint`` is a product that was named before.
    """
    wanted = {(kind, value) for kind in _NAMES for value in message.entities.get(kind, ())}
    wanted |= {("product", hint)} if hint else set()
    scores = [(len(wanted & _named_in(option.names)), option.value) for option in choices] if wanted else []
    return _only(scores)


def chosen(choices: Sequence[Option], message: Heard, current: str = "") -> str:
    """The value of the entry that the message chooses: by value, number, position or name. Empty where none is clear.

    ``current`` is what was chosen before: "the other one" is what remains.
    """
    meaning, remaining = message.meaning, [option for option in choices if option.value != current]
    if meaning.has("other") and current and len(remaining) == 1:
        return remaining[0].value
    return (
        _by_value(choices, message.plain)
        or (_by_place(choices, message) if message.is_short else "")
        or named(choices, message)
        or _by_words(choices, message.plain)
    )


def every(choices: Sequence[Option]) -> str:
    """The values of all entries."""
    return EVERY.join(option.value for option in choices)


def _by_value(choices: Iterable[Option], text: str) -> str:
    whole = [option.value for option in choices if plain(option.value) in text]
    if len(whole) == 1:
        return whole[0]
    tails: list[str] = _DIGITS.findall(text)
    return _only([(sum(option.value.endswith(tail) for tail in tails), option.value) for option in choices])


def position(text: str) -> int | None:
    """The place in a list that a plain text names, from 1: 第二个, the second one, 2; None where it names none."""
    found = _POSITION.search(text)
    if not found:
        return None
    told = next(filter(None, found.groups()))
    return _NUMBERS.get(told) or (int(told) if told.isdecimal() else 0)


def _by_place(choices: Sequence[Option], message: Heard) -> str:
    place = position(message.plain)
    if place is not None:
        return choices[place - 1].value if 1 <= place <= len(choices) else ""
    if message.meaning.has("latest") and choices:
        return choices[0].value
    return choices[-1].value if message.meaning.has("last") and choices else ""


def _by_words(choices: Iterable[Option], text: str) -> str:
    """By words and pairs of characters that the name and the message share."""
    wanted = _pieces(text)
    return _only([(len(wanted & _pieces(plain(option.names))), option.value) for option in choices])


def _pieces(text: str) -> set[str]:
    pairs = {text[place : place + 2] for place in range(len(text) - 1)}
    return {pair for pair in pairs if all("\u3400" <= one <= "\u9fff" for one in pair)} | set(_WORDS.findall(text))


@lru_cache(1_000)
def _named_in(names: str) -> frozenset[tuple[str, str]]:
    return frozenset((entity.type, entity.value) for entity in entities.find(names, "zh") if entity.type in _NAMES)


def _only(scores: Sequence[tuple[int, str]]) -> str:
    """The value with the best score above 0, where no other has the same."""
    best = max((score for score, _ in scores), default=0)
    values = [value for score, value in scores if score == best]
    return values[0] if best and len(values) == 1 else ""
