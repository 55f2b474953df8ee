"""A message as a task reads it."""

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from agents.tasks.answers import LONGEST, Meaning, Reader
from agents.understanding.width import folded, plain
from schemas.messages import Entity, Intent

SURE = 0.5
"""Confidence in an intent from which a message is taken to be about it."""
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile(r"(?<![\w\[-])[a-z']{2,}(?![\w\]-])", re.IGNORECASE)
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


class Heard(NamedTuple):
    """``text`` as written, with placeholders for personal data; ``plain`` its plain form without marks at the ends.

    ``entities`` are the values by type. ``asks``: whether it is put as a question.
    """

    text: str
    plain: str
    entities: Mapping[str, tuple[str, ...]]
    intent: Intent
    meaning: Meaning
    asks: bool

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
        return self.intent.name in intents and self.intent.confidence >= SURE

    def about_else(self, *intents: str) -> bool:
        """Whether the message is surely about something that none of these intents is."""
        return self.intent.name not in (*intents, "unknown") and self.intent.confidence >= SURE


def heard(question: Question, reader: Reader, asking: re.Pattern[str] | None) -> Heard:
    """What a task needs of a question."""
    entities: dict[str, tuple[str, ...]] = {}
    for entity in question.entities:
        entities[entity.type] = (*entities.get(entity.type, ()), entity.value)
    low = plain(question.text).strip(_ENDS)
    asks = plain(question.text).rstrip().endswith("?") or bool(asking and asking.search(low[:LONGEST]))
    text = folded(question.text).strip()
    return Heard(text, low, entities, question.intent, reader.read(low), asks)


def language(question: Question, earlier: str) -> str:
    """The language to answer in: a bare number or code says nothing about it, so that the earlier one stays."""
    if _HAN.search(question.text):
        return question.language
    if earlier and len(_LATIN.findall(question.text)) < 2:
        return earlier
    return question.language
