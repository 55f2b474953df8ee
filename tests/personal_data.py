"""A seeded generator of messages that say where their personal data stands, with traps that look like it."""

import random
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tests.personal_phrases import MIXED, PHRASES, SMALL_TALK, TRAPS
from tests.personal_values import VALUES

STRUCTURED = (
    "phone", "id_card", "bank_card", "passport", "permit", "email", "ip_address", "licence_plate", "secret",
)  # fmt: skip


class Found(Protocol):
    """What a recogniser says: ``text[start:end]`` is of ``type``."""

    @property
    def type(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


Finder = Callable[[str], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` of a message is personal data of ``type``."""

    type: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and the personal data in it, in order."""

    text: str
    spans: tuple[Span, ...]


def messages(count: int, seed: int = 1) -> Iterator[Labelled]:
    """The same messages for the same seed: a third traps, a sixth small talk, the rest with personal data."""
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.random()
        if kind < 0.17:
            yield Labelled(chance.choice(SMALL_TALK), ())
        elif kind < 0.5:
            yield _filled(chance.choice(TRAPS), chance)
        elif kind < 0.6:
            yield _filled(chance.choice(MIXED), chance)
        else:
            yield _around(chance.choice(PHRASES), chance)


def score(labelled: Iterable[Labelled], find: Finder, types: Collection[str]) -> tuple[float, float]:
    """Recall and precision of ``find`` for ``types``.

    Recalled: one span of the same type covers all of it. Precise: a span overlaps one of the same type and exceeds
    it by at most three characters.
    """
    hits = due = right = told = 0
    for message in labelled:
        found = [span for span in find(message.text) if span.type in types]
        wanted = [span for span in message.spans if span.type in types]
        due, told = due + len(wanted), told + len(found)
        hits += sum(any(_covers(span, one) for span in found) for one in wanted)
        right += sum(any(_is_about(span, one) for one in wanted) for span in found)
    return hits / max(due, 1), right / max(told, 1)


def _covers(span: Found, wanted: Span) -> bool:
    return span.type == wanted.type and span.start <= wanted.start and span.end >= wanted.end


def _is_about(span: Found, wanted: Span) -> bool:
    overlaps = span.start < wanted.end and span.end > wanted.start
    return span.type == wanted.type and overlaps and span.end - span.start <= wanted.end - wanted.start + 3


def _around(phrase: str, chance: random.Random) -> Labelled:
    """A phrase as it is, or with small talk or a trap before or behind it."""
    parts = [phrase]
    if chance.random() < 0.4:
        parts.insert(chance.randrange(2), chance.choice(SMALL_TALK if chance.random() < 0.5 else TRAPS))
    han = any("\u4e00" <= character <= "\u9fff" for character in phrase)
    between = chance.choice(("，", "。", "\n", "！", " ", "；") if han else (". ", "\n", ", ", "! "))
    return _filled(between.join(parts), chance)


def _filled(phrase: str, chance: random.Random) -> Labelled:
    text, spans, end = "", [], 0
    for slot in re.finditer(r"\{(\w+)\}", phrase):
        text += phrase[end : slot.start()]
        end = slot.end()
        type_, make = VALUES[slot[1]]
        value = make(chance)
        if type_:
            spans.append(Span(type_, len(text), len(text) + len(value)))
        text += value
    return Labelled(text + phrase[end:], tuple(spans))
