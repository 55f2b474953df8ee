"""What placeholders stand for: sealed with the conversation's key, opened, filled into replies.

A conversation's key follows from the installation's secret and a salt of the conversation's own. Whoever deletes the
salt makes what the key sealed unreadable, wherever it was copied: neither secret nor conversation tell it. AES-SIV
(RFC 5297) needs no nonce: the same value under the same key is the same box, so that a replay writes what was written.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from agents.understanding.personal.placeholders import normalised, type_of
from agents.understanding.personal.readable import PLACEHOLDER
from schemas.messages import Sealed

MARK_BYTES = 8
NEVER_SAID = frozenset({"secret"})
"""Passwords and keys are neither kept nor said back, not even to whom they belong."""


def key_of(secret: bytes, salt: str, conversation_id: str) -> bytes:
    """The key of a conversation: 64 bytes, as AES-256 in SIV mode takes them (HMAC-SHA-512 as in RFC 5869)."""
    return hmac.digest(secret, f"kefu.personal.v1\x1f{salt}\x1f".encode() + _bytes(conversation_id), "sha512")


def mark_of(key: bytes, type_: str, value: str) -> str:
    """What is the same for all ways of writing one value, and tells nothing of it without ``key``."""
    said = f"{type_}\x1f".encode() + _bytes(normalised(type_, value))
    return hmac.digest(key, said, "sha256")[:MARK_BYTES].hex()


def sealed(values: Mapping[str, str], key: bytes, conversation_id: str) -> dict[str, Sealed]:
    """``values`` (placeholder to value), each readable only with ``key`` and for this conversation."""
    cipher, bound = AESSIV(key), [_bytes(conversation_id)]
    return {
        name: Sealed(
            mark=mark_of(key, type_of(name), value),
            box="" if type_of(name) in NEVER_SAID else b64encode(cipher.encrypt(_bytes(value), bound)).decode(),
        )
        for name, value in values.items()
    }


def marked(values: Mapping[str, str], key: bytes) -> dict[str, Sealed]:
    """The marks of ``values`` alone: they keep their placeholders, and nothing fills them in again."""
    return {name: Sealed(mark=mark_of(key, type_of(name), value)) for name, value in values.items()}


def opened(held: Mapping[str, Sealed], key: bytes, conversation_id: str) -> dict[str, str]:
    """The values that ``key`` opens, without those that were changed or sealed with another key or conversation."""
    cipher, values = AESSIV(key), dict[str, str]()
    for name, one in held.items():
        try:
            plain = cipher.decrypt(b64decode(one.box, validate=True), [_bytes(conversation_id)])
            values[name] = plain.decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            continue
    return values


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with each placeholder of ``values`` replaced by its value; others and secrets stay as they are."""
    if "[" not in text:
        return text
    return PLACEHOLDER.sub(
        lambda found: found[0] if type_of(found[0]) in NEVER_SAID else values.get(found[0], found[0]), text
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
