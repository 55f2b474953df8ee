"""Hears messages: notes them, gathers those of a burst, and gives them to whoever is to answer."""

from collections.abc import Sequence

import msgspec

from agents.dialogue import doubt, journal, mood, person, personal, unclear, wording, working
from agents.dialogue.conversation import WAITING_CHARACTERS, Conversation, Gathered, Pending, Question, Work, question
from agents.dialogue.decide import AskModel, decide
from agents.dialogue.handover import wanted
from agents.dialogue.scene import Outcome, Scene
from agents.dialogue.spoken import spoken
from agents.understanding import Understanding
from schemas.messages import InboundMessage
from schemas.topics import Send

TOGETHER_S = 1.0
"""Seconds after which a message that was to be answered with the one behind it is answered by itself."""
RESTARTS = 6
"""Times that a model may be asked anew because of a further message; then messages wait for its answer."""


class Heard(msgspec.Struct, frozen=True):
    """A message with what was understood of it. ``more``: one of the same conversation comes right behind it.

    ``vector`` is its embedding, where there is one.
    """

    message: InboundMessage
    understanding: Understanding
    more: bool = False
    vector: bytes = b""

    @property
    def conversation_id(self) -> str:
        return self.message.conversation_id


def followed(heard: Sequence[Heard]) -> list[Heard]:
    """The messages of a batch, each with whether its conversation goes on in it."""
    later, marked = set[str](), list[Heard]()
    for one in reversed(heard):
        marked.append(msgspec.structs.replace(one, more=True) if one.conversation_id in later else one)
        later.add(one.conversation_id)
    return marked[::-1]


def hear(scene: Scene, state: Conversation, heard: Heard) -> Outcome:
    """Note a message and answer it, or let it wait; one that comes twice changes nothing."""
    message = heard.message
    if state.knows(message.message_id):
        return state, []
    found, seal = heard.understanding.personal_data, personal.sealing(scene.secret, scene.conversation_id)
    adopted = personal.adopted(message.text, found, message.personal, state.personal, seal)
    text = wording.cleaned(adopted.text, scene.desk)
    cleaned = adopted if text == adopted.text else adopted._replace(text=text)
    asked = spoken(state, question(message, heard.understanding, scene.when.written, cleaned))
    if heard.vector:
        asked = msgspec.structs.replace(asked, vector=heard.vector)
    state = msgspec.structs.replace(state.seeing(message.message_id), personal=adopted.known)
    state = mood.felt(state, asked, scene.desk)
    noted = [
        journal.received(scene.conversation_id, asked),
        journal.understood(scene.conversation_id, asked, heard.understanding.reasons, scene.now),
    ]
    state, dropped = doubt.contradicted(scene, state, asked) if state.given else (state, [])
    state, asked = unclear.resolved(state, asked, scene.desk)
    state, sends = _heard(scene, state, asked, heard.more)
    return state, [*noted, *dropped, *sends]


def _heard(scene: Scene, state: Conversation, asked: Question, more: bool) -> Outcome:
    if state.handed is not None:
        return person.said(scene, state, state.handed, asked)
    if state.pending is not None:
        return _meanwhile(scene, state, state.pending, asked)
    gathered = state.gathered
    questions = (*(gathered.questions if gathered is not None else ()), asked)
    room = len(questions) < scene.limits.burst_messages
    if room and _waits(scene, state, asked, more) and sum(one.length for one in questions) < WAITING_CHARACTERS:
        until = gathered.until if gathered is not None else scene.now + (scene.limits.burst or TOGETHER_S)
        return msgspec.structs.replace(state, gathered=Gathered(questions, until)), []
    return burst_over(scene, state, questions)


def burst_over(scene: Scene, state: Conversation, questions: tuple[Question, ...]) -> Outcome:
    """Answer the messages of a burst, in one reply."""
    return working.answer(scene, msgspec.structs.replace(state, gathered=None), Work(questions))


def go_on(scene: Scene, state: Conversation) -> Outcome:
    """Answer what has waited while an answer was awaited, as one burst."""
    sends = list[Send]()
    while state.waiting and state.pending is None and state.handed is None:
        most = scene.limits.burst_messages
        first, rest = state.waiting[:most], state.waiting[most:]
        state, more = working.answer(scene, msgspec.structs.replace(state, waiting=rest), Work(first))
        sends += more
    return state, sends


def _waits(scene: Scene, state: Conversation, asked: Question, more: bool) -> bool:
    """In a window, all messages wait for more, but for what is urgent; without one, only what a model would answer."""
    if scene.limits.burst:
        risk = scene.desk.risk(asked)
        return risk is None or not risk.urgent
    if not (more and scene.desk.models_online) or state.tasks or scene.desk.tasks.begins(asked) is not None:
        return False
    if wanted(state, (asked,), (scene.desk.risk(asked),), scene.desk) is not None:
        return False
    return isinstance(decide(asked, scene.desk, state), AskModel)


def _meanwhile(scene: Scene, state: Conversation, pending: Pending, asked: Question) -> Outcome:
    """A message comes while an answer is awaited: a model is asked anew with both, a task's tool is let finish."""
    cause = wanted(state, (asked,), (scene.desk.risk(asked),), scene.desk)
    full = state.full()
    if pending.kind == "model" and (cause is not None or (pending.work.restarts < RESTARTS and not full)):
        work = msgspec.structs.replace(
            pending.work,
            questions=(*pending.work.questions, asked),
            voids=pending.request_id if pending.awaits == "model" else "",
            restarts=pending.work.restarts + 1,
        )
        return working.answer(scene, msgspec.structs.replace(state, pending=None), work)
    if cause is not None:
        return working.answer(scene, state, Work((asked,)))
    if not full:
        return state.queueing(asked), []
    return working.without_waiting(scene, state, asked)
