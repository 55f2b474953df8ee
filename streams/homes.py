"""Which partition a key is at home in."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

KNOWN = 200_000
"""Keys whose hash is remembered; working one out costs some microseconds."""


def home(key: bytes, partitions: int) -> int:
    """murmur2, as librdkafka's ``murmur2_random`` and Java's clients have it."""
    return _hashed(key) % partitions


@lru_cache(KNOWN)
def _hashed(key: bytes) -> int:
    return int(murmur2(key) & 0x7FFFFFFF)
