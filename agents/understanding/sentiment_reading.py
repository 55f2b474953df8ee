"""One pass over a Chinese text: each phrase in its part of the sentence, with what it is worth there."""

from collections.abc import Callable, Mapping

from agents.understanding.sentiment_lexicon import NEGATION, Lexicon, Part, Phrase

WEAK = 0.4
"""What leans this much or less counts in full only beside a mood."""
UNSAID = -0.08
_AFTERWARDS = 0.6
_HOPED = 0.25
_CONCEDED = 0.5
_SUMMARY = 1.5
_LAST = 1.1
_LOOK_BACK = 5
_DEGREE_GAP, _THING_GAP, _LACK_GAP = 3, 5, 2
_EXCESS = -1.1
_WELCOME = frozenset({"many", "near", "new", "bright", "soft"})
_ATTRIBUTE = 0.6
_MAX_SIGNS, _MAX_TURNS = 3, 3
_EVEN = frozenset(("", "都", "也", "几乎", "根本", "完全", "基本", "压根", "却", "居然", "竟然"))
_PARTICLES = "了啊呢的"
_QUOTES = frozenset("\"'“”‘’「」『』")

Told = tuple[float, int, int, bool]
"""A valence, where its words stand, and whether it counts in a question."""


class Reading:
    """One pass over the phrases of a text, left to right.

    ``told`` holds valences with their places, and whether they count in a question; ``weak`` those of leans; ``own``
    is what the customer says.
    """

    def __init__(self, lexicon: Lexicon, seen: str) -> None:
        self.lexicon, self.seen = lexicon, seen
        self.tokens = lexicon.found(seen)
        self.courteous = False
        self.own = seen
        self.told: list[Told] = []
        self.weak: list[Told] = []
        self.signs: dict[Phrase, int] = {}
        self.bound: set[int] = set()
        self.unbound: list[int] = []
        self.sentence = self.clause = self.tail = self.turns = 0
        self.after = self.local = 1.0
        self.hoping = self.asking = self.bent = False

    def read(self) -> list[Told]:
        for place, (phrase, _, _) in enumerate(self.tokens):
            if step := _STEPS[phrase.part]:
                step(self, place)
        if self.asking:
            self.ask(len(self.tokens))
        for place in self.unbound:
            if place not in self.bound:
                self.weak.append((UNSAID, *self.tokens[place][1:], True))
        if len(self.told) > 1:
            value, start, end, firm = self.told[-1]
            self.told[-1] = (value * _LAST, start, end, firm)
        return self.told

    def add(self, value: float, place: int, firm: bool = True) -> None:
        weight = self.after * self.local * (_HOPED if value > 0 and (self.hoping or self.courteous) else 1.0)
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

    def answer(self, place: int) -> None:
        """What a shop answers below the customer's own words is left out; in its answer alone thanks are courtesy."""
        if start := self.tokens[place][1]:
            self.own = self.seen[:start]
            del self.tokens[place:]
        self.courteous = True

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
            (self.weak if abs(phrase.value) < WEAK else self.told).append((phrase.value, start, end, True))

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
            phrase, after, stop = self.tokens[place + 1]
            if phrase.missing and self.seen[end:after] in _EVEN and self._ends(place + 1, stop):
                return place + 1
        return None

    def _ends(self, place: int, end: int) -> bool:
        """Whether nothing, or a mark, stands behind the phrase."""
        if place + 1 == len(self.tokens):
            return not self.seen[end:].strip(_PARTICLES)
        phrase, start, _ = self.tokens[place + 1]
        return phrase.part is Part.MARK and not self.seen[end:start].strip(_PARTICLES)

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


_BY_PART: Mapping[Part, Callable[[Reading, int], None]] = {
    Part.MARK: Reading.mark,
    Part.SIGN: Reading.sign,
    Part.MOOD: Reading.mood,
    Part.NEGATION: Reading.negate,
    Part.CONTRAST: Reading.turn,
    Part.CONCESSION: Reading.concede,
    Part.SUMMARY: Reading.sum_up,
    Part.ASKED: Reading.ask,
    Part.INQUIRY: Reading.inquire,
    Part.DIMENSION: Reading.measure,
    Part.HOPE: Reading.hope,
    Part.REPLY: Reading.answer,
    Part.THING: Reading.thing,
    Part.LEAN: Reading.lean,
}
_STEPS = tuple(_BY_PART.get(part) for part in Part)
