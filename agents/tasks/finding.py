"""Finds a task's patterns in a message; those of a language that it is not in cost nothing."""

from agents.tasks.answers import LONGEST, any_of
from agents.tasks.declaration import Patterns
from agents.tasks.heard import Heard


class Finder:
    """Searches for any of the patterns. Chinese ones need a Chinese character, English ones a Latin word."""

    def __init__(self, patterns: Patterns) -> None:
        self._zh, self._en = any_of(patterns.zh), any_of(patterns.en)

    def finds(self, message: Heard) -> bool:
        text = message.plain[:LONGEST]
        return bool(
            (self._zh and message.has_chinese and self._zh.search(text))
            or (self._en and message.has_latin and self._en.search(text))
        )

    def without(self, text: str) -> str:
        """The text without what is found."""
        for pattern in (self._zh, self._en):
            text = pattern.sub("", text) if pattern else text
        return text
