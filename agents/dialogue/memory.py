"""What stays of what was said: the last turns, the facts in them, and the gist of what came before; all bounded."""

from collections.abc import Iterable, Sequence
from typing import get_args

import msgspec

from schemas.messages import Source

TURNS = 15
"""Turns that are remembered; a turn is a question and its answer."""
FULL = 2
"""The latest of them are remembered at length."""
REMEMBERED = 400
"""Characters of a question, and of an answer, that are remembered of those."""
OLD_QUESTION, OLD_ANSWER = 48, 12
"""Characters that are left of older ones: what was asked, and how the answer began."""
FACTS, SAME, FACT = 16, 3, 48
"""Facts that are remembered, those of them of one type, and characters of one."""
GISTS = 8
"""Wants that are remembered of what fell out of the turns."""

SOURCES: tuple[Source, ...] = get_args(Source)
"""Who wrote an answer is remembered as its place here: names cost bytes in every turn. Append only."""


class Turn(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was asked, masked, and what it was answered; ``by`` is a place in SOURCES, ``at`` in seconds since 1970."""

    question: str
    answer: str
    by: int
    intent: str
    at: int

    @property
    def source(self) -> Source:
        return SOURCES[self.by]


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A value that the person named: an entity's type and value, or a placeholder and its type."""

    type: str
    value: str


class Gist(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """That something was wanted some turns ago, how often, and who answered the last time."""

    intent: str
    by: int
    times: int = 1


def turn(questions: Sequence[str], answer: str, source: Source, intent: str, at: float) -> Turn:
    """A turn as it is remembered at first."""
    return Turn(
        question="\n".join(questions)[:REMEMBERED],
        answer=answer[:REMEMBERED],
        by=SOURCES.index(source),
        intent="" if intent == "unknown" else intent,
        at=int(at),
    )


def followed(turns: tuple[Turn, ...], new: Turn) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """The turns with a new one, older ones shortened; and those that fell out."""
    place = len(turns) - FULL
    if place >= 0:
        old = turns[place]
        shorter = Turn(_cut(old.question, OLD_QUESTION), _cut(old.answer, OLD_ANSWER), old.by, old.intent, old.at)
        turns = (*turns[:place], shorter, *turns[place + 1 :])
    all_turns = (*turns, new)
    return all_turns[-TURNS:], all_turns[:-TURNS]


def summed(gists: tuple[Gist, ...], fallen: Iterable[Turn]) -> tuple[Gist, ...]:
    """The gist of what fell out: wants and who answered them, the latest last; the oldest are forgotten."""
    for old in fallen:
        before = next((gist for gist in gists if gist.intent == old.intent), None)
        others = tuple(gist for gist in gists if gist is not before)
        gists = (*others, Gist(old.intent, old.by, 1 + (before.times if before else 0)))[-GISTS:]
    return gists


def learned(facts: tuple[Fact, ...], values: Iterable[tuple[str, str]]) -> tuple[Fact, ...]:
    """The facts with these values in front, in the order in which they were said: the newest first."""
    for type_, value in values:
        fact = Fact(type_, value[:FACT])
        if value and (not facts or facts[0] != fact):
            facts = (fact, *_but_oldest(type_, [known for known in facts if known != fact]))[:FACTS]
    return facts


def known(facts: Iterable[Fact]) -> dict[str, str]:
    """The newest value of each type."""
    newest: dict[str, str] = {}
    for fact in facts:
        newest.setdefault(fact.type, fact.value)
    return newest


def summary(gists: Sequence[Gist], language: str) -> str:
    """What came before the turns, in a line; empty where nothing did."""
    if not gists:
        return ""
    wants = [f"{gist.intent or '?'}×{gist.times} ({SOURCES[gist.by]})" for gist in gists]
    return ("更早谈过:" if language == "zh" else "Earlier: ") + ", ".join(wants)


def _but_oldest(type_: str, facts: list[Fact]) -> list[Fact]:
    """The facts, with room for one more of a type."""
    same = [fact for fact in facts if fact.type == type_]
    return [fact for fact in facts if fact is not same[-1]] if len(same) >= SAME else facts


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
