"""Catching up: whether what stood on the topics when an assignment began has been worked on since."""

from collections.abc import Callable, Mapping

from streams.progress import Place

PATIENCE_S = 30.0
"""Seconds after which nobody waits for it any more: a backlog may be long, and a topic may hold an open transaction."""


class CatchingUp:
    """Of one assignment at a time. ``ticks`` gives seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks, self._since = ticks, ticks()
        self._behind: dict[Place, int] | None = None

    def begin(self) -> None:
        """An assignment begins: nothing is known of its partitions yet."""
        self._since, self._behind = self._ticks(), None

    @property
    def looks(self) -> bool:
        """Whether it is not known yet where the partitions end."""
        return self._behind is None

    def found(self, ends: Mapping[Place, int]) -> None:
        """Where the partitions ended at the beginning."""
        self._behind = dict(ends)

    def went_on(self, passed: Callable[[Place, int], bool]) -> None:
        """``passed`` says whether all below an offset of a partition has been worked on."""
        if self._behind:
            self._behind = {place: end for place, end in self._behind.items() if not passed(place, end)}

    @property
    def done(self) -> bool:
        """Whether all of it has been worked on, or was waited for long enough."""
        return self._behind == {} or self._ticks() - self._since > PATIENCE_S
