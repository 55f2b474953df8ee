"""Phrases: ``(胸口|心口)*(痛|疼)`` is any of the first, a few characters of the clause on, any of the second."""

import itertools
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

GAP_ZH, GAP_EN = 6, 24
"""Characters that ``*`` stands for at most."""
_NO_BORDER = "[^。！？!?;；，,\\n]"
_GROUP = re.compile(r"\(([^()]*)\)")


class Phrase(NamedTuple):
    """A phrase that is looked for where one of its ``anchors`` stands, within ``reach`` characters of it."""

    anchors: tuple[str, ...]
    sought: str
    reach: int

    def around(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where in the text the phrase stands, near its anchor from ``start`` to ``end``."""
        near = _compiled(self.sought).finditer(text, max(0, start - self.reach), end + self.reach)
        return (found.span() for found in near)


def is_well_formed(written: str) -> bool:
    """Whether brackets are closed, hold no other sign, and every part says something."""
    plain = _GROUP.sub("x", written)
    groups = _GROUP.findall(written)
    return (
        not re.search(r"[()|]", plain)
        and not any("*" in group for group in groups)
        and all(map(str.strip, plain.split("*")))
    )


def phrase(written: str) -> Phrase:
    """A phrase as its author wrote it, in small letters; its anchors are the part whose choices are longest."""
    is_english = written.isascii()
    parts = [_choices(part.strip()) for part in written.split("*")]
    gap = GAP_EN if is_english else GAP_ZH
    sought = f"{_NO_BORDER}{{0,{gap}}}?".join(_any_of(choices, is_english=is_english) for choices in parts)
    reach = sum(max(map(len, choices)) for choices in parts) + gap * (len(parts) - 1)
    anchors = max(parts, key=lambda choices: min(map(len, choices)))
    return Phrase(anchors, sought, reach)


@cache
def _compiled(sought: str) -> re.Pattern[str]:
    """Compiled when an anchor first stands in a message: there are thousands, and most are never needed."""
    return re.compile(sought)


def _choices(part: str) -> tuple[str, ...]:
    """(a|b) c as "a c" and "b c"."""
    pieces = _GROUP.split(part)
    options = [piece.split("|") if place % 2 else [piece] for place, piece in enumerate(pieces)]
    return tuple("".join(chosen) for chosen in itertools.product(*options))


def _any_of(choices: tuple[str, ...], *, is_english: bool) -> str:
    joined = "|".join(re.escape(choice) for choice in sorted(choices, key=len, reverse=True))
    return rf"(?<![a-z0-9])(?:{joined})(?![a-z0-9])" if is_english else f"(?:{joined})"
