"""Notices an answer that comes, but too slowly to be waited for."""

DRIP = 10
"""Pieces that must come in the time that is given for them."""


class Drip:
    """Counts pieces: fewer than DRIP in every ``seconds`` are too few."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._since, self._pieces = seconds, -1.0, 0

    def is_slow(self, now: float) -> bool:
        """One more piece has come: whether there were too few."""
        if self._since < 0:
            self._since = now
        self._pieces += 1
        if now - self._since < self._seconds:
            return False
        slow, self._since, self._pieces = self._pieces < DRIP, now, 0
        return slow
