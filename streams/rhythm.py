"""When to commit: soon while little is to do, in larger pieces under a backlog, never later than a ceiling."""

from dataclasses import dataclass

LONGEST_S = 1.0
"""Seconds that work may wait for its commit, whatever a commit costs."""
DEAR = 10
"""Work goes on for so many times of what a commit takes, so that commits take at most a tenth of the time."""
GATHER_S = 0.01
"""Seconds for which records are gathered at the broker: about as long as a commit takes, and they wait for that."""


@dataclass(slots=True)
class Rhythm:
    """``at_once``: what is not committed is not visible, so an idle moment is used, once the last commit is as long
    past as it took: commits take at most half of the time, and on a busy machine fewer of them carry more. In seconds.
    """

    at_once: bool
    interval_s: float
    took_s: float = 0.0

    def pause(self, *, waited_s: float, since_last_s: float, idle: bool, backlog: bool) -> float:
        """How long to wait before the next commit, when the oldest uncommitted work has waited for so long."""
        if self.at_once:
            ceiling = min(max(self.interval_s, DEAR * self.took_s), LONGEST_S)
            rest = min(self.took_s, self.interval_s) - since_last_s
            return max(0.0, rest if idle and not backlog else ceiling - waited_s)
        return max(0.0, (LONGEST_S if backlog else self.interval_s) - since_last_s)

    @property
    def gather_s(self) -> float:
        """How far apart the broker is asked for more; without transactions nothing waits for a commit."""
        return GATHER_S if self.at_once else 0.0
