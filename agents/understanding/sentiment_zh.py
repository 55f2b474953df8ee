"""The mood of Chinese: phrases with valences, turned by negation, scaled by degree, weighed by the sentence.

The scale and the steps are those of VADER (Hutto and Gilbert, 2014, and its released code): a degree word adds 0.293,
a negation multiplies by -0.74, an exclamation mark adds 0.292 up to four times. What is said of a thing ("the portion
is small") has the valence that the lexicon's aspects give it. Time is linear in the length of the text.
"""

from agents.understanding.sentiment_learned import DOUBTFUL, FAR
from agents.understanding.sentiment_lexicon import A_REQUEST, Lexicon, lexicon, packaged
from agents.understanding.sentiment_reading import UNSAID, Reading, Told
from agents.understanding.sentiment_reason import Reason
from agents.understanding.width import plain

__all__ = ["Lexicon", "judged", "lexicon", "packaged", "reasons", "valence"]

EXCLAMATION = 0.292
_A_STORY, _WEAK_SUM, _TELLING = 8, 0.18, 4


def judged(text: str, lexicon: Lexicon) -> float:
    """``valence``, moved by what is learned from reviews where its words leave a long enough text doubtful."""
    seen = plain(text)
    told, own = _told(seen, lexicon)
    value = _summed(seen, told, own, lexicon)
    if lexicon.learned and value and abs(value) <= DOUBTFUL and len(seen) > A_REQUEST:
        return lexicon.learned.blended(value, own, _far(seen, told, lexicon))
    return value


def _far(seen: str, told: list[Told], lexicon: Lexicon) -> float:
    """How far from 0 what is learned may move a sum of valences: not where long phrases, which say surely what is
    meant, tell most of it; where no word of mood is told and nothing is asked, too little for a label."""
    total = telling = most = 0.0
    for value, start, end, _ in told:
        size = abs(value)
        most = max(most, size)
        total += size
        if end - start >= _TELLING:
            telling += size
    if most <= _WEAK_SUM:
        return 0.0 if lexicon.asks(seen) else _WEAK_SUM
    return FAR if 2 * telling < total else 0.0


def valence(text: str, lexicon: Lexicon) -> float:
    """The sum of the valences in ``text``, before it is normalised."""
    seen = plain(text)
    return _summed(seen, *_told(seen, lexicon), lexicon)


def _summed(seen: str, told: list[Told], own: str, lexicon: Lexicon) -> float:
    total = sum([one[0] for one in told]) if told else _untold(seen, lexicon)
    emphasis = EXCLAMATION * min(own.count("!"), 4)
    return total + emphasis if total > 0 else total - emphasis if total < 0 else 0.0


def reasons(text: str, lexicon: Lexicon) -> list[Reason]:
    """The words that ``valence`` adds up, in no order, as they stand in ``text``."""
    told, _ = _told(plain(text), lexicon)
    return [Reason(text[start:end], start, end, value) for value, start, end, _ in told if value]


def _untold(seen: str, lexicon: Lexicon) -> float:
    """Who tells something without a word of praise rather complains; too weak to be a label."""
    return UNSAID if len(seen) >= _A_STORY and not seen.isascii() and not lexicon.requested(seen) else 0.0


def _told(seen: str, lexicon: Lexicon) -> tuple[list[Told], str]:
    """What is told with its valences, and the part of the text that the customer wrote."""
    reading = Reading(lexicon, seen)
    told = reading.read()
    if matched := list(lexicon.patterns.matched(reading.own)):
        told = _merged(told, matched)
    weak = reading.weak
    if weak and not told and lexicon.requested(seen):
        return [], reading.own
    total = abs(sum([one[0] for one in weak]))
    if told or total <= _WEAK_SUM:
        return told + weak, reading.own
    return [(value * _WEAK_SUM / total, start, end, firm) for value, start, end, firm in weak], reading.own


def _merged(told: list[Told], matched: list[tuple[float, int, int]]) -> list[Told]:
    """What is told twice in one place, by patterns or by a pattern and a word, counts once, the stronger of them."""
    for value, start, end in sorted(matched, key=lambda match: -abs(match[0])):
        again = [one for one in told if _again(one, value, start, end)]
        if all(abs(one[0]) < abs(value) for one in again):
            told = [(value, start, end, True), *(one for one in told if not _again(one, value, start, end))]
    return told


def _again(one: Told, value: float, start: int, end: int) -> bool:
    return one[0] * value > 0 and start < one[2] and one[1] < end
