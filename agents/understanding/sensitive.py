"""Sensitive words: which rules a text touches, found in one pass however many rules there are."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec
import yaml
from ahocorasick_rs import AhoCorasick, MatchKind

from agents.understanding.remembered import remembering
from agents.understanding.width import plain
from schemas.errors import Rejected

Action = Literal["block", "mask", "hand_over"]
MOST_RULES, LONGEST_WORD = 200_000, 64
_GAP = re.compile(r"(?:[^\w。!?,;:\n]|_)+")
_COVER = "*"
_LONG = 64
"""Long messages whose hits are kept."""


class Rule(NamedTuple):
    """``word`` is found in any width, case and script; with ``gaps`` also with signs between its characters."""

    word: str
    category: str
    action: Action
    gaps: bool = False


class Hit(NamedTuple):
    """``rule`` is the word of the rule that stands at ``start`` to ``end`` (excluded) of the text."""

    rule: str
    category: str
    action: Action
    start: int
    end: int


class Difference(NamedTuple):
    """What came and what went from one set of rules to the next."""

    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]


_NONE: frozenset[Hit] = frozenset()


class SensitiveWords:
    """Rules made ready to be found; never changed, replaced by another when the rules change."""

    __slots__ = ("_close", "_ever_spread", "_spread", "known", "rules")

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(dict.fromkeys(rules))
        self._close = _Finder((plain(rule.word).strip(), rule) for rule in self.rules)
        self._spread = _Finder((_GAP.sub("", plain(rule.word)), rule) for rule in self.rules if rule.gaps)
        self._ever_spread = any(word.isascii() for word in self._spread.words)
        self.known = remembering(lru_cache(_LONG)(self.find))
        """``find``, for messages: each is looked at up to three times, and short ones come again."""

    def find(self, text: str) -> tuple[Hit, ...]:
        """Every hit in ``text``, also one inside another, in order; linear in the length of the text."""
        seen = plain(text)
        hits = self._close.find(seen)
        if self._spread.words and (self._ever_spread or not seen.isascii()):
            together = _GAP.sub("", seen)
            if len(together) < len(seen):
                hits = hits | self._spread_out(seen, together)
        return tuple(sorted(hits, key=lambda hit: (hit.start, -hit.end, hit))) if hits else ()

    def _spread_out(self, seen: str, together: str) -> Set[Hit]:
        """Hits of the text without its gaps, where they stand in the text with them."""
        if not (hits := self._spread.find(together, whole=False)):
            return hits
        gaps = {place for gap in _GAP.finditer(seen) for place in range(*gap.span())}
        places = [place for place in range(len(seen)) if place not in gaps]
        moved = (hit._replace(start=places[hit.start], end=places[hit.end - 1] + 1) for hit in hits)
        return {hit for hit in moved if _whole(seen, hit.start, hit.end)}


class _Finder:
    """The words of rules in plain form, each with the rules that have it."""

    __slots__ = ("_automaton", "_rules", "words")

    def __init__(self, rules: Iterable[tuple[str, Rule]]) -> None:
        by_word: dict[str, list[Rule]] = {}
        for word, rule in rules:
            by_word.setdefault(word, []).append(rule)
        self.words = tuple(by_word)
        self._rules = tuple(map(tuple, by_word.values()))
        self._automaton = AhoCorasick(self.words, matchkind=MatchKind.Standard)

    def find(self, seen: str, *, whole: bool = True) -> Set[Hit]:
        found = self._automaton.find_matches_as_indexes(seen, overlapping=True)
        if not found:
            return _NONE
        return {
            Hit(rule.word, rule.category, rule.action, start, end)
            for number, start, end in found
            if not whole or _whole(seen, start, end)
            for rule in self._rules[number]
        }


def _whole(seen: str, start: int, end: int) -> bool:
    """Whether a word that begins or ends in Latin does not go on beyond: "ass" is not in "class"."""
    goes_on_before = start and _latin(seen[start]) and _latin(seen[start - 1])
    goes_on_behind = end < len(seen) and _latin(seen[end - 1]) and _latin(seen[end])
    return not (goes_on_before or goes_on_behind)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def covered(text: str, hits: Iterable[Hit]) -> str:
    """``text`` with ``*`` for each character of the hits whose action is mask."""
    characters = list(text)
    for hit in hits:
        if hit.action == "mask":
            characters[hit.start : hit.end] = _COVER * (hit.end - hit.start)
    return "".join(characters)


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    category: str
    action: Action
    words: tuple[str, ...]
    gaps: bool = False


class _Groups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: tuple[_Group, ...]


def rules_from(value: object) -> tuple[Rule, ...]:
    """The rules in the value of a setting: ``{"groups": [{"category", "action", "words": [...], "gaps"?}]}``.

    None, an empty setting, has none. Raises Rejected with what to change.
    """
    if value is None:
        return ()
    try:
        groups = msgspec.convert(value, _Groups).groups
    except msgspec.ValidationError as problem:
        raise Rejected(f"sensitive words: {problem}; write {_FORM}") from None
    rules = tuple(Rule(word, group.category, group.action, group.gaps) for group in groups for word in group.words)
    if len(rules) > MOST_RULES:
        raise Rejected(f"sensitive words: {len(rules)} are too many; keep at most {MOST_RULES}")
    for rule in rules:
        _check(rule)
    return rules


_FORM = '{"groups": [{"category": "scam", "action": "block" | "mask" | "hand_over", "words": ["…"], "gaps": false}]}'


def _check(rule: Rule) -> None:
    if not rule.word.strip():
        raise Rejected(f"sensitive words: an empty word in category {rule.category!r}; remove it")
    if len(rule.word) > LONGEST_WORD:
        raise Rejected(f"sensitive words: {rule.word[:20]!r}… is longer than {LONGEST_WORD} characters; shorten it")
    if rule.gaps and len(_GAP.sub("", plain(rule.word))) < 2:
        raise Rejected(f"sensitive words: {rule.word!r} is too short for gaps; set gaps to false or lengthen it")


def difference(before: Sequence[Rule], after: Sequence[Rule]) -> Difference:
    """The rules that ``after`` has and ``before`` has not, and the other way round, each in their own order."""
    had, has = frozenset(before), frozenset(after)
    return Difference(
        added=tuple(rule for rule in dict.fromkeys(after) if rule not in had),
        removed=tuple(rule for rule in dict.fromkeys(before) if rule not in has),
    )


def replaced(words: SensitiveWords, rules: Sequence[Rule]) -> SensitiveWords:
    """``words`` themselves where ``rules`` are the same in any order, else new ones."""
    return words if frozenset(words.rules) == frozenset(rules) else SensitiveWords(rules)


@cache
def packaged_rules() -> tuple[Rule, ...]:
    """The rules that come with kefu: agents/catalog/lexicons/sensitive.yaml."""
    text = files("agents").joinpath("catalog", "lexicons", "sensitive.yaml").read_text(encoding="utf-8")
    value: Mapping[str, object] = yaml.safe_load(text)
    return rules_from(value)
