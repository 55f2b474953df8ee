"""Pace: how many records are worked on in one stretch, so that a stretch is short whatever a record takes."""

from dataclasses import dataclass

STRETCH_S = 0.1
"""Seconds that a stretch should take: nothing is committed within one, and a transaction may not stay open for long."""
MOST = 10_000


@dataclass(slots=True)
class Pace:
    """Starts small and at most doubles, so that the first stretch of a slow step ends soon."""

    size: int = 16

    def took(self, count: int, seconds: float) -> None:
        """A stretch of ``count`` records took so many seconds."""
        fits = MOST if seconds <= 0 else int(count * STRETCH_S / seconds)
        if fits < self.size or count >= self.size:
            self.size = max(1, min(fits, 2 * self.size, MOST))
