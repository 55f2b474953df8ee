"""Calls tools for a task or a model: asks by appending to a topic, and says what it means that no answer comes."""

import msgspec

from agents.dialogue import personal
from agents.dialogue.conversation import Conversation, Pending, Question, Work
from agents.dialogue.saying import void
from agents.dialogue.scene import Outcome, Scene
from agents.tasks.move import Call
from schemas import ids, times
from schemas.tools import ToolRequest, ToolResult
from schemas.topics import TOOL_REQUESTS, Send

CALLS = 8
"""Calls that one reply may take: a task that wants more goes round in circles."""
GRACE_S = 2.0
"""Seconds for which a result may come after its deadline."""


def call(scene: Scene, state: Conversation, work: Work, wanted: Call) -> Outcome:
    """Ask for a task's tool; the conversation waits."""
    parts = (wanted.tool, state.tasks[-1].step if state.tasks else "", *([str(work.calls)] if work.calls else []))
    request = request_of(scene, state, work.current, wanted, parts)
    voided = [void(scene, work)] if work.voids else []
    work = msgspec.structs.replace(work, calls=work.calls + 1, voids="")
    pending = Pending("tool", request.request_id, work, until(scene), tool=wanted.tool)
    return msgspec.structs.replace(state, pending=pending), [*voided, Send(TOOL_REQUESTS, request)]


def until(scene: Scene) -> float:
    """The time at which a call that is made now is given up."""
    return scene.now + scene.limits.tool + GRACE_S


def expired(scene: Scene, pending: Pending) -> ToolResult:
    """The result of a call that nobody answered."""
    return ToolResult(
        request_id=pending.request_id,
        message_id=pending.work.current.message_id,
        conversation_id=scene.conversation_id,
        tenant=pending.work.current.tenant,
        channel=pending.work.current.channel,
        tool=pending.tool,
        outcome="expired",
        reason="nobody answered in time",
        occurred_at=times.rfc3339(scene.now),
    )


def request_of(scene: Scene, state: Conversation, asked: Question, wanted: Call, parts: tuple[str, ...]) -> ToolRequest:
    """A call for the message ``asked``; ``parts`` tell it from the others for that message."""
    return ToolRequest(
        request_id=ids.derived("call", scene.conversation_id, asked.message_id, *parts),
        message_id=asked.message_id,
        conversation_id=scene.conversation_id,
        tenant=asked.tenant,
        channel=asked.channel,
        user_id=asked.user_id,
        tool=wanted.tool,
        arguments=wanted.arguments,
        personal=personal.said(msgspec.json.encode(wanted.arguments).decode(), state.personal),
        language=asked.language,
        deadline=times.rfc3339(scene.now + scene.limits.tool),
        occurred_at=times.rfc3339(scene.now),
    )
