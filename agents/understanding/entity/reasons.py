"""Reasons of a return, a refund or a complaint: 质量问题, 尺码不合适, wrong item, too small."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from agents.understanding.entity.found import Candidate
from agents.understanding.entity.vocabulary import HALF_REASON, NO_REASON, REASON, Sight, Word

_ASKED = re.compile(r"(?:会不会|有没有|[会能]|容易|是否|漏不|为什么)$")
_GROUP = re.compile(r"\(([^()]*)\)")
_HALVES = re.compile(r"([*~])")
_BETWEEN = r"[^0-9,.!?;:，。！？；：、~…\n\x00]{0,8}?"
_BETWEEN_HAN = r"[^0-9a-z\s,.!?;:，。！？；：、~…\x00]{0,8}?"

Rest = tuple[re.Pattern[str], str, bool]
"""What may follow a first half, the reason, and whether the first half belongs to it (``*``) or does not (``~``)."""


def spelled(expression: str) -> list[str]:
    """All texts of an expression with alternatives: ``too (small|big)`` is two."""
    parts = _GROUP.split(expression)
    choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    return ["".join(choice) for choice in product(*choices)]


def halves(reasons: Mapping[str, Sequence[str]]) -> dict[str, tuple[Rest, ...]]:
    """What may follow the first half of an expression of two, by that half."""
    found: dict[str, tuple[Rest, ...]] = {}
    for reason, expressions in reasons.items():
        for head, mark, tail in (_HALVES.split(text) for text in expressions if _HALVES.search(text)):
            rest = (_rest(spelled(tail)), reason, mark == "*")
            for half in spelled(head):
                found[half] = (*found.get(half, ()), rest)
    return found


def _rest(tails: Sequence[str]) -> re.Pattern[str]:
    words = (re.escape(tail) + ("(?![a-z])" if tail[-1].isascii() else "") for tail in tails)
    return re.compile(f"{_BETWEEN if tails[0].isascii() else _BETWEEN_HAN}({'|'.join(words)})")


def words(reasons: Mapping[str, Sequence[str]]) -> Iterator[Word]:
    """The words of the reasons, the first halves of those with two, and what only looks like a reason (``not``)."""
    for reason, expressions in reasons.items():
        kind, value = (NO_REASON, "-") if reason == NOT else (REASON, reason)
        for expression in expressions:
            if not _HALVES.search(expression):
                yield from (Word(text, kind, value) for text in spelled(expression))
    yield from (Word(half, HALF_REASON, half) for half in halves(reasons))


NOT = "not"
"""In place of a reason's id: what is none."""


class Reasons:
    """Reads reasons; ``rests`` are those of ``halves``."""

    def __init__(self, rests: Mapping[str, tuple[Rest, ...]]) -> None:
        self._rests = rests

    def __call__(self, sight: Sight) -> Iterator[Candidate]:
        """Reasons by their id, with the words that give them."""
        for hit in sight.allowed(REASON, NO_REASON):
            if not _ASKED.search(sight.text, max(hit.start - 3, 0), hit.start):
                yield Candidate("reason", hit.value, hit.start, hit.end)
        if sight.kinds & HALF_REASON:
            yield from self._of_halves(sight)

    def _of_halves(self, sight: Sight) -> Iterator[Candidate]:
        for hit in sight.of(HALF_REASON):
            for pattern, reason, together in self._rests[hit.value]:
                match = pattern.match(sight.text, hit.end)
                if match:
                    yield Candidate("reason", reason, hit.start if together else match.start(1), match.end())
