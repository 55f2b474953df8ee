"""What a tool answered, made plain: bounded data without control characters. It is data, never an instruction."""

import math
import re
from collections.abc import Callable, Mapping

import msgspec

from schemas.errors import Rejected
from schemas.messages import JsonValue

DEEPEST, MOST, LONGEST, LARGEST = 8, 2_000, 4_000, 65_536
"""Levels of nesting, values in all, characters of a text (the rest is cut off), bytes as JSON."""
TOLD = 2_400
"""Characters of an answer that a model is told."""
_CONTROLS = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb"
    "\\ud800-\\udfff\\U000e0000-\\U000e007f]"
)
"""Controls, and what is written but not seen: joiners, overrides of direction, tags."""


def plain(value: object) -> dict[str, JsonValue]:
    """The value as JSON says it, cleaned. Raises Rejected for anything but a bounded object of plain data."""
    if not isinstance(value, Mapping):
        raise Rejected(f"it answered {type(value).__name__} where an object was expected")
    made = _Plain().mapping(value, 1)
    if len(msgspec.json.encode(made)) > LARGEST:
        raise Rejected(f"its answer has more than {LARGEST} bytes")
    return made


def clean(text: str) -> str:
    """A text without control characters, cut to LONGEST characters."""
    text = _CONTROLS.sub("", text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def fenced(tool: str, value: Mapping[str, JsonValue], hide: Callable[[str], str] = str) -> str:
    """The value for a prompt: JSON without what ``hide`` covers, cut, between marks that nothing inside can end."""
    told = hide(msgspec.json.encode(value).decode())
    inside = (told if len(told) <= TOLD else f"{told[: TOLD - 1]}…").replace("<", "〈").replace(">", "〉")
    return f'<result tool="{tool}">\n{inside}\n</result>'


class _Plain:
    """One pass over a value, that counts what it has seen."""

    def __init__(self) -> None:
        self._seen = 0

    def mapping(self, value: Mapping[object, object], depth: int) -> dict[str, JsonValue]:
        made: dict[str, JsonValue] = {}
        for name, each in value.items():
            if not isinstance(name, str):
                raise Rejected(f"its answer has {type(name).__name__} as a name")
            made[clean(name)] = self._value(each, depth + 1)
        return made

    def _value(self, value: object, depth: int) -> JsonValue:
        self._seen += 1
        if depth > DEEPEST or self._seen > MOST:
            raise Rejected(f"its answer is nested deeper than {DEEPEST} or holds more than {MOST} values")
        match value:
            case None | bool() | int():
                return value
            case float() if math.isfinite(value):
                return value
            case str():
                return clean(value)
            case Mapping():
                return self.mapping(value, depth)
            case list() | tuple():
                return [self._value(each, depth + 1) for each in value]
        raise Rejected(f"its answer holds {type(value).__name__}, which is no plain data")
