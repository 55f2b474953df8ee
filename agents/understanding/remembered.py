"""What was made of the texts that were read last: people say the same things, word for word, again and again."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Concatenate, Generic, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

MOST = 8192
SHORT = 100
"""Characters; longer texts are seldom said twice."""


class Remembered(Generic[T]):
    """Makes something of texts, in batches, and keeps it for the last short ones. ``make`` goes by the text alone."""

    def __init__(self, make: Callable[[Sequence[str]], Sequence[T]]) -> None:
        self._make = make
        self._known: dict[str, T] = {}

    def __contains__(self, text: str) -> bool:
        return text in self._known

    def of(self, texts: Sequence[str]) -> list[T]:
        """One for each text, in order."""
        known = self._known
        new = [text for text in dict.fromkeys(texts) if text not in known]
        made = dict(zip(new, self._make(new), strict=True)) if new else {}
        found = [made[text] if text in made else known[text] for text in texts]
        self._keep(texts, found)
        return found

    def _keep(self, texts: Sequence[str], found: Sequence[T]) -> None:
        """The last said stand last; the first go."""
        known = self._known
        for text, one in zip(texts, found, strict=True):
            if len(text) <= SHORT:
                known.pop(text, None)
                known[text] = one
        while len(known) > MOST:
            del known[next(iter(known))]


def remembering(make: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
    """``make``, which goes by its arguments alone, but for what it made of the last short texts."""
    kept: Callable[..., T] = lru_cache(MOST)(make)

    def made(text: str, /, *more: P.args, **named: P.kwargs) -> T:
        return kept(text, *more, **named) if len(text) <= SHORT else make(text, *more, **named)

    return made
