"""Calls a person: says it once to whom it concerns, and tells those who take over all that they need."""

from collections.abc import Mapping, Sequence

import msgspec

from agents.dialogue import journal, memory, mood, wording
from agents.dialogue.conversation import Answer, Conversation, Handed, Question, Troubles, Work
from agents.dialogue.decide import Desk
from agents.dialogue.saying import composed, say
from agents.dialogue.scene import Outcome, Scene
from agents.rules.risk import Risk
from schemas import ids, times
from schemas.operations import HandedTurn, HandoverEvent, HandoverKind
from schemas.topics import HANDOVER, Send

HUMAN = "human_agent"
"""The intent, and the script, of who wants a person."""
QUEUE = "service"
"""The queue of what no rule sends elsewhere."""
TOLD = 10
"""Turns that a person who takes over is told; all that is remembered is in the summary and the slots."""


class Cause(msgspec.Struct, frozen=True):
    """Why a person is called, whom, and the script that says so."""

    reason: str
    queue: str = QUEUE
    skill: str = ""
    script: str = "handover"
    urgent: bool = False


def wanted(
    state: Conversation, questions: Sequence[Question], risks: Sequence[Risk | None], desk: Desk
) -> Cause | None:
    """Why these messages, each with what the rules found in it, call for a person; the most urgent cause first."""
    causes = [cause for question, risk in zip(questions, risks, strict=True) if (cause := _cause(question, risk, desk))]
    if causes:
        return next((cause for cause in causes if cause.urgent), causes[0])
    reason = mood.calls_for_a_person(state)
    return Cause(reason, skill=questions[-1].intent.name) if reason else None


def _cause(question: Question, risk: Risk | None, desk: Desk) -> Cause | None:
    if risk is not None and (risk.urgent or risk.queue):
        reason, queue, script = risk.reason or risk.name, risk.queue or QUEUE, risk.script or "handover"
        return Cause(reason, queue, risk.skill or risk.name, script, risk.urgent)
    touched = wording.gravest(question.text, desk)
    if touched is not None and touched.action == "hand_over":
        return Cause(wording.why(touched), skill=touched.category)
    intent = question.intent
    if intent.name == HUMAN and intent.confidence >= desk.thresholds.scripted:
        return Cause("asked_for_a_person", script=HUMAN)
    return None


def request(scene: Scene, state: Conversation, work: Work, cause: Cause) -> Outcome:
    """Ask for a person. What is found of an answer is said, then that somebody will come; then the bot is silent.

    A task under way is kept: where nobody comes, it goes on. What waits for a tool is still told what it did.
    """
    last = work.last
    text = scene.desk.script(cause.script, last.language, last.message_id)
    called = text or scene.desk.script("handover", last.language, last.message_id) or ""
    said = [answer for answer in work.answers if answer.source != "fallback"]
    answer = composed((*said, Answer(called, "handover", f"handover:{cause.reason}")))
    event = _requested(scene, state, work, cause)
    state, sends = say(scene, state, work, answer)
    sends += [Send(HANDOVER, event), journal.handed_over(event, scene.now)]
    sends += [said_to_person(scene, question) for question in state.waiting]
    handed = Handed(cause.reason, last, scene.now + scene.limits.take, asked=state.waiting)
    return msgspec.structs.replace(state, handed=handed, waiting=(), troubles=Troubles()), sends


def said_to_person(scene: Scene, question: Question, reason: str = "") -> Send:
    """What the customer says while a person has the conversation."""
    return Send(HANDOVER, event_of(scene, "said", question, reason=reason))


def event_of(
    scene: Scene, kind: HandoverKind, question: Question, *, reason: str, spoken: bool = True
) -> HandoverEvent:
    """An event of ours about a conversation whose last message was ``question``, with its text where it was spoken."""
    return HandoverEvent(
        event_id=ids.derived("handover", kind, scene.conversation_id, question.message_id),
        kind=kind,
        conversation_id=scene.conversation_id,
        tenant=question.tenant,
        channel=question.channel,
        user_id=question.user_id,
        message_id=question.message_id if spoken else "",
        text=question.text if spoken else "",
        reason=reason,
        language=question.language,
        occurred_at=times.rfc3339(scene.now),
    )


def _requested(scene: Scene, state: Conversation, work: Work, cause: Cause) -> HandoverEvent:
    turns = tuple(
        HandedTurn(
            question=turn.question, answer=turn.answer, source=turn.source, occurred_at=times.rfc3339(float(turn.at))
        )
        for turn in state.turns[-TOLD:]
    )
    return msgspec.structs.replace(
        event_of(scene, "requested", work.last, reason=cause.reason),
        queue=cause.queue,
        skill=cause.skill or _skill(state, work),
        summary=_summary(state, work, cause),
        slots=dict(slots(state)),
        turns=turns,
    )


def slots(state: Conversation) -> Mapping[str, str]:
    """What is known by name: what the tasks under way hold, else the newest facts."""
    known = memory.known(state.facts)
    for task in state.tasks:
        known |= {slot: value for slot, value in task.slots.items() if value}
    return known


def _skill(state: Conversation, work: Work) -> str:
    """What it was about: the task under way, else the last want that is not the one for a person."""
    wants = [question.intent.name for question in work.questions] + [turn.intent for turn in reversed(state.turns)]
    named = [want for want in wants if want and want not in (HUMAN, "unknown", "greeting", "thanks")]
    return state.tasks[-1].name if state.tasks else next(iter(named), "")


def _summary(state: Conversation, work: Work, cause: Cause) -> str:
    """Why, what is wanted, how far the task is, and what was asked last; without a model, so in the person's words."""
    zh = work.last.language == "zh"
    about = [f"{task.name} ({task.step or task.asked or '-'})" for task in state.tasks]
    mean = state.mood
    parts = (
        f"{'原因' if zh else 'Why'}: {cause.reason}",
        f"{'正在办理' if zh else 'Under way'}: {', '.join(about)}" if about else "",
        memory.summary(state.gists, work.last.language),
        f"{'情绪' if zh else 'Mood'}: {mean.now:+.2f} ({mean.lowest:+.2f})",
        f"{'最后说' if zh else 'Said last'}: {' / '.join(question.text for question in work.questions)[:300]}",
    )
    return "; ".join(filter(None, parts))
