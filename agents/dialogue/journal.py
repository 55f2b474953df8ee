"""The log events of a turn: what was heard, understood, decided and replied, who was called and what came of it."""

from collections.abc import Sequence

from agents.dialogue.conversation import Question
from agents.understanding import sentiment
from agents.understanding.sentiment_reason import Reason
from schemas import ids, times
from schemas.messages import JsonValue, Reply
from schemas.operations import HandoverEvent, LogEvent, LogKind
from schemas.tools import ToolResult
from schemas.topics import LOG, Send

ACTOR = "dialogue"
MOST_WORDS = 10


def received(conversation_id: str, question: Question) -> Send:
    detail = {"user_id": question.user_id, "attachments": list(question.attachments)}
    return Send(
        LOG,
        LogEvent(
            event_id=_id("received", conversation_id, question.message_id),
            kind="received",
            conversation_id=conversation_id,
            message_id=question.message_id,
            tenant=question.tenant,
            channel=question.channel,
            occurred_at=times.rfc3339(question.written),
            actor=ACTOR,
            input_hash=question.input_hash,
            text=question.text,
            detail={**detail, "said_at": question.occurred_at},
        ),
    )


def understood(conversation_id: str, question: Question, reasons: Sequence[Reason], now: float) -> Send:
    """With the words that gave the mood, where it decides something; only those that are not covered in the text."""
    if question.sentiment.score >= sentiment.DECIDING:
        return _step("understood", conversation_id, question, now)
    words = [one for one in reasons if one.word in question.text]
    told = [{"word": one.word, "valence": round(one.valence, 2)} for one in words[:MOST_WORDS]]
    return _step("understood", conversation_id, question, now, detail={"mood_words": told})


def decided(conversation_id: str, question: Question, now: float, *, source: str, why: str) -> Send:
    return _step("decided", conversation_id, question, now, source=source, detail={"why": why})


def called(conversation_id: str, question: Question, result: ToolResult, now: float) -> Send:
    """A tool was called for a message; each call is a step of its own."""
    detail: dict[str, JsonValue] = {
        "tool": result.tool,
        "outcome": result.outcome,
        "reason": result.reason,
        "attempts": result.attempts,
        "request_id": result.request_id,
    }
    return _step(
        "decided",
        conversation_id,
        question,
        now,
        event_id=_id("decided", conversation_id, result.request_id),
        source="tool",
        latency_ms=result.tool_ms,
        detail=detail,
    )


def replied(question: Question, reply: Reply, now: float) -> Send:
    """A message was answered; a reply to several is a step of each of them."""
    return _step(
        "replied",
        reply.conversation_id,
        question,
        now,
        source=reply.source,
        model=reply.model,
        prompt_version=reply.prompt_version,
        knowledge_version=reply.knowledge_version,
        experiment=reply.experiment,
        latency_ms=round((now - question.written) * 1000, 3),
        output_hash=ids.content_hash(reply.text),
        text=reply.text,
        detail={
            "reply_id": reply.reply_id,
            "citations": [{"article_id": c.article_id, "title": c.title, "score": c.score} for c in reply.citations],
        },
    )


def handed_over(event: HandoverEvent, now: float) -> Send:
    """A step in the passing to a person and back."""
    detail: dict[str, JsonValue] = {
        "event": event.kind,
        "event_id": event.event_id,
        "reason": event.reason,
        "queue": event.queue,
        "skill": event.skill,
    }
    return Send(
        LOG,
        LogEvent(
            event_id=_id("handed_over", event.conversation_id, event.event_id),
            kind="handed_over",
            conversation_id=event.conversation_id,
            message_id=event.message_id or event.event_id,
            tenant=event.tenant,
            channel=event.channel,
            occurred_at=times.rfc3339(now),
            actor=event.agent_id or ACTOR,
            language=event.language,
            text=event.text,
            detail=detail,
        ),
    )


def rejected(topic: str, partition: int, offset: int, key: bytes | None, reason: str, now: float) -> Send:
    """A record that could not be read; it stands in the dead letters under the same topic, partition and offset."""
    message_id = ids.derived("msg", topic, str(partition), str(offset))
    conversation_id = (key or b"").decode("utf-8", "replace") or "unknown"
    place = {"topic": topic, "partition": partition, "offset": offset}
    return Send(
        LOG,
        LogEvent(
            event_id=_id("rejected", conversation_id, message_id),
            kind="rejected",
            conversation_id=conversation_id,
            message_id=message_id,
            occurred_at=times.rfc3339(now),
            actor=ACTOR,
            detail={"reason": reason, **place},
        ),
    )


def _step(
    kind: LogKind, conversation_id: str, question: Question, now: float, *, event_id: str = "", **more: object
) -> Send:
    return Send(
        LOG,
        LogEvent(
            event_id=event_id or _id(kind, conversation_id, question.message_id),
            kind=kind,
            conversation_id=conversation_id,
            message_id=question.message_id,
            tenant=question.tenant,
            channel=question.channel,
            occurred_at=times.rfc3339(now),
            actor=ACTOR,
            language=question.language,
            intent=question.intent.name,
            intent_confidence=question.intent.confidence,
            sentiment=question.sentiment.score,
            input_hash=question.input_hash,
            **more,  # type: ignore[arg-type]
        ),
    )


def _id(kind: str, conversation_id: str, message_id: str) -> str:
    return ids.derived("log", kind, conversation_id, message_id)
