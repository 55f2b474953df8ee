"""Thought: the part of a reasoning model's answer that is for itself, between ``<think>`` and ``</think>``."""

OPEN, CLOSE = "<think>", "</think>"


class Thought:
    """Takes an answer in pieces and gives what is no thought; tags may be split anywhere between pieces.

    A model that begins ``in_thought`` leaves out the first opening tag. ``length`` counts the characters of thought.
    A tag that is left open at the end shows nothing of what was thought; a closing one without an opening is dropped.
    """

    def __init__(self, *, in_thought: bool = False) -> None:
        self._held, self._inside, self._begun = "", in_thought, False
        self.length = 0

    def add(self, piece: str) -> str:
        """What may be read further on."""
        if not (self._held or self._inside or "<" in piece):
            return self._clean(piece)
        text, said = self._held + piece, list[str]()
        while tag := _first(text, self._awaited):
            before, _, text = text.partition(tag)
            self._take(before, said)
            self._inside = tag == OPEN
        kept = max(_split_tag(text, tag) for tag in self._awaited)
        self._held = text[len(text) - kept :]
        self._take(text[: len(text) - kept], said)
        return self._clean("".join(said))

    def end(self) -> str:
        """What was held back as the beginning of a tag that never came."""
        held, self._held = self._held, ""
        said = list[str]()
        self._take(held, said)
        return self._clean("".join(said))

    @property
    def _awaited(self) -> tuple[str, ...]:
        return (CLOSE,) if self._inside else (OPEN, CLOSE)

    def _take(self, text: str, said: list[str]) -> None:
        if self._inside:
            self.length += len(text)
        else:
            said.append(text)

    def _clean(self, text: str) -> str:
        """An answer does not begin with the white space that stood behind the thought."""
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return text


def _first(text: str, tags: tuple[str, ...]) -> str:
    """The tag that comes first in a text, or nothing."""
    return min((tag for tag in tags if tag in text), key=text.find, default="")


def _split_tag(text: str, tag: str) -> int:
    """How many characters at the end of a text may be the beginning of a tag."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
