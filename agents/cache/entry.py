"""What passes between the dialogue and the answer cache."""

import msgspec

from schemas.messages import Citation


class Recalled(msgspec.Struct, frozen=True):
    """An answer that the cache had; ``similarity`` in [0, 1], 1 for the same question; ``level`` says where it was."""

    text: str
    citations: tuple[Citation, ...] = ()
    language: str = ""
    model: str = ""
    similarity: float = 1.0
    level: str = ""


class Remembered(msgspec.Struct, frozen=True):
    """A model's answer that is offered to the cache, with the knowledge that it rests on."""

    text: str
    citations: tuple[Citation, ...] = ()
    model: str = ""
    knowledge_version: str = ""
