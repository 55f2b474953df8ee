"""Pacing: a model's tokens, gathered into pieces that are worth a record each."""

from collections.abc import Callable

CHUNK_S = 0.08
"""Seconds between the pieces that are shown while a model writes."""


class Paced:
    """Passes text on in order: the first piece at once, then pieces at least CHUNK_S apart. ``ticks`` gives seconds."""

    def __init__(self, on_text: Callable[[str], None], ticks: Callable[[], float]) -> None:
        self._on_text, self._ticks, self._held = on_text, ticks, ""
        self._next = float("-inf")

    def add(self, text: str) -> None:
        self._held += text
        if self._held and self._ticks() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Pass on what is held."""
        if self._held:
            held, self._held, self._next = self._held, "", self._ticks() + CHUNK_S
            self._on_text(held)
