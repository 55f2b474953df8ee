"""A breaker: what has failed again and again is not asked for a while, so that it holds nobody up."""

from collections.abc import Callable

LIMIT = 5
"""Failures in a row that open it."""
REST_S, LONGEST_REST_S = 5.0, 60.0
"""Seconds for which it stays open, doubled each time that the trial after it fails."""


class Breaker:
    """Closed, open, or trying one call. ``ticks`` gives seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._failures, self._rest_s = 0, REST_S
        self._open_until, self._trying = 0.0, False

    @property
    def open(self) -> bool:
        """Whether calls are turned away."""
        return self._failures >= LIMIT and (self._trying or self._ticks() < self._open_until)

    @property
    def rest_s(self) -> float:
        """Seconds until the next trial."""
        return max(self._open_until - self._ticks(), 0.0)

    def begin(self) -> bool:
        """Ask to make a call; False where it is turned away. Of those that come after the rest, one tries."""
        if self.open:
            return False
        self._trying = self._failures >= LIMIT
        return True

    def fine(self) -> None:
        """The call was answered, whatever the answer."""
        self._failures, self._rest_s, self._trying = 0, REST_S, False

    def failed(self) -> None:
        """The call was not answered."""
        self._failures += 1
        if self._failures >= LIMIT and (self._trying or self._failures == LIMIT):
            self._open_until = self._ticks() + self._rest_s
            self._rest_s = min(self._rest_s * 2, LONGEST_REST_S)
        self._trying = False

    def abandoned(self) -> None:
        """The call ended without an answer of either kind."""
        self._trying = False
