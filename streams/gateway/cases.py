"""A conversation that people were called to, as the handover's events tell it: a pure fold in the order of the log."""

from typing import Literal

import msgspec

from schemas.operations import HandedTurn, HandoverEvent

EVENTS = 200
"""Events of a case that are kept."""

Status = Literal["waiting", "taken", "closed"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the conversation, what it is about, and what was said since somebody was called.

    ``unanswered`` are the customer's messages since a person last replied.
    """

    conversation_id: str
    tenant: str = "default"
    channel: str = ""
    user_id: str = ""
    language: str = ""
    status: Status = "waiting"
    agent_id: str = ""
    queue: str = ""
    skill: str = ""
    reason: str = ""
    summary: str = ""
    slots: dict[str, str] = {}
    turns: tuple[HandedTurn, ...] = ()
    since: str = ""
    last_at: str = ""
    unanswered: int = 0
    events: tuple[HandoverEvent, ...] = ()


def fold(case: Case | None, event: HandoverEvent) -> Case:
    """The case after an event. The first who takes it has it until it is returned; ``taken`` again changes nothing."""
    known = _opened(event) if case is None or (case.status == "closed" and _opens(event)) else case
    told = msgspec.structs.replace(known, events=(*known.events, event)[-EVENTS:], last_at=event.occurred_at)
    replace = msgspec.structs.replace
    match event.kind:
        case "requested":
            return _asked(told, event)
        case "said":
            return replace(told, unanswered=told.unanswered + 1)
        case "taken" if told.status != "taken":
            return replace(told, status="taken", agent_id=event.agent_id)
        case "replied":
            return replace(told, unanswered=0)
        case "returned":
            return replace(told, status="closed", agent_id="", unanswered=0)
        case _:
            return told


def _opens(event: HandoverEvent) -> bool:
    return event.kind in ("requested", "taken")


def _opened(event: HandoverEvent) -> Case:
    """A new case. People may also step in, and may write where nothing is under way: that is a closed one."""
    return Case(
        conversation_id=event.conversation_id,
        tenant=event.tenant,
        channel=event.channel,
        user_id=event.user_id,
        language=event.language,
        status="waiting" if _opens(event) else "closed",
        since=event.occurred_at,
    )


def _asked(case: Case, event: HandoverEvent) -> Case:
    return msgspec.structs.replace(
        case,
        queue=event.queue,
        skill=event.skill,
        reason=event.reason,
        summary=event.summary,
        slots=event.slots,
        turns=event.turns,
        unanswered=case.unanswered + 1,
    )
