"""Unclear: asks back which of two or three things is meant, and understands the reply; never twice in a row."""

import msgspec

from agents.dialogue import wording
from agents.dialogue.conversation import Answer, Conversation, Offered, Question, Work
from agents.dialogue.decide import Desk, by_knowledge
from agents.tasks import choosing
from agents.understanding.width import plain
from schemas.messages import Intent

SCRIPT = "did_you_mean"
"""What is said before the choices; without that script nobody is asked back."""
CHOSEN = 0.99
"""Confidence in an intent that was chosen."""
MAYBE = 0.4
"""Confidence from which a reply in other words is one of the choices."""
SHORT, BESIDE = 40, 6
"""Characters of a reply that may name a place, and that one may have beside a label: more says something of its own."""
_ENDS = " \t\r\n.,!?;:。，！？；：、~…"


def choices(question: Question, state: Conversation, desk: Desk) -> tuple[tuple[str, str], ...]:
    """The intents to choose from, each with what the customer calls it; none where it is clear or a task goes on."""
    if not question.meanings or state.tasks or question.images:
        return ()
    if desk.script(SCRIPT, question.language, question.message_id) is None:
        return ()
    labelled = ((name, desk.label(name, question.language)) for name in question.meanings)
    found = tuple((name, label) for name, label in labelled if label)
    return found if len(found) == len(question.meanings) else ()


def asked_back(work: Work, state: Conversation, question: Question, desk: Desk) -> Answer | None:
    """The question which is meant, or what knowledge surely answers; None where the rules decide as ever."""
    offered = choices(question, state, desk) if len(work.questions) == 1 else ()
    if not offered or wording.gravest(question.text, desk) is not None:
        return None
    known = by_knowledge(unnamed(question), desk.search(question), desk.thresholds, sure=True)
    if known is not None:
        return known
    opening = desk.script(SCRIPT, question.language, question.message_id) or ""
    lines = (f"{place}. {label}" for place, (_, label) in enumerate(offered, 1))
    return Answer("\n".join((opening, *lines)), "script", "unclear", offers=tuple(name for name, _ in offered))


def unnamed(question: Question) -> Question:
    """The message as one of which no intent is known: so only what is said in it decides."""
    return msgspec.structs.replace(question, intent=Intent())


def noted(state: Conversation, question: Question, answer: Answer) -> Conversation:
    """The state, with what was just offered."""
    if not answer.offers:
        return state
    return msgspec.structs.replace(state, offered=Offered(question, answer.offers))


def resolved(state: Conversation, asked: Question, desk: Desk) -> tuple[Conversation, Question]:
    """A message after an offer: a choice stands for the question that was not clear, anything else for itself."""
    offered = state.offered
    if offered is None:
        return state, asked
    state, asked = msgspec.structs.replace(state, offered=None), msgspec.structs.replace(asked, meanings=())
    text = plain(asked.text).strip(_ENDS)
    name, alone = _named(offered, text, asked.language, desk)
    if not name and asked.intent.name in offered.names and asked.intent.confidence >= MAYBE:
        name = asked.intent.name
    if name:
        asked = msgspec.structs.replace(asked, intent=Intent(name=name, confidence=CHOSEN))
    return state, _completed(asked, offered.question, desk) if alone else asked


def _completed(asked: Question, first: Question, desk: Desk) -> Question:
    """What was asked at first, with the name of what it means: so knowledge finds it, and a task what it needs."""
    label = desk.label(asked.intent.name, asked.language) or ""
    return msgspec.structs.replace(asked, text=f"{first.text} {label}", entities=first.entities, vector=first.vector)


def _named(offered: Offered, text: str, language: str, desk: Desk) -> tuple[str, bool]:
    """The intent that a reply names by place or label, and whether it says nothing else."""
    place = choosing.position(text) if len(text) <= SHORT else None
    if place is not None:
        name = offered.names[place - 1] if 1 <= place <= len(offered.names) else ""
        return name, bool(name)
    labels = {name: plain(desk.label(name, language) or "") for name in offered.names}
    named = [name for name, label in labels.items() if label and (label in text or (len(text) > 1 and text in label))]
    if len(named) != 1:
        return "", False
    return named[0], len(text) <= len(labels[named[0]]) + BESIDE
