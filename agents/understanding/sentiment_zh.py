"""The mood of Chinese: phrases with valences, turned by negation, scaled by degree, weighed by the sentence.

The scale and the steps are those of VADER (Hutto and Gilbert, 2014, and its released code): a degree word adds 0.293,
a negation multiplies by -0.74, an exclamation mark adds 0.292 up to four times. What is said of a thing ("the portion
is small") has the valence that the lexicon's aspects give it. Time is linear in the length of the text.
"""

from collections.abc import Callable, Mapping

from agents.understanding.sentiment_lexicon import NEGATION, Lexicon, Part, Phrase, lexicon, packaged
from agents.understanding.sentiment_reason import Reason
from agents.understanding.width import plain

__all__ = ["Lexicon", "lexicon", "packaged", "reasons", "valence"]

EXCLAMATION = 0.292
_AFTERWARDS = 0.6
_HOPED = 0.25
_CONCEDED = 0.5
_SUMMARY = 1.5
_UNSAID, _A_STORY = -0.08, 8
_WEAK, _WEAK_SUM = 0.4, 0.18
_LOOK_BACK = 5
_DEGREE_GAP, _THING_GAP, _LACK_GAP = 3, 5, 2
_EXCESS = -1.1
_WELCOME = frozenset({"many", "near", "new", "bright", "soft"})
_ATTRIBUTE = 0.6
_MAX_SIGNS, _MAX_TURNS = 3, 3
_EVEN = "都也"
_QUOTES = frozenset("\"'“”‘’「」『』")


_Told = tuple[float, int, int, bool]


def valence(text: str, lexicon: Lexicon) -> float:
    """The sum of the valences in ``text``, before it is normalised."""
    seen = plain(text)
    told = _told(seen, lexicon)
    total = sum([one[0] for one in told]) if told else _untold(seen)
    emphasis = EXCLAMATION * min(seen.count("!"), 4)
    return total + emphasis if total > 0 else total - emphasis if total < 0 else 0.0


def reasons(text: str, lexicon: Lexicon) -> list[Reason]:
    """The words that ``valence`` adds up, in no order, as they stand in ``text``."""
    told = _told(plain(text), lexicon)
    return [Reason(text[start:end], start, end, value) for value, start, end, _ in told if value]


def _untold(seen: str) -> float:
    """Who tells something without a word of praise rather complains; too weak to be a label."""
    return _UNSAID if len(seen) >= _A_STORY and not seen.isascii() and "?" not in seen and "吗" not in seen else 0.0


def _told(seen: str, lexicon: Lexicon) -> list[_Told]:
    reading = _Reading(lexicon, seen)
    told = reading.read()
    if matched := list(lexicon.patterns.matched(seen)):
        told = _merged(told, matched)
    weak = reading.weak
    total = abs(sum([one[0] for one in weak]))
    if told or total <= _WEAK_SUM:
        return told + weak
    return [(value * _WEAK_SUM / total, start, end, firm) for value, start, end, firm in weak]


def _merged(told: list[_Told], matched: list[tuple[float, int, int]]) -> list[_Told]:
    """What is told twice, by two patterns or by a pattern and a word inside it, counts once."""
    kept: list[_Told] = []
    for value, start, end in sorted(matched, key=lambda match: -abs(match[0])):
        if not any(value * other > 0 and start < stop and begin < end for other, begin, stop, _ in kept):
            kept.append((value, start, end, True))
    return kept + [one for one in told if not any(_covered(one, pattern) for pattern in kept)]


def _covered(one: _Told, pattern: _Told) -> bool:
    inside = pattern[1] <= one[1] and one[2] <= pattern[2]
    return inside and 0 < one[0] / pattern[0] <= 1


class _Reading:
    """One pass over the phrases of a text, left to right.

    ``told`` holds valences with their places, and whether they count in a question; ``weak`` those of leans.
    """

    def __init__(self, lexicon: Lexicon, seen: str) -> None:
        phrases = lexicon.phrases
        found = lexicon.finder.find_matches_as_indexes(seen)
        self.lexicon, self.seen = lexicon, seen
        self.tokens = [(phrases[number], start, end) for number, start, end in found]
        self.told: list[_Told] = []
        self.weak: list[_Told] = []
        self.signs: dict[Phrase, int] = {}
        self.bound: set[int] = set()
        self.unbound: list[int] = []
        self.sentence = self.clause = self.tail = self.turns = 0
        self.after = self.local = 1.0
        self.hoping = self.asking = self.bent = False

    def read(self) -> list[_Told]:
        for place, (phrase, _, _) in enumerate(self.tokens):
            if step := _STEPS[phrase.part]:
                step(self, place)
        if self.asking:
            self.ask(len(self.tokens))
        for place in self.unbound:
            if place not in self.bound:
                self.weak.append((_UNSAID, *self.tokens[place][1:], True))
        return self.told

    def add(self, value: float, place: int, firm: bool = True) -> None:
        weight = self.after * self.local * (_HOPED if self.hoping and value > 0 else 1.0)
        _, start, end = self.tokens[place]
        self.told.append((value * weight, start, end, firm))

    def mark(self, place: int) -> None:
        phrase = self.tokens[place][0]
        if phrase.asks or self.asking:
            self.ask(place)
        self.clause, self.tail = place + 1, len(self.told)
        if self.bent:
            self.local, self.hoping, self.asking, self.bent = 1.0, False, False, False
        if phrase.ends_sentence:
            self.sentence, self.turns, self.after = self.tail, 0, 1.0

    def ask(self, place: int) -> None:
        """A question does not praise: 质量好吗 is neutral."""
        self.told[self.tail :] = [told for told in self.told[self.tail :] if told[0] < 0 and told[3]]

    def turn(self, place: int) -> None:
        phrase = self.tokens[place][0]
        if self.turns < _MAX_TURNS:
            said = self.told[self.sentence :]
            self.told[self.sentence :] = [(value * phrase.before, start, end, firm) for value, start, end, firm in said]
        self.turns += 1
        self.after, self.local = phrase.value, 1.0

    def concede(self, place: int) -> None:
        self.local, self.bent = _CONCEDED, True

    def sum_up(self, place: int) -> None:
        self.local, self.bent = _SUMMARY, True

    def inquire(self, place: int) -> None:
        self.asking = self.bent = True

    def hope(self, place: int) -> None:
        self.hoping = self.bent = True

    def negate(self, place: int) -> None:
        self.unbound.append(place)

    def sign(self, place: int) -> None:
        phrase = self.tokens[place][0]
        times = self.signs[phrase] = self.signs.get(phrase, 0) + 1
        if times <= _MAX_SIGNS:
            self.told.append((phrase.value * (1 if times == 1 else 0.25), *self.tokens[place][1:], True))

    def lean(self, place: int) -> None:
        phrase, start, end = self.tokens[place]
        if phrase.value:
            (self.weak if abs(phrase.value) < _WEAK else self.told).append((phrase.value, start, end, True))

    def thing(self, place: int) -> None:
        if self.tokens[place][0].needed and (negation := self._lacking(place)) is not None:
            self.bound.add(negation)
            self.add(self.lexicon.lack, place, firm=False)
        else:
            self.lean(place)

    def _lacking(self, place: int) -> int | None:
        """The place of what says that a thing is not there: 没有热水, 筷子都没有."""
        _, start, end = self.tokens[place]
        if place > self.clause:
            phrase, _, before = self.tokens[place - 1]
            if phrase.missing and start - before <= _LACK_GAP:
                return place - 1
        if place + 1 < len(self.tokens):
            phrase, after, _ = self.tokens[place + 1]
            if phrase.missing and after == end and self.seen[after] in _EVEN:
                return place + 1
        return None

    def mood(self, place: int) -> None:
        phrase, start, end = self.tokens[place]
        if phrase.step and self._leads(place):
            return
        value = phrase.value
        if value > 0 and self.seen[start - 1 : start] in _QUOTES and self.seen[end : end + 1] in _QUOTES:
            value *= NEGATION
        self.add(self._in_context(value, place), place)

    def _leads(self, place: int) -> bool:
        """Whether a mood stands right behind, so that this is its degree: 好 in 好慢."""
        if place + 1 == len(self.tokens):
            return False
        phrase, start, _ = self.tokens[place + 1]
        return start == self.tokens[place][2] and phrase.meant

    def _in_context(self, value: float, place: int) -> float:
        """``value`` with what stands before it in its clause, and the degree right behind it."""
        tokens, gap, right = self.tokens, 0, self.tokens[place][1]
        direction = 1.0 if value > 0 else -1.0
        if place + 1 < len(tokens) and tokens[place + 1][0].part is Part.AFTERWARDS:
            value += direction * _AFTERWARDS
        for before in range(place - 1, max(self.clause, place - _LOOK_BACK) - 1, -1):
            phrase, start, end = tokens[before]
            gap, right = gap + right - end, start
            if phrase.part is Part.CONTRAST:
                break
            if phrase.reach >= 0:
                if gap <= phrase.reach:
                    value, direction = value * phrase.value, -direction
                    self.bound.add(before)
            elif phrase.step and gap <= _DEGREE_GAP:
                value += direction * phrase.step
            elif phrase.meant:
                break
            else:
                gap += end - start
        return value

    def measure(self, place: int) -> None:
        """What is big, cold or far is good or bad with the thing that it is said of."""
        if value := self._measured(place):
            self.add(self._in_context(value, place), place, firm=False)

    def _measured(self, place: int) -> float:
        dimension, start, end = self.tokens[place][0].dimension, *self.tokens[place][1:]
        for before in range(place - 1, max(self.clause, place - _LOOK_BACK) - 1, -1):
            phrase, _, stop = self.tokens[before]
            if dimension in phrase.aspect and start - stop <= _THING_GAP:
                return phrase.aspect[dimension]
        if place + 1 < len(self.tokens):
            phrase, begin, _ = self.tokens[place + 1]
            if dimension in phrase.aspect and begin - end <= 1:
                return _ATTRIBUTE * phrase.aspect[dimension]
        excess = place > self.clause and self.tokens[place - 1][0].excess and self.tokens[place - 1][2] == start
        return _EXCESS if excess and dimension not in _WELCOME else 0.0


_BY_PART: Mapping[Part, Callable[[_Reading, int], None]] = {
    Part.MARK: _Reading.mark,
    Part.SIGN: _Reading.sign,
    Part.MOOD: _Reading.mood,
    Part.NEGATION: _Reading.negate,
    Part.CONTRAST: _Reading.turn,
    Part.CONCESSION: _Reading.concede,
    Part.SUMMARY: _Reading.sum_up,
    Part.ASKED: _Reading.ask,
    Part.INQUIRY: _Reading.inquire,
    Part.DIMENSION: _Reading.measure,
    Part.HOPE: _Reading.hope,
    Part.THING: _Reading.thing,
    Part.LEAN: _Reading.lean,
}
_STEPS = tuple(_BY_PART.get(part) for part in Part)
