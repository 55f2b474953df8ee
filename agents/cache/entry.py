"""What the answer cache takes, keeps and gives."""

import hashlib

import msgspec

from schemas.messages import Citation

LAYOUT = "1"
"""Part of every key: entries of another layout are never found."""


DROPPED = "cache.dropped."
"""Settings of this prefix and the first SLOT hex digits of a key hold the last answer dropped among such keys.

So there is an end to them: a later one in the same place lets the earlier one, dropped long ago, be cached again.
"""
SLOT = 3


class Dropped(msgspec.Struct, frozen=True):
    """An answer that somebody called wrong: no answer of the ``model`` is kept under ``key`` while ``knowledge`` lasts.

    ``key`` in hex; ``knowledge`` is the version.
    """

    key: str
    model: str
    knowledge: str


class Remembered(msgspec.Struct, frozen=True):
    """An answer that is offered to the cache. ``knowledge_version`` is the one that the model was asked with."""

    text: str
    citations: tuple[Citation, ...] = ()
    model: str = ""
    knowledge_version: str = ""


class Recalled(msgspec.Struct, frozen=True):
    """An answer from the cache. ``similarity`` is 1.0 for the same words, else how alike the words are in [0, 1]."""

    text: str
    citations: tuple[Citation, ...] = ()
    language: str = ""
    model: str = ""
    similarity: float = 1.0
    level: str = ""
    key: bytes = b""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """An answer as it is kept. ``question`` is in its exact form, ``at`` in seconds since the epoch.

    ``intent`` is empty where it was not sure. ``basis`` are the articles that the model was shown,
    each with the fingerprint that it had.
    """

    question: str
    text: str
    citations: tuple[Citation, ...]
    language: str
    intent: str
    model: str
    basis: tuple[tuple[str, str], ...]
    at: float


def key(*parts: str) -> bytes:
    """The key of what ``parts`` name (tenant, language, edition, signature): 128 bits of BLAKE2b."""
    return hashlib.blake2b("\x1f".join((LAYOUT, *parts)).encode("utf-8", "replace"), digest_size=16).digest()
