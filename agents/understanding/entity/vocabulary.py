"""All words that entities are made of, found in one pass over a text."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

(
    PRODUCT, COLOUR, REASON, HALF_REASON, NO_PRODUCT, NO_COLOUR, NO_REASON, DAY, MONTH, WHEN, UNIT, CLOCK, COUNT,
    TIMES, GOT, THING, NUMBER, MONEY, PAID, SIZE, SIZE_WORD, CODE, BOUGHT, PLACE, STREET, DIGIT,
) = (1 << n for n in range(26))  # fmt: skip
"""The kinds of words; DIGIT: the text has a digit."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_WORDLIKE = _LETTERS | frozenset("0123456789")
_AFTER_WORD = _LETTERS | {"'"}


class Word(NamedTuple):
    """A word with its kind; one that only says that a kind may be there has no value."""

    text: str
    kind: int
    value: str = ""


class Hit(NamedTuple):
    """A word with a value, where it stands."""

    value: str
    start: int
    end: int


class Sight(NamedTuple):
    """A text as the recognisers see it: folded, with the kinds that may be in it, its words and the hour."""

    text: str
    kinds: int
    hits: Mapping[int, list[Hit]]
    now: datetime | None

    def of(self, kind: int) -> Sequence[Hit]:
        """The hits of one kind, in the order of their ends."""
        return self.hits.get(kind, ())

    def allowed(self, kind: int, ban: int) -> Sequence[Hit]:
        """The hits of a kind that lie in none of the phrases of ``ban``."""
        hits = self.of(kind)
        if not self.kinds & ban:
            return hits
        banned = {place for no in self.of(ban) for place in range(no.start, no.end)}
        return [hit for hit in hits if hit.start not in banned or hit.end - 1 not in banned]


class Vocabulary:
    """Words in an automaton; a word that begins or ends with a Latin letter is no part of a longer one."""

    def __init__(self, words: Iterable[Word]) -> None:
        kept = tuple(dict.fromkeys(words))
        self._words = tuple((word.kind, word.value, _barred_before(word), word.text[-1] in _WORDLIKE) for word in kept)
        self._find = AhoCorasick([word.text for word in kept], matchkind=MatchKind.Standard).find_matches_as_indexes

    def see(self, text: str) -> tuple[int, dict[int, list[Hit]]]:
        """The kinds and the words with values, by kind, of a text in its plain form (width.plain)."""
        kinds, words, length = 0, self._words, len(text)
        hits: dict[int, list[Hit]] = {}
        for index, start, end in self._find(text, overlapping=True):
            kind, value, left, right = words[index]
            if left and start and text[start - 1] in left:
                continue
            if right and end < length and text[end] in _LETTERS:
                continue
            kinds |= kind
            if value:
                hits.setdefault(kind, []).append(Hit(value, start, end))
        return kinds, hits


def _barred_before(word: Word) -> frozenset[str]:
    """What may not stand before a word: a unit may follow digits, a name may not."""
    if word.text[0] not in _WORDLIKE:
        return frozenset()
    return _WORDLIKE if word.value else _AFTER_WORD
