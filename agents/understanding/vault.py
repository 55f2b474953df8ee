"""The values behind a conversation's placeholders: sealed with the conversation's key, opened, filled into replies.

AES-SIV (RFC 5297) needs no nonce: the same values under the same key are the same bytes, so that a replay writes what
was written before, and a key may seal as often as it is needed. Whoever deletes the key makes what it sealed unreadable
wherever it was copied.
"""

from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from agents.understanding.personal.readable import PLACEHOLDER
from schemas.errors import Misconfigured, Rejected

KEY_BYTES = 64
"""A key is this many random bytes: AES-256 in SIV mode takes two halves."""

NEVER_SAID = frozenset({"SECRET"})
"""Passwords and keys are not said back, not even to whom they belong."""


def sealed(values: Mapping[str, str], key: bytes, conversation_id: str) -> bytes:
    """``values`` (placeholder to value), readable only with ``key`` and for this conversation.

    The same for the same values in any order. Raises Misconfigured where the key has another length than KEY_BYTES.
    """
    plain = msgspec.json.encode(dict(values), order="sorted")
    return _cipher(key).encrypt(plain, [_bound(conversation_id)])


def opened(box: bytes, key: bytes, conversation_id: str) -> dict[str, str]:
    """What was sealed. Raises Rejected where key or conversation are others or the bytes were changed."""
    try:
        plain = _cipher(key).decrypt(box, [_bound(conversation_id)])
        return msgspec.json.decode(plain, type=dict[str, str])
    except (InvalidTag, ValueError, msgspec.DecodeError) as problem:
        raise Rejected(
            "the sealed values of this conversation cannot be opened: its key is gone or another, or the bytes were "
            "changed; go on without them"
        ) from problem


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with each placeholder of ``values`` replaced by its value; unknown ones and secrets stay as they are."""
    if "[" not in text:
        return text
    return PLACEHOLDER.sub(lambda found: found[0] if found[1] in NEVER_SAID else values.get(found[0], found[0]), text)


def _cipher(key: bytes) -> AESSIV:
    if len(key) != KEY_BYTES:
        raise Misconfigured(f"a conversation's key has {KEY_BYTES} bytes, this one {len(key)}: make it with that many")
    return AESSIV(key)


def _bound(conversation_id: str) -> bytes:
    return b"kefu.personal.v1:" + conversation_id.encode("utf-8", "surrogatepass")
