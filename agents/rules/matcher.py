"""Finds what the rules of a tenant's packs say about a message: one pass over its text, in microseconds."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from agents.rules.denial import denied, denies
from agents.rules.phrase import Phrase, phrase
from agents.rules.risk import Risk
from agents.rules.rule import Rule
from agents.understanding.remembered import remembering
from agents.understanding.width import plain

ALONE = "="
"""Begins a phrase that is found only where it is the whole message."""
_MARKS = " .,!?;~。，！？；～…\n\t"


class _Sought(NamedTuple):
    rule: int
    phrase: Phrase
    excuses: bool


class _Span(NamedTuple):
    start: int
    end: int
    sought: _Sought


class Matcher:
    """The rules of some packs, in order: the first that is urgent counts, else the first that calls for a person."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._by_intent: dict[str, tuple[int, ...]] = {}
        self._alone: dict[str, int] = {}
        self._sought: dict[str, list[_Sought]] = {}
        for place, rule in enumerate(rules):
            self._add(place, rule)
        self._anchors = tuple(self._sought)
        self._automaton = AhoCorasick(self._anchors, matchkind=MatchKind.Standard)
        self.risk = remembering(self._risk)
        """What is found in a text, with its disclaimer in the language of the message; None where nothing is."""

    def _risk(self, text: str, intent: str, language: str) -> Risk | None:
        said = plain(text).replace("’", "'")
        found = {*self._meant(intent, said), *self._found(said)}
        if not found:
            return None
        places = sorted(found, key=self._weight)
        disclaimers = dict.fromkeys(_in_language(self._rules[place], language) for place in places)
        return _risk(self._rules[places[0]], "\n".join(filter(None, disclaimers)))

    def _weight(self, place: int) -> tuple[bool, bool, int]:
        rule = self._rules[place]
        return not rule.urgent, not rule.queue, place

    def _meant(self, intent: str, text: str) -> Iterable[int]:
        """Rules of the intent. It does not see what is denied, so a person is not called by it where anything is."""
        places = self._by_intent.get(intent)
        if places is None:
            return ()
        calls = any(self._rules[place].queue or self._rules[place].urgent for place in places)
        return () if calls and denies(text) else places

    def _found(self, text: str) -> Iterable[int]:
        alone = self._alone.get(text.strip(_MARKS))
        if alone is not None:
            return (alone,)
        anchors = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not anchors:
            return ()
        spans = list(self._spans(text, anchors))
        excuses = [span for span in spans if span.sought.excuses]
        return {
            span.sought.rule
            for span in spans
            if not span.sought.excuses
            and not any(_excused(span, excuse) for excuse in excuses)
            and (self._rules[span.sought.rule].even_denied or not denied(text, span.start))
        }

    def _spans(self, text: str, anchors: Iterable[tuple[int, int, int]]) -> Iterable[_Span]:
        for anchor, start, end in anchors:
            for sought in self._sought[self._anchors[anchor]]:
                for first, last in sought.phrase.around(text, start, end):
                    yield _Span(first, last, sought)

    def _add(self, place: int, rule: Rule) -> None:
        for intent in rule.intents:
            self._by_intent[intent] = (*self._by_intent.get(intent, ()), place)
        for written in map(plain, (*rule.words.zh, *rule.words.en)):
            if written.startswith(ALONE):
                self._alone[written[1:]] = place
            else:
                self._seek(_Sought(place, phrase(written), False))
        for written in map(plain, (*rule.unless.zh, *rule.unless.en)):
            self._seek(_Sought(place, phrase(written), True))

    def _seek(self, sought: _Sought) -> None:
        for anchor in sought.phrase.anchors:
            self._sought.setdefault(anchor, []).append(sought)


def _excused(span: _Span, excuse: _Span) -> bool:
    return excuse.sought.rule == span.sought.rule and excuse.start < span.end and span.start < excuse.end


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
