"""What people and programs say about the conversations: handover, feedback, knowledge, settings, alerts, the log."""

from typing import Literal

from schemas.messages import Event, JsonValue

LogKind = Literal[
    "received", "understood", "decided", "model_called", "replied", "delivered", "handed_over", "feedback", "rejected"
]


class HandedTurn(Event, frozen=True, kw_only=True):
    """A question of the customer and what it was answered, as the person who takes over sees it; both masked."""

    question: str
    answer: str
    source: str
    occurred_at: str


HandoverKind = Literal["requested", "said", "taken", "replied", "noted", "returned"]


class HandoverEvent(Event, frozen=True, kw_only=True):
    """A step in the passing of a conversation to a person and back.

    ``requested``: the bot asks for a person, with ``queue``, ``skill``, ``summary``, ``slots`` and the last ``turns``;
    ``said``: the customer wrote while a person has the conversation. Both come from the dialogue.
    ``taken``, ``replied``, ``noted`` (seen by colleagues only) and ``returned`` come from the person ``agent_id``; a
    ``returned`` of nobody is a time-out. ``text`` is masked, as everywhere.
    """

    event_id: str
    kind: HandoverKind
    conversation_id: str
    tenant: str = "default"
    channel: str = "api"
    user_id: str = ""
    agent_id: str = ""
    message_id: str = ""
    text: str = ""
    reason: str = ""
    language: str = ""
    queue: str = ""
    skill: str = ""
    summary: str = ""
    slots: dict[str, str] = {}
    turns: tuple[HandedTurn, ...] = ()
    occurred_at: str


class Feedback(Event, frozen=True, kw_only=True):
    """What a person thought of a reply."""

    feedback_id: str
    reply_id: str
    conversation_id: str = ""
    tenant: str = "default"
    rating: Literal["like", "dislike"]
    comment: str = ""
    correction: str = ""
    occurred_at: str


class Article(Event, frozen=True, kw_only=True):
    """A piece of knowledge: an answer that may be cited, with ways in which people ask for it.

    Found for messages written from ``valid_from`` on and before ``valid_until``; empty: without limit. Of two with one
    id the higher ``version`` stays, of equal ones the later. ``source`` names the knowledge source that keeps it.
    ``{name}`` in the text stands for ``values[name]``, filled in when it is answered: what was so at ``as_of``, or
    when the source was last read; older than ``stale_after_s`` seconds, that is said.
    """

    article_id: str
    tenant: str = "default"
    language: Literal["zh", "en"]
    domain: str = "general"
    title: str
    text: str
    questions: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    version: int = 1
    updated_at: str = ""
    source: str = ""
    valid_from: str = ""
    valid_until: str = ""
    values: dict[str, str] = {}
    as_of: str = ""
    stale_after_s: float = 3600.0


class Setting(Event, frozen=True, kw_only=True):
    """A named value that every worker follows; an empty record removes it."""

    name: str
    value: JsonValue = None
    actor: str = ""
    occurred_at: str


class ConversationKey(Event, frozen=True, kw_only=True):
    """What the key to a conversation's personal data is made of, beside the installation's secret.

    An empty record deletes it: whatever the key has sealed stays unreadable from then on.
    """

    conversation_id: str
    salt: str = ""
    occurred_at: str = ""


class Alert(Event, frozen=True, kw_only=True):
    """Something that a monitor saw. ``alert_id`` derives from what, whom and when, so a repeat is equal."""

    alert_id: str
    rule: str
    subject: str
    severity: Literal["info", "warning", "critical"] = "warning"
    value: float
    limit: float
    baseline: float = 0.0
    message: str
    window_start: str
    window_end: str
    occurred_at: str


class LogEvent(Event, frozen=True, kw_only=True):
    """One step of one message, for audit, dashboards and learning. ``text`` is masked."""

    event_id: str
    kind: LogKind
    conversation_id: str
    message_id: str
    tenant: str = "default"
    channel: str = "api"
    occurred_at: str
    actor: str = ""
    language: str = ""
    intent: str = ""
    intent_confidence: float = 0.0
    sentiment: float = 0.0
    source: str = ""
    model: str = ""
    prompt_version: str = ""
    knowledge_version: str = ""
    experiment: str = ""
    latency_ms: float = 0.0
    input_hash: str = ""
    output_hash: str = ""
    text: str = ""
    detail: dict[str, JsonValue] = {}
