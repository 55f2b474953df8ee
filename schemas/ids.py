"""Ids: strings, deterministic wherever something is derived, so that the same work done twice has the same id."""

import hashlib
import secrets


def derived(kind: str, *parts: str) -> str:
    """The id of something that follows from ``parts``: ``kind-`` and 24 hex digits (96 bits of BLAKE2b)."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return f"{kind}-{hashlib.blake2b(joined, digest_size=12).hexdigest()}"


def fresh(kind: str) -> str:
    """A new random id, for what begins at the rim: never inside a step."""
    return f"{kind}-{secrets.token_hex(12)}"


def content_hash(text: str) -> str:
    """Hash of a text for the audit trail: 32 hex digits (128 bits of BLAKE2b)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def fingerprint(text: str) -> int:
    """A 63-bit number that stands for a text where space is short."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1
