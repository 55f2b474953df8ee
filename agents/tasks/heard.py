"""A message as a task reads it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from agents.tasks.answers import LONGEST, Meaning, Reader
from agents.understanding.width import folded, plain
from schemas.messages import Entity, Intent

SURE = 0.5
"""Confidence in an intent from which a message is taken to be about it."""
CHINESE = re.compile("[\u3400-\u9fff]")
LATIN_WORD = re.compile(r"(?<![\w\[-])[a-z']{2,}(?![\w\]-])", re.IGNORECASE)
_ENDS = " \t\r\n.,!?;:。，！？；：、~…"


class Question(Protocol):
    """What a task reads of a message: ``text`` is masked, ``written`` in seconds since the epoch."""

    @property
    def message_id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def intent(self) -> Intent: ...
    @property
    def entities(self) -> tuple[Entity, ...]: ...
    @property
    def written(self) -> float: ...


@dataclass(frozen=True)
class Heard:
    """``text`` as written, with placeholders for personal data; ``plain`` its plain form without marks at the ends.

    ``ends_asking``: whether it ends in a question mark. What costs something is found out when it is asked for.
    """

    text: str
    plain: str
    intent: Intent
    said: tuple[Entity, ...]
    ends_asking: bool
    reader: Reader
    asking: re.Pattern[str] | None

    @cached_property
    def entities(self) -> Mapping[str, tuple[str, ...]]:
        """The values that are named, by type."""
        found: dict[str, tuple[str, ...]] = {}
        for entity in self.said:
            found[entity.type] = (*found.get(entity.type, ()), entity.value)
        return found

    @cached_property
    def meaning(self) -> Meaning:
        return self.reader.read(self.plain)

    @cached_property
    def asks(self) -> bool:
        """Whether it is put as a question."""
        return self.ends_asking or bool(self.asking and self.asking.search(self.plain[:LONGEST]))

    @property
    def agrees(self) -> bool:
        """A yes that is no question."""
        return self.meaning.agrees and not self.asks

    @property
    def denies(self) -> bool:
        """A no that is no question."""
        return self.meaning.denies and not self.asks

    @property
    def is_short(self) -> bool:
        return len(self.plain) <= 40

    def about(self, *intents: str) -> bool:
        """Whether the message is surely about one of these intents."""
        return about(self.intent, intents)

    def about_else(self, *intents: str) -> bool:
        """Whether the message is surely about something that none of these intents is."""
        return self.intent.name not in (*intents, "unknown") and self.intent.confidence >= SURE


def bare(text: str) -> str:
    """The plain form of a text without marks at its ends."""
    return plain(text).strip().strip(_ENDS)


def about(intent: Intent, intents: Collection[str]) -> bool:
    """Whether an intent is surely one of these."""
    return intent.name in intents and intent.confidence >= SURE


def heard(question: Question, reader: Reader, asking: re.Pattern[str] | None) -> Heard:
    """What a task needs of a question."""
    return Heard(
        text=folded(question.text).strip(),
        plain=bare(question.text),
        intent=question.intent,
        said=question.entities,
        ends_asking=plain(question.text).rstrip().endswith("?"),
        reader=reader,
        asking=asking,
    )


def language(question: Question, earlier: str) -> str:
    """The language to answer in: a bare number or code says nothing about it, so that the earlier one stays."""
    if CHINESE.search(question.text):
        return question.language
    if earlier and len(LATIN_WORD.findall(question.text)) < 2:
        return earlier
    return question.language
