"""Idempotency-Key: the same key gives the same ids and the same answer; another body under it is refused."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import msgspec

from schemas import ids
from schemas.errors import Rejected

HEADER = "Idempotency-Key"
LONGEST = 255
MOST = 20_000
"""Claims that are remembered. Ids derive from the key alone, so that an older repeat is harmless too."""


@dataclass(slots=True)
class Claim:
    """What a request with a key did so far; one without a key is its own."""

    seed: tuple[str, str] | None = None
    fingerprint: str = ""
    answer: Any = None

    def id(self, kind: str) -> str:
        """An id that follows from the key; random where there is none."""
        return ids.derived(kind, "idempotency", *self.seed) if self.seed else ids.fresh(kind)


@dataclass(slots=True)
class Keys:
    """The claims of this process, the oldest forgotten first."""

    _claims: OrderedDict[tuple[str, str], Claim] = field(default_factory=OrderedDict)

    def claim(self, route: str, key: str | None, body: Any) -> Claim:
        """The claim of this key. Raises Rejected when the key is malformed or came with another body before."""
        if key is None:
            return Claim()
        if not key or len(key) > LONGEST or not key.isascii() or not key.isprintable():
            raise Rejected(f"{HEADER} must be 1 to {LONGEST} printable ASCII characters, such as a UUID")
        fingerprint = ids.content_hash(msgspec.json.encode(body).decode())
        claim = self._claims.setdefault((route, key), Claim((route, key), fingerprint))
        if claim.fingerprint != fingerprint:
            raise Rejected(f"{HEADER} {key!r} came with another body before; send a new key with a new body")
        while len(self._claims) > MOST:
            self._claims.popitem(last=False)
        return claim
