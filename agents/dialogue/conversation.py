"""What is remembered of a conversation: the last turns, what is being asked, what waits, which messages were seen."""

from collections.abc import Mapping

import msgspec

from agents.understanding import Understanding
from agents.understanding.language import answered_in
from schemas import ids
from schemas.messages import Entity, InboundMessage, Intent, Sealed, Sentiment

TURNS = 15
"""Turns that are remembered; a turn is a question and its answer."""
SEEN = 64
"""Message ids that are remembered, to know a message that comes twice."""
WAITING = 50
"""Messages of one conversation that may wait for a model; a further one is answered at once."""
WAITING_CHARACTERS = 60_000
"""Characters of text that may wait so; with the turns, a state stays well below the largest record."""
REMEMBERED = 600
"""Characters of a question or an answer that are remembered."""


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """A question, masked, and the answer to it; ``at`` in seconds since the epoch."""

    question: str
    answer: str
    source: str
    at: float


class Question(msgspec.Struct, frozen=True, array_like=True):
    """A message as far as its answer needs it. ``text`` is masked; ``written`` is its record's time in seconds."""

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


class Pending(msgspec.Struct, frozen=True, array_like=True):
    """The question that a model is answering."""

    request_id: str
    question: Question


class Conversation(msgspec.Struct, frozen=True, array_like=True):
    """The state of one conversation; every change makes a new one. ``personal`` is what its placeholders stand for."""

    turns: tuple[Turn, ...] = ()
    seen: tuple[int, ...] = ()
    pending: Pending | None = None
    waiting: tuple[Question, ...] = ()
    personal: Mapping[str, Sealed] = {}

    def knows(self, message_id: str) -> bool:
        return ids.fingerprint(message_id) in self.seen

    def hearing(self, message_id: str) -> "Conversation":
        return msgspec.structs.replace(self, seen=(*self.seen, ids.fingerprint(message_id))[-SEEN:])

    def full(self) -> bool:
        """Whether no further message may wait."""
        held = sum(len(question.text) for question in self.waiting)
        return len(self.waiting) >= WAITING or held >= WAITING_CHARACTERS

    def queueing(self, question: Question) -> "Conversation":
        return msgspec.structs.replace(self, waiting=(*self.waiting, question))

    def asking(self, pending: Pending | None) -> "Conversation":
        return msgspec.structs.replace(self, pending=pending)

    def answered(self, question: Question, answer: str, source: str, at: float) -> "Conversation":
        turn = Turn(question.text[:REMEMBERED], answer[:REMEMBERED], source, at)
        return msgspec.structs.replace(self, turns=(*self.turns, turn)[-TURNS:])


def question(message: InboundMessage, understanding: Understanding, masked: str, written: float) -> Question:
    """The question that a message asks. ``masked`` is its text with the placeholders of the conversation."""
    return Question(
        message_id=message.message_id,
        text=masked,
        tenant=message.tenant,
        channel=message.channel,
        user_id=message.user_id,
        language=answered_in(understanding.language),
        intent=understanding.intent,
        entities=understanding.entities,
        sentiment=understanding.sentiment,
        attachments=tuple(attachment.kind for attachment in message.attachments),
        occurred_at=message.occurred_at,
        written=written,
        input_hash=ids.content_hash(message.text),
    )
