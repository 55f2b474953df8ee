"""Which messages and events were seen, in six bytes each: one that comes again must change nothing."""

from functools import lru_cache

from schemas import ids

SEEN = 64
"""How many are remembered."""
SIZE = 6
"""Bytes of one: two of them are taken for one another once in 10¹² conversations."""


def has(seen: bytes, id_: str) -> bool:
    """Whether an id was seen."""
    if not seen:
        return False
    mark, place = _mark(id_), -1
    while (place := seen.find(mark, place + 1)) >= 0:
        if place % SIZE == 0:
            return True
    return False


def having(seen: bytes, id_: str) -> bytes:
    """What was seen, with one more id; the oldest is forgotten."""
    return (seen + _mark(id_))[-SEEN * SIZE :]


@lru_cache(64)
def _mark(id_: str) -> bytes:
    return ids.fingerprint(id_).to_bytes(8, "big")[-SIZE:]
