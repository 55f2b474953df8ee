"""An answer in the making: what a model's server sends, without thought, guarded, in pieces that are worth a record."""

from collections.abc import Callable

from agents.output.guard import Forbidden, Guard
from agents.output.pacing import Paced
from agents.output.thought import Thought


class Answer:
    """Hears the pieces of a model and shows the person's, through ``show``. ``ticks`` gives seconds.

    ``text`` is what was shown, joined. Raises Blocked out of ``heard`` and ``end``.
    """

    def __init__(self, show: Callable[[str], None], forbidden: Forbidden, ticks: Callable[[], float]) -> None:
        self._show, self._forbidden, self._ticks = show, forbidden, ticks
        self.restart(in_thought=False)

    def restart(self, *, in_thought: bool) -> None:
        """A server begins; allowed while nothing was shown."""
        self._thought = Thought(in_thought=in_thought)
        self._guard = Guard(self._forbidden)
        self._paced = Paced(self._read, self._ticks)

    @property
    def text(self) -> str:
        return self._guard.text

    @property
    def shown(self) -> bool:
        """Whether a person has seen some of it: then no other server may begin anew."""
        return bool(self._guard.text)

    @property
    def thought(self) -> int:
        """Characters of thought so far."""
        return self._thought.length

    def heard(self, piece: str) -> None:
        """A piece as the server sent it."""
        said = self._thought.add(piece)
        if said:
            self._paced.add(said)

    def end(self) -> None:
        """The server has ended: show the rest."""
        self._paced.add(self._thought.end())
        self._paced.flush()
        self._said(self._guard.end())

    def _read(self, text: str) -> None:
        self._said(self._guard.add(text))

    def _said(self, text: str) -> None:
        if text:
            self._show(text)
