"""Why a score is what it is: one word of the text with its part in it."""

from typing import NamedTuple


class Reason(NamedTuple):
    """A word, where it stands in the text (end excluded), and what it adds to the sum of valences behind a score."""

    word: str
    start: int
    end: int
    valence: float
