"""Which partition a key is at home in."""

from aiokafka.partitioner import murmur2

KNOWN = 200_000
"""Keys whose hash is remembered; working one out costs some microseconds."""


class Homes:
    """murmur2, as librdkafka's ``murmur2_random`` and Java's clients have it."""

    def __init__(self) -> None:
        self._hashes: dict[bytes, int] = {}

    def home(self, key: bytes, partitions: int) -> int:
        found = self._hashes.get(key)
        if found is None:
            if len(self._hashes) >= KNOWN:
                self._hashes.clear()
            found = self._hashes[key] = murmur2(key) & 0x7FFFFFFF
        return found % partitions
