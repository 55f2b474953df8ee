"""Finds what the rules of a tenant's packs say about a message: one pass over its text, in microseconds."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from agents.rules.denial import denied
from agents.rules.risk import Risk
from agents.rules.rule import Rule
from agents.understanding.width import plain

GAP_ZH, GAP_EN = 6, 24
"""Characters that ``*`` stands for at most."""
ALONE = "="
"""Begins a phrase that is found only where it is the whole message."""
_MARKS = " .,!?;~。，！？；～…\n\t"
_NO_BORDER = "[^。！？!?;；，,\\n]"


class _Phrase(NamedTuple):
    """A phrase by its longest part: ``whole`` is looked for round it where there is more to the phrase."""

    rule: int
    whole: re.Pattern[str] | None
    reach: int
    is_word: bool
    excuses: bool


class Matcher:
    """The rules of some packs, in order: the first that is urgent counts, else the first that calls for a person."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._by_intent: dict[str, tuple[int, ...]] = {}
        for place, rule in enumerate(rules):
            for intent in rule.intents:
                self._by_intent[intent] = (*self._by_intent.get(intent, ()), place)
        self._alone: dict[str, int] = {}
        self._phrases: dict[str, list[_Phrase]] = {}
        for place, rule in enumerate(rules):
            for phrase in (*rule.words.zh, *rule.words.en):
                self._add(place, plain(phrase), excuses=False)
            for phrase in (*rule.unless.zh, *rule.unless.en):
                self._add(place, plain(phrase), excuses=True)
        self._parts = tuple(self._phrases)
        self._automaton = AhoCorasick(self._parts, matchkind=MatchKind.Standard)

    def risk(self, text: str, intent: str, language: str) -> Risk | None:
        """What is found in a message, with its disclaimer in the language of the message; None where nothing is."""
        said = plain(text).replace("’", "'")
        places = sorted({*self._by_intent.get(intent, ()), *self._found(said)}, key=self._weight)
        if not places:
            return None
        disclaimers = dict.fromkeys(_in_language(self._rules[place], language) for place in places)
        return _risk(self._rules[places[0]], "\n".join(filter(None, disclaimers)))

    def _weight(self, place: int) -> tuple[bool, bool, int]:
        rule = self._rules[place]
        return not rule.urgent, not rule.queue, place

    def _found(self, text: str) -> Iterable[int]:
        alone = self._alone.get(text.strip(_MARKS))
        if alone is not None:
            return (alone,)
        hits = self._automaton.find_matches_as_indexes(text, overlapping=True)
        spans = [(span, phrase) for part, start, end in hits for span, phrase in self._spans(text, part, start, end)]
        excuses = [(start, end, phrase.rule) for (start, end), phrase in spans if phrase.excuses]
        return {
            phrase.rule
            for (start, end), phrase in spans
            if not phrase.excuses
            and not any(rule == phrase.rule and s < end and start < e for s, e, rule in excuses)
            and (self._rules[phrase.rule].even_denied or not denied(text, start))
        }

    def _spans(self, text: str, part: int, start: int, end: int) -> Iterable[tuple[tuple[int, int], _Phrase]]:
        for phrase in self._phrases[self._parts[part]]:
            if phrase.whole is not None:
                found = phrase.whole.search(text, max(0, start - phrase.reach), end + phrase.reach)
                if found:
                    yield found.span(), phrase
            elif not phrase.is_word or _stands_alone(text, start, end):
                yield (start, end), phrase

    def _add(self, rule: int, phrase: str, *, excuses: bool) -> None:
        if phrase.startswith(ALONE):
            self._alone[phrase[1:]] = rule
            return
        parts = [part.strip() for part in phrase.split("*")]
        longest = max(parts, key=len)
        is_word = phrase.isascii()
        whole = _whole(parts, is_word=is_word) if len(parts) > 1 else None
        reach = len(phrase) + (GAP_EN if is_word else GAP_ZH) * (len(parts) - 1)
        self._phrases.setdefault(longest, []).append(_Phrase(rule, whole, reach, is_word, excuses))


def _whole(parts: Sequence[str], *, is_word: bool) -> re.Pattern[str]:
    gap = f"{_NO_BORDER}{{0,{GAP_EN if is_word else GAP_ZH}}}?"
    return re.compile(gap.join(_word(part) if is_word else re.escape(part) for part in parts))


def _word(part: str) -> str:
    return rf"(?<![a-z0-9]){re.escape(part)}(?![a-z0-9])"


def _stands_alone(text: str, start: int, end: int) -> bool:
    around = text[start - 1 : start] + text[end : end + 1]
    return not any("a" <= beside <= "z" or "0" <= beside <= "9" for beside in around)


def _in_language(rule: Rule, language: str) -> str:
    return rule.disclaimer.zh if language == "zh" else rule.disclaimer.en


def _risk(rule: Rule, disclaimer: str) -> Risk:
    return Risk(
        name=rule.name,
        reason=rule.reason or rule.name,
        queue=rule.queue,
        skill=rule.skill,
        script=rule.script,
        urgent=rule.urgent,
        disclaimer=disclaimer,
    )
