"""Lines that somebody types, read without blocking: from a terminal or from a pipe."""

import os
import select


class Typed:
    """Reads whole lines of a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._held, self._ended = descriptor, b"", False

    def line(self, wait_s: float | None = None) -> str | None:
        """The next line; empty where none came in time (None waits for ever), None at the end of the input."""
        while b"\n" not in self._held and not self._ended:
            if not select.select([self._descriptor], [], [], wait_s)[0]:
                return ""
            piece = os.read(self._descriptor, 4096)
            self._held += piece
            self._ended = not piece
        if not self._held:
            return None
        line, _, self._held = self._held.partition(b"\n")
        return line.decode("utf-8", "replace").strip()
