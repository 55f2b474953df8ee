"""What an answer means whatever was asked: yes, no, not sure, never mind, the other one."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from agents.tasks.declaration import Patterns, Words

NOTHING = Patterns()
LONGEST = 400
"""Characters of a message in which such words are looked for."""
_KINDS = ("agree", "deny", "unsure", "cancel", "correct", "other", "every", "latest", "last", "retry", "filler")
_GAP = re.compile(r"[\s\W_]+")
_WORD = re.compile(r"[a-z0-9'\[\]_-]+|.", re.DOTALL)


class Meaning(NamedTuple):
    """The kinds of words that were found, in order and without fillers; ``rest`` are the characters of no kind."""

    kinds: tuple[str, ...]
    rest: int

    def has(self, kind: str) -> bool:
        return kind in self.kinds

    @property
    def agrees(self) -> bool:
        """Yes and nothing else: a yes with a condition is none."""
        return self.is_bare and set(self.kinds) == {"agree"}

    @property
    def is_bare(self) -> bool:
        """Whether there is nothing besides such words."""
        return bool(self.kinds) and self.rest == 0

    @property
    def denies(self) -> bool:
        return self.kinds[:1] == ("deny",)

    @property
    def hesitates(self) -> bool:
        return self.kinds[:1] == ("unsure",)

    @property
    def cancels(self) -> bool:
        return "cancel" in self.kinds and "agree" not in self.kinds and self.rest <= _ASIDE


_ASIDE = 12


class Reader:
    """Reads answers with a catalogue's words; ``agree`` are further patterns of yes that one task has."""

    def __init__(self, words: Words, agree: Patterns = NOTHING, cancel: Patterns = NOTHING) -> None:
        self._words, self._agree, self._cancel = words, agree, cancel

    def read(self, plain: str) -> Meaning:
        """The meaning of a text in its plain form; linear in its length."""
        plain, place, kinds, rest = plain[:LONGEST], 0, list[str](), 0
        while place < len(plain):
            match = self._pattern.match(plain, place) or _GAP.match(plain, place)
            if match is None or match.end() == place:
                match = _WORD.match(plain, place)
                assert match is not None
                rest += len(match[0])
            elif match.lastgroup and not match.lastgroup.startswith("filler"):
                kinds.append(match.lastgroup.split("_")[0])
            place = match.end()
        return Meaning(tuple(kinds), rest)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        more = {"agree": self._agree, "cancel": self._cancel}
        groups = []
        for kind in _KINDS:
            listed = (*spelled(getattr(self._words, kind)), *spelled(more.get(kind, NOTHING)))
            groups += [(kind, pattern) for pattern in listed]
        groups.sort(key=lambda group: -len(group[1]))
        return re.compile("|".join(f"(?P<{kind}_{place}>{bounded(text)})" for place, (kind, text) in enumerate(groups)))


def spelled(patterns: Patterns) -> tuple[str, ...]:
    return (*patterns.zh, *patterns.en)


def bounded(pattern: str) -> str:
    """A pattern of Latin letters matches whole words only."""
    before = r"(?<![a-z])" if pattern[:1].isascii() and pattern[:1].isalpha() else ""
    after = r"(?![a-z])" if pattern[-1:].isascii() and pattern[-1:].isalpha() else ""
    return f"{before}(?:{pattern}){after}"


def any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """One expression that finds any of the patterns; None where there are none."""
    listed = [bounded(pattern) for pattern in patterns]
    return re.compile("|".join(listed)) if listed else None
