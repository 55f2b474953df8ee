"""Leaves a server that fails alone for a while, longer each time."""

from collections.abc import Callable

FIRST_S, LONGEST_S = 1.0, 60.0


class Breaker:
    """Closed while calls succeed; each failure opens it for twice as long as the one before, up to LONGEST_S."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks, self._pause, self._until = ticks, 0.0, 0.0

    @property
    def is_open(self) -> bool:
        return self._ticks() < self._until

    def failed(self) -> bool:
        """A call has failed; whether it is the first after calls that succeeded."""
        first = self._pause == 0.0
        self._pause = min(max(FIRST_S, 2 * self._pause), LONGEST_S)
        self._until = self._ticks() + self._pause
        return first

    def succeeded(self) -> bool:
        """A call has succeeded; whether it is the first after failures."""
        recovered, self._pause = self._pause > 0.0, 0.0
        return recovered
