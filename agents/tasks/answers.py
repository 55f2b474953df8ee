"""What an answer means whatever was asked: yes, no, not sure, never mind, the other one."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from agents.tasks.declaration import Patterns, Words
from agents.tasks.sieve import Sieve
from agents.understanding.remembered import remembering

NOTHING = Patterns()
LONGEST = 400
"""Characters of a message in which such words are looked for."""
_KINDS = ("agree", "deny", "unsure", "cancel", "correct", "other", "every", "latest", "last", "retry", "filler")
_GAP = re.compile(r"[\s\W_]+")
_WORD = re.compile(r"[a-z0-9'\[\]_-]+|.", re.DOTALL)
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")


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
    """Reads answers with a catalogue's words; ``agree`` and ``cancel`` are further patterns that one task has."""

    def __init__(self, words: Words, agree: Patterns = NOTHING, cancel: Patterns = NOTHING) -> None:
        more = {"agree": agree, "cancel": cancel}
        listed = [
            (kind, pattern)
            for kind in _KINDS
            for pattern in (*spelled(getattr(words, kind)), *spelled(more.get(kind, NOTHING)))
        ]
        self._kinds = {pattern: kind for kind, pattern in reversed(listed) if _is_plain(pattern)}
        self._lengths = _lengths(self._kinds)
        self._others = Sieve((kind, bounded(text)) for kind, text in listed if not _is_plain(text))
        self.read = remembering(self._read)
        """The meaning of a text in its plain form, the longest word first; linear in its length."""

    def _read(self, plain: str) -> Meaning:
        plain, place, kinds, rest = plain[:LONGEST], 0, list[str](), 0
        others = self._others.found(plain)
        while place < len(plain):
            kind, end = self._at(plain, place, others)
            if not kind:
                gap = _GAP.match(plain, place)
                match = gap or _WORD.match(plain, place)
                end = match.end() if match else place + 1
                rest += 0 if gap else end - place
            elif kind != "filler":
                kinds.append(kind)
            place = end
        return Meaning(tuple(kinds), rest)

    def _at(self, plain: str, place: int, others: Iterable[tuple[str, re.Pattern[str]]]) -> tuple[str, int]:
        """The kind of the longest word that begins at a place, and where it ends; no kind where there is none.

        ``others`` are the patterns that are found anywhere in the text.
        """
        found, end = "", place
        for length in self._lengths.get(plain[place], ()):
            word = plain[place : place + length]
            if word in self._kinds and _is_whole(plain, place, place + len(word)):
                found, end = self._kinds[word], place + len(word)
                break
        for kind, pattern in others:
            match = pattern.match(plain, place)
            if match and match.end() > end:
                found, end = kind, match.end()
        return found, end


def _is_plain(pattern: str) -> bool:
    """Whether a pattern is nothing but a word."""
    return not _SPECIAL.search(pattern)


def _lengths(words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The lengths of the words by their first character, the longest first."""
    lengths: dict[str, set[int]] = {}
    for word in words:
        lengths.setdefault(word[0], set()).add(len(word))
    return {first: tuple(sorted(those, reverse=True)) for first, those in lengths.items()}


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether what stands at start to end is no part of a longer word of Latin letters."""
    cut_before = _is_letter(text[start]) and start > 0 and _is_letter(text[start - 1])
    return not (cut_before or (_is_letter(text[end - 1]) and end < len(text) and _is_letter(text[end])))


def _is_letter(character: str) -> bool:
    return "a" <= character <= "z"


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
