"""A breaker for each model; when one opens or closes all workers are told, and keep to it."""

from collections.abc import Callable
from typing import Any

import msgspec

from agents import breaker
from agents.breaker import Breaker, Limits

SETTING = "models.breaker."
"""Settings of this prefix and a model's name say that its breaker is open: {"state", "rest", "worker"}."""


class Told(msgspec.Struct, frozen=True):
    """What the setting holds; ``rest`` are the seconds from its writing on."""

    state: breaker.State
    rest: float = 0.0
    worker: str = ""


class ModelBreakers:
    """``ticks`` gives seconds; ``tell`` gets each change as a model's name and Told."""

    def __init__(
        self,
        ticks: Callable[[], float],
        tell: Callable[[str, Told], None] = lambda model, told: None,
        *,
        worker: str = "",
        limits: Limits | None = None,
    ) -> None:
        self._ticks, self._tell, self._worker, self._limits = ticks, tell, worker, limits or Limits()
        self._breakers: dict[str, Breaker] = {}

    def allows(self, model: str) -> bool:
        return breaker.allows(self._of(model), self._ticks())

    def states(self) -> dict[str, breaker.State]:
        """The state of each model that was asked."""
        return {model: one.state for model, one in self._breakers.items()}

    def began(self, model: str) -> None:
        self._breakers[model] = breaker.began(self._of(model), self._ticks())

    def left(self, model: str) -> None:
        self._breakers[model] = breaker.left(self._of(model))

    def ended(self, model: str, *, good: bool) -> None:
        before = self._of(model)
        now = self._breakers[model] = breaker.ended(before, self._ticks(), self._limits, good=good)
        if now.state not in (before.state, "half_open"):
            self._tell(model, Told(now.state, now.rest, self._worker))

    def heard(self, model: str, value: Any, ago_s: float = 0.0) -> None:
        """Another worker's breaker has opened or closed, ``ago_s`` seconds ago; what this worker told changes nothing.

        One that was left open is closed once its rest is over: the setting stays, and is read at every start.
        """
        told = msgspec.convert(value, Told)
        if told.worker == self._worker:
            return
        left = min(told.rest, self._limits.longest) - max(ago_s, 0.0)
        opens = told.state == "open" and left > 0
        self._breakers[model] = breaker.opened(self._ticks(), left) if opens else Breaker()

    def _of(self, model: str) -> Breaker:
        return self._breakers.get(model) or Breaker()
