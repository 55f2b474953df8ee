"""A message as far as its answer needs it."""

from collections.abc import Mapping

import msgspec

from agents.dialogue.personal import Adopted
from agents.understanding import Understanding
from agents.understanding.language import answered_in
from agents.understanding.personal.readable import PLACEHOLDER
from schemas import ids
from schemas.messages import Entity, InboundMessage, Intent, Sentiment

IMAGES = 200_000
"""Characters of images, in base64, that a message may have for a model to see; with more it sees none of them."""


class Question(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A message as far as its answer needs it. ``text`` is masked; ``written`` is its record's time in seconds.

    ``vector`` is its embedding, where there is one: with it a step that is replayed finds what it found. ``meanings``
    are intents of which it is not clear which one is meant.
    """

    message_id: str
    text: str
    tenant: str
    channel: str
    user_id: str
    language: str
    intent: Intent
    entities: tuple[Entity, ...]
    sentiment: Sentiment
    attachments: tuple[str, ...]
    occurred_at: str
    written: float
    input_hash: str
    images: tuple[str, ...] = ()
    vector: bytes = b""
    meanings: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """Characters of it that take room in a state."""
        named = sum(len(entity.value) for entity in self.entities)
        return len(self.text) + named + sum(map(len, self.images)) + len(self.vector)

    @property
    def values(self) -> list[tuple[str, str]]:
        """What is named in it, as (type, value): personal values only as their placeholders."""
        named = [(entity.type, entity.value) for entity in self.entities]
        if "[" in self.text:
            named += [(found[1].lower(), found[0]) for found in PLACEHOLDER.finditer(self.text)]
        return named


def question(
    message: InboundMessage, understanding: Understanding, written: float, adopted: Adopted | None = None
) -> Question:
    """The question that a message asks; with the placeholders of its conversation, or of the message alone."""
    adopted = adopted or Adopted(understanding.masked, {})
    return Question(
        message_id=message.message_id,
        text=adopted.text,
        tenant=message.tenant,
        channel=message.channel,
        user_id=message.user_id,
        language=answered_in(understanding.language),
        intent=understanding.intent,
        entities=_renamed(understanding.entities, adopted.names),
        sentiment=understanding.sentiment,
        attachments=tuple(attachment.kind for attachment in message.attachments),
        occurred_at=message.occurred_at,
        written=written,
        input_hash=ids.content_hash(message.text),
        images=_images(message),
        meanings=understanding.did_you_mean,
    )


def _images(message: InboundMessage) -> tuple[str, ...]:
    """What a model can see of a message: images that came with it. Those that are only an address are not fetched."""
    if not message.attachments:
        return ()
    found = tuple(one.data for one in message.attachments if one.kind == "image" and one.data)
    return found if sum(map(len, found)) <= IMAGES else ()


def _renamed(entities: tuple[Entity, ...], names: Mapping[int, str]) -> tuple[Entity, ...]:
    return tuple(_own(entity, names) for entity in entities) if names else entities


def _own(entity: Entity, names: Mapping[int, str]) -> Entity:
    """An entity that is personal has its placeholder as its value: that of the conversation."""
    if entity.start not in names or not PLACEHOLDER.fullmatch(entity.value):
        return entity
    return msgspec.structs.replace(entity, value=names[entity.start])
