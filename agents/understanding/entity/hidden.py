"""Addresses that are masked: an entity that holds the placeholder, so that a task can go on without the text."""

import re
from collections.abc import Iterator

from agents.understanding.personal.placeholders import Masked
from schemas.messages import Entity

_ADDRESS = re.compile(r"\[ADDRESS_[0-9]+\]")


def addresses(text: str, masked: Masked) -> Iterator[Entity]:
    """The addresses of ``text``, written out or masked by whoever sent it; their values are their placeholders.

    Offsets count characters of ``text``.
    """
    if "[ADDRESS_" not in masked.text:
        return
    written = [(found.start, found.end) for found in masked.found if found.type == "address"]
    sent = [match.span() for match in _ADDRESS.finditer(text)]
    for (start, end), value in zip(sorted(written + sent), _ADDRESS.findall(masked.text), strict=False):
        yield Entity(type="address", value=value, start=start, end=end)
