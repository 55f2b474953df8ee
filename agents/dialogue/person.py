"""A person has the conversation: the customer's words go there, the person's go out; then it comes back."""

import msgspec

from agents.dialogue import journal, personal, working
from agents.dialogue.conversation import WAITING_CHARACTERS, Answer, Conversation, Handed, Pending, Question, Work
from agents.dialogue.handover import event_of, said_to_person
from agents.dialogue.saying import named, void
from agents.dialogue.scene import Outcome, Scene
from agents.understanding.mask import mask
from schemas import ids, times
from schemas.messages import Intent, Reply, Sentiment
from schemas.operations import HandoverEvent
from schemas.topics import HANDOVER, OUTBOUND, Send

NOBODY_CAME, WENT_SILENT = "nobody_came", "went_silent"
"""Why a conversation comes back by itself; the scripts that say so have these names."""
ASKED = 20
"""Messages that may be without an answer; of more, the first are left to the person's eyes."""


def said(scene: Scene, state: Conversation, handed: Handed, question: Question) -> Outcome:
    """The customer writes while a person has the conversation: the bot is silent."""
    risk = scene.desk.risk(question)
    held = msgspec.structs.replace(handed, last=question, asked=_latest((*handed.asked, question)))
    state = msgspec.structs.replace(state.learning(question.values), handed=held)
    return state, [said_to_person(scene, question, risk.reason or risk.name if risk is not None else "")]


def happened(scene: Scene, state: Conversation, event: HandoverEvent) -> Outcome:
    """What a person does: takes the conversation, replies, notes something for colleagues, or returns it."""
    event = msgspec.structs.replace(event, text=mask(event.text, dict.fromkeys(state.personal, "")).text)
    logged = journal.handed_over(event, scene.now)
    if event.kind == "replied":
        state, sends = _replied(scene, state, event)
    elif event.kind == "taken":
        state, sends = _taken(scene, state, event)
    elif event.kind == "returned" and state.handed is not None:
        state, sends = _returned(scene, state, state.handed)
    else:
        state, sends = _acted(scene, state, event), []
    return state, [logged, *sends]


def timed_out(scene: Scene, state: Conversation, handed: Handed) -> Outcome:
    """Nobody came, or who came says nothing: the conversation is the bot's again, and the customer is told."""
    came = bool(handed.agent_id) or _written(state)
    reason = WENT_SILENT if came else NOBODY_CAME
    back = event_of(scene, "returned", handed.last, reason=reason, spoken=False)
    back = msgspec.structs.replace(back, event_id=ids.derived("handover", back.event_id, times.rfc3339(handed.until)))
    sends = [Send(HANDOVER, back), journal.handed_over(back, scene.now)]
    state = msgspec.structs.replace(state, handed=None).seeing(back.event_id)
    if came and not handed.asked:
        return state, sends
    state, told = _told(scene, state, handed, reason)
    return state, [*sends, *told]


def _taken(scene: Scene, state: Conversation, event: HandoverEvent) -> Outcome:
    """Also where nobody was asked for: people may step in. The first who takes it has it until it is returned."""
    until = scene.now + scene.limits.silence
    if state.handed is not None and state.handed.agent_id:
        return _acted(scene, state, event), []
    if state.handed is not None:
        handed = msgspec.structs.replace(state.handed, agent_id=event.agent_id, until=until)
        return msgspec.structs.replace(state, handed=handed), []
    model = state.pending if state.pending is not None and not _awaits_tool(state.pending) else None
    asked, logged = _asked(state), model.work.logged if model is not None else ()
    handed = Handed("taken", asked[-1] if asked else _last(event, state), until, event.agent_id, asked, logged)
    sends = [said_to_person(scene, question) for question in asked]
    if model is not None:
        sends.append(void(scene, msgspec.structs.replace(model.work, voids=model.request_id)))
    pending = None if model is not None else state.pending
    return msgspec.structs.replace(state, handed=handed, pending=pending, gathered=None, waiting=()), sends


def _asked(state: Conversation) -> tuple[Question, ...]:
    """What waits for an answer that a model would have written."""
    pending = state.pending.work.questions if state.pending is not None and state.pending.kind == "model" else ()
    gathered = state.gathered.questions if state.gathered is not None else ()
    return _latest((*pending, *gathered, *state.waiting))


def _latest(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """As many of the latest as may be held."""
    kept, room = 0, WAITING_CHARACTERS
    for question in reversed(questions[-ASKED:]):
        room -= question.length
        if room < 0 < kept:
            break
        kept += 1
    return questions[len(questions) - kept :]


def _acted(scene: Scene, state: Conversation, event: HandoverEvent) -> Conversation:
    """Whoever writes to the customer, and who has the conversation, is waited for anew."""
    handed = state.handed
    if handed is None or (event.kind != "replied" and event.agent_id != handed.agent_id):
        return state
    until = scene.now + scene.limits.silence
    return msgspec.structs.replace(state, handed=msgspec.structs.replace(handed, until=until))


def _written(state: Conversation) -> bool:
    """Whether a person has written last, taken or not."""
    return bool(state.turns) and state.turns[-1].source == "human"


def _replied(scene: Scene, state: Conversation, event: HandoverEvent) -> Outcome:
    """A person's words go out whoever has the conversation; they answer all that was not answered."""
    asked, logged = (state.handed.asked, state.handed.logged) if state.handed is not None else ((), ())
    last = asked[-1] if asked else _last(event, state)
    reply_id = ids.derived("reply", scene.conversation_id, event.event_id)
    reply = _reply(scene, state, reply_id, last, asked, Answer(event.text, "human", "person"))
    reply = msgspec.structs.replace(reply, language=event.language or last.language)
    state, sends = _sent(scene, state, reply, asked, logged)
    if state.handed is not None:
        state = msgspec.structs.replace(state, handed=msgspec.structs.replace(state.handed, asked=()))
    return _acted(scene, state, event), sends


def _returned(scene: Scene, state: Conversation, handed: Handed) -> Outcome:
    """The bot goes on, with what was left without an answer; the tasks from before are the person's and over."""
    state = msgspec.structs.replace(state, handed=None, tasks=state.tasks if _awaits_tool(state.pending) else ())
    if not handed.asked:
        return state, []
    if state.pending is not None:
        return msgspec.structs.replace(state, waiting=(*state.waiting, *handed.asked)), []
    return working.answer(scene, state, Work(handed.asked, logged=handed.logged))


def _awaits_tool(pending: Pending | None) -> bool:
    return pending is not None and pending.kind == "tool"


def _told(scene: Scene, state: Conversation, handed: Handed, name: str) -> Outcome:
    """An honest word, and the open question of the task that goes on."""
    last = handed.last
    text = scene.desk.script(name, last.language, last.message_id) or ""
    again = scene.desk.tasks.again(state.tasks[-1], last.language, last.message_id) if state.tasks else ""
    reply_id = ids.derived("reply", scene.conversation_id, name, last.message_id, times.rfc3339(handed.until))
    said = Answer("\n".join(filter(None, (text, again))), "handover", name)
    reply = _reply(scene, state, reply_id, last, handed.asked, said)
    return _sent(scene, state, reply, handed.asked, handed.logged)


def _reply(
    scene: Scene, state: Conversation, reply_id: str, last: Question, asked: tuple[Question, ...], said: Answer
) -> Reply:
    """Words to whoever wrote ``last``, as the answer to all of ``asked``, or to nothing."""
    return Reply(
        reply_id=reply_id,
        in_reply_to=asked[-1].message_id if asked else "",
        in_reply_to_all=named(asked),
        conversation_id=scene.conversation_id,
        tenant=last.tenant,
        channel=last.channel,
        user_id=last.user_id,
        text=said.text,
        personal=personal.said(said.text, state.personal),
        source=said.source,
        language=last.language,
        intent=last.intent if asked else Intent(),
        entities=last.entities if asked else (),
        sentiment=last.sentiment if asked else Sentiment(),
        latency_ms=round((scene.now - last.written) * 1000, 3) if asked else 0.0,
        occurred_at=times.rfc3339(scene.now),
    )


def _sent(
    scene: Scene, state: Conversation, reply: Reply, asked: tuple[Question, ...], logged: tuple[str, ...]
) -> Outcome:
    """The reply goes out, is remembered, and is a step of each message that it answers."""
    decided = [
        journal.decided(scene.conversation_id, one, scene.now, source=reply.source, why="person")
        for one in asked
        if one.message_id not in logged
    ]
    replied = [journal.replied(one, reply, scene.now) for one in asked]
    return state.answered(asked, reply.text, reply.source, scene.now), [*decided, Send(OUTBOUND, reply), *replied]


def _last(event: HandoverEvent, state: Conversation) -> Question:
    """Whom a person writes to, where no message of theirs is at hand."""
    if state.handed is not None:
        return state.handed.last
    return Question(
        message_id=event.message_id or event.event_id,
        text="",
        tenant=event.tenant,
        channel=event.channel,
        user_id=event.user_id,
        language=event.language or "en",
        intent=Intent(),
        entities=(),
        sentiment=Sentiment(),
        attachments=(),
        occurred_at=event.occurred_at,
        written=0.0,
        input_hash="",
    )
