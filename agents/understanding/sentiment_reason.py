"""Why a score is what it is: one word of the text with its part in it."""

from schemas.messages import Event


class Reason(Event, frozen=True):
    """A word, where it stands in the text (end excluded), and what it adds to the sum of valences behind a score.

    Valences count as they stand there: with negation, degree and contrast.
    """

    word: str
    start: int
    end: int
    valence: float
