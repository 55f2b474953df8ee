"""Finds which tasks a message asks for; the patterns of a language that it is not in find nothing."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from agents.tasks.answers import LONGEST, bounded
from agents.tasks.declaration import Patterns, Task
from agents.tasks.heard import CHINESE, LATIN_WORD
from agents.tasks.sieve import Sieve

Part = Literal["begin", "unless"]


class Asked(NamedTuple):
    """The tasks that a text names, in order, and those that it is not about though it may name them."""

    named: tuple[str, ...]
    excepted: frozenset[str]


class Finder:
    """The patterns of all tasks. Chinese ones need a Chinese character, English ones a Latin word."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._sieve = Sieve(pattern for task in tasks for pattern in _patterns(task))
        self.asked = lru_cache(1_000)(self._asked)

    def _asked(self, plain: str) -> Asked:
        text = plain[:LONGEST]
        languages = {"zh": CHINESE.search(text) is not None, "en": LATIN_WORD.search(text) is not None}
        found = [(task, part) for (task, part, language), _ in self._sieve.found(text) if languages[language]]
        named = tuple(dict.fromkeys(task for task, part in found if part == "begin"))
        return Asked(named, frozenset(task for task, part in found if part == "unless"))


def _patterns(task: Task) -> Iterator[tuple[tuple[str, Part, str], str]]:
    parts: tuple[tuple[Part, Patterns], ...] = (("begin", task.begin), ("unless", task.unless))
    for part, patterns in parts:
        yield from (((task.name, part, "zh"), bounded(pattern)) for pattern in patterns.zh)
        yield from (((task.name, part, "en"), bounded(pattern)) for pattern in patterns.en)
