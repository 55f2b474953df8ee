"""Guard: reads a model's answer while it is written, and lets pass what is safe to be read.

The last characters are held back, so that personal data, a word that is forbidden, or instructions that leak are known
before their first character is shown. What has passed is never taken back: the answer is what has passed, joined.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import msgspec

from agents.understanding.mask import mask
from agents.understanding.personal.placeholders import numbered
from agents.understanding.personal.spans import PersonalData
from agents.understanding.sensitive import Hit, covered
from schemas.errors import KefuError

HELD = 40
"""Characters held back: as long as what is recognised only by its end, such as a number written with spaces."""
CONTEXT = 80
"""Characters before the held ones that are read again, for the cue that gives a value away."""
LEAK = 48
"""So many characters of the instructions in a row are a leak; a common turn of phrase is shorter."""
_NO_LETTERS = re.compile(r"[\W_]+")
_GAP = 4
"""Characters of white space that may stand between two groups of digits."""
_JOINED = frozenset("@._-+/:#=&?%'’")


class Blocked(KefuError):
    """The answer must not be read further; its text says why."""


class Forbidden(msgspec.Struct, frozen=True):
    """What must not be said: words that ``sensitive`` finds, the ``instructions``, more than ``longest`` characters."""

    sensitive: Callable[[str], Sequence[Hit]] = lambda text: ()
    instructions: str = ""
    longest: int = 8_000


class Guard:
    """Takes an answer in pieces; ``text`` is what has passed. Raises Blocked where the answer has to end."""

    def __init__(self, forbidden: Forbidden | None = None) -> None:
        self._forbidden = forbidden or Forbidden()
        self._leaks, self._size = _shingles(self._forbidden.instructions)
        self._raw, self._passed, self._tail = "", 0, ""
        self._known: dict[str, str] = {}
        self.text = ""

    def add(self, piece: str) -> str:
        """What may be read now."""
        self._raw += piece
        self._check_leak(piece)
        if len(self._raw) - self._passed <= HELD:
            return ""
        return self._pass(self._raw, len(self._raw) - HELD)

    def end(self) -> str:
        """The rest."""
        return self._pass(self._raw, len(self._raw))

    def _pass(self, raw: str, until: int) -> str:
        base = max(0, self._passed - CONTEXT)
        seen = raw[base:]
        self._check(seen)
        found = [_moved(span, base) for span in mask(seen).found if base + span.end > self._passed]
        if until < len(raw):
            until = self._boundary(raw, until, found)
        if until <= self._passed:
            return ""
        said = self._safe(raw[self._passed : until], [span for span in found if span.start < until])
        self._passed = until
        if len(self.text) + len(said) > self._forbidden.longest:
            raise Blocked(f"the answer is longer than {self._forbidden.longest} characters")
        self.text += said
        return said

    def _boundary(self, raw: str, until: int, found: Iterable[PersonalData]) -> int:
        """Back to where nothing is cut: before a value that may go on, before a run of digits and letters."""
        for span in found:
            if span.start < until and span.end >= until:
                until = min(until, span.start)
        while until > self._passed and _cuts(raw, until):
            until -= 1
        return until

    def _safe(self, said: str, found: Sequence[PersonalData]) -> str:
        inside = [_moved(span, -self._passed) for span in found]
        inside = [PersonalData(span.type, max(0, span.start), min(len(said), span.end)) for span in inside]
        masked = numbered(said, inside, self._known)
        self._known.update(masked.values)
        return covered(masked.text, self._forbidden.sensitive(masked.text))

    def _check(self, seen: str) -> None:
        for hit in self._forbidden.sensitive(seen):
            if hit.action == "block":
                raise Blocked(f"the answer holds a word of the category {hit.category}")

    def _check_leak(self, piece: str) -> None:
        """Look at each run of characters that ends in the piece, letters and digits only."""
        if not self._leaks:
            return
        plain, size = self._tail + _plain(piece), self._size
        if any(plain[at : at + size] in self._leaks for at in range(len(plain) - size + 1)):
            raise Blocked("the answer repeats the instructions")
        self._tail = plain[max(0, len(plain) - size + 1) :]


def _moved(span: PersonalData, by: int) -> PersonalData:
    return PersonalData(span.type, span.start + by, span.end + by)


def _cuts(raw: str, at: int) -> bool:
    """Whether a cut here goes through a word, or between two groups of digits."""
    if _joined(raw[at - 1]) and _joined(raw[at]):
        return True
    before, after = raw[max(0, at - _GAP) : at].rstrip()[-1:], raw[at : at + _GAP].lstrip()[:1]
    return before.isdigit() and after.isdigit()


def _joined(character: str) -> bool:
    return (character.isascii() and character.isalnum()) or character in _JOINED


def _plain(text: str) -> str:
    return _NO_LETTERS.sub("", text.casefold())


@lru_cache(64)
def _shingles(text: str) -> tuple[frozenset[str], int]:
    """Every run of so many letters of a text; Chinese says in a third of the characters what English says."""
    plain = _plain(text)
    size = LEAK if plain.isascii() else LEAK // 3
    return frozenset(plain[at : at + size] for at in range(len(plain) - size + 1)), size
