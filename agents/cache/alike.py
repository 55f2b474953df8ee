"""How alike two texts are by their characters; it is told to people and decides nothing."""

import math
from collections import Counter

from agents.understanding.width import plain


def exact(text: str) -> str:
    """A question as itself: without the differences of width, case, script, spaces and of marks at its end."""
    return " ".join(plain(text).split()).rstrip(" ?？!！。.,，~～")


def likeness(one: str, other: str) -> float:
    """Cosine of the counts of both texts' character bigrams, in [0, 1]."""
    if one == other:
        return 1.0
    first, second = _bigrams(one), _bigrams(other)
    shared = sum(count * second[pair] for pair, count in first.items())
    lengths = math.sqrt(sum(map(_square, first.values())) * sum(map(_square, second.values())))
    return round(shared / lengths, 4) if lengths else 0.0


def _bigrams(text: str) -> Counter[str]:
    return Counter(text[place : place + 2] for place in range(len(text) - 1))


def _square(number: int) -> int:
    return number * number
