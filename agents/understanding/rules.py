"""Rules: patterns and keywords by which an operator says for certain what a text wants."""

from collections.abc import Iterable, Sequence
from typing import Any

import re2

from agents.understanding.width import plain
from schemas.errors import Misconfigured
from schemas.messages import Event

MAX_PATTERN = 500
MAX_CHARACTERS = 2000
_MEMORY = 64 << 20


class Rule(Event, frozen=True):
    """The patterns and keywords of one intent.

    A pattern is a regular expression as RE2 reads it: no look-around and no references back, so that matching takes
    time linear in the text whatever the pattern. It is searched for anywhere in the text, as are keywords; an
    English keyword is a whole word or phrase. Both read small letters, half width, simplified characters.
    """

    intent: str
    patterns: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class Rules:
    """All rules, matched in one pass. Raises Misconfigured with the intent, the pattern and what is wrong with it."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules: Sequence[Rule] = tuple(rules)
        self._owners: list[str] = []
        self._set: Any = re2.Set.SearchSet(_options())
        for rule in self.rules:
            for pattern in (*rule.patterns, *map(_keyword, rule.keywords)):
                self._add(rule.intent, pattern)
        if self._owners:
            self._set.Compile()

    def find(self, text: str) -> frozenset[str]:
        """The intents that have a pattern or keyword in the text's first 2000 characters."""
        if not self._owners:
            return frozenset()
        return frozenset(self._owners[place] for place in self._set.Match(plain(text[:MAX_CHARACTERS])) or ())

    def _add(self, intent: str, pattern: str) -> None:
        if not 0 < len(pattern) <= MAX_PATTERN:
            raise Misconfigured(f"{intent}: a pattern of {len(pattern)} characters; write 1 to {MAX_PATTERN}")
        try:
            re2.compile(pattern, _options())
            self._set.Add(pattern)
        except re2.error as problem:
            raise Misconfigured(f"{intent}: pattern {pattern!r}: {_said(problem)}; correct it or remove it") from None
        self._owners.append(intent)


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = _MEMORY
    return options


def _keyword(keyword: str) -> str:
    keyword = plain(keyword.strip())
    escaped = re2.escape(keyword)
    return rf"\b{escaped}\b" if keyword.isascii() else escaped


def _said(problem: Exception) -> str:
    said = problem.args[0] if problem.args else problem
    return said.decode() if isinstance(said, bytes) else str(said)
