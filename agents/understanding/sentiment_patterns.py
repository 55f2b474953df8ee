"""What Chinese says of moods with more than a word: regular expressions that are tried where a cue stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ahocorasick_rs import AhoCorasick, MatchKind


@dataclass(frozen=True, slots=True)
class Patterns:
    """Regular expressions with their valences; each is tried where one of its cues stands in the text.

    ``tries`` holds, by the number that ``cues`` knows a cue by, the numbers of what to try.
    """

    rules: tuple[tuple[re.Pattern[str], float], ...]
    cues: AhoCorasick
    tries: tuple[tuple[int, ...], ...]

    def matched(self, text: str) -> Iterator[tuple[float, int, int]]:
        """The valence and the place of the first match of each rule, in the order of the rules."""
        found = {cue for cue, _, _ in self.cues.find_matches_as_indexes(text, overlapping=True)}
        for number in sorted({number for cue in found for number in self.tries[cue]}):
            rule, valence = self.rules[number]
            if match := rule.search(text):
                yield (valence, *match.span())


def patterns(rules: Sequence[Mapping[str, Any]]) -> Patterns:
    """Those of the lexicon's file: ``has`` (cues), ``match`` and ``valence`` each."""
    tries: dict[str, tuple[int, ...]] = {}
    for number, rule in enumerate(rules):
        for cue in str(rule["has"]).split():
            tries[cue] = (*tries.get(cue, ()), number)
    compiled = tuple((re.compile(rule["match"]), float(rule["valence"])) for rule in rules)
    return Patterns(compiled, AhoCorasick(list(tries), matchkind=MatchKind.Standard), tuple(tries.values()))
