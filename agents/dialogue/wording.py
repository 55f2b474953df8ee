"""Sensitive words in a conversation: covered, answered with a script only, or given to a person."""

from typing import Protocol

from agents.dialogue.conversation import Question
from agents.understanding.sensitive import Action, Hit, SensitiveWords, covered
from schemas import ids, times
from schemas.operations import HandoverEvent
from schemas.topics import HANDOVER, Send

_GRAVEST_FIRST: tuple[Action, ...] = ("hand_over", "block")


class Rules(Protocol):
    """Where the rules are that count now."""

    @property
    def words(self) -> SensitiveWords: ...


def cleaned(text: str, rules: Rules) -> str:
    """``text`` as it may be kept and shown: each word that is to be masked is covered, character by character."""
    hits = rules.words.find(text)
    return covered(text, hits) if hits else text


def gravest(text: str, rules: Rules) -> Hit | None:
    """The hit that decides over ``text``: the first one for a person, else the first that blocks."""
    hits = rules.words.find(text)
    return next((hit for action in _GRAVEST_FIRST for hit in hits if hit.action == action), None)


def why(hit: Hit) -> str:
    """The rule that decided, for the log; the word itself is not repeated there."""
    return f"sensitive:{hit.category}"


def blocks(text: str, rules: Rules) -> bool:
    """Whether ``text`` must not be sent."""
    return any(hit.action == "block" for hit in rules.words.find(text))


def requested(conversation_id: str, asked: Question, reason: str, now: float) -> Send:
    """Asks a person to take the conversation over. The same message asks once, however often it comes."""
    event = HandoverEvent(
        event_id=ids.derived("handover", "requested", conversation_id, asked.message_id),
        kind="requested",
        conversation_id=conversation_id,
        tenant=asked.tenant,
        channel=asked.channel,
        user_id=asked.user_id,
        message_id=asked.message_id,
        text=asked.text,
        reason=reason,
        occurred_at=times.rfc3339(now),
    )
    return Send(HANDOVER, event)
