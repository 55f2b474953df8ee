"""What a message's mood does: counts what speaks for a person, and finds the words that come before an answer."""

import msgspec

from agents.dialogue.conversation import Conversation, Question, Troubles
from agents.dialogue.decide import Desk
from agents.understanding import mood

COMPLAINT = "complaint"
COMPLAINTS = 2
"""So many complaints call for a person."""
UPSET = 3
"""So many upset messages in a row do."""
FALLEN = -0.4
"""A falling mood does once it is below this, on the scale of sentiment."""


def felt(state: Conversation, question: Question, desk: Desk) -> Conversation:
    """The state with the mood of one more message.

    Who has not yet seen our last answer does not complain again but goes on complaining: that counts once.
    """
    upset, before = question.sentiment.score < desk.thresholds.upset, state.troubles
    heard_us = question.written >= state.answered_at
    complains = question.intent.name == COMPLAINT and question.intent.confidence >= desk.thresholds.scripted
    troubles = Troubles(
        failures=before.failures,
        complaints=before.complaints + (complains and (heard_us or not before.complaints)),
        upset=before.upset + (heard_us or not before.upset) if upset else 0,
    )
    return msgspec.structs.replace(state, mood=mood.step(state.mood, question.sentiment.score), troubles=troubles)


def calls_for_a_person(state: Conversation) -> str:
    """Why the mood does; empty where it does not."""
    if state.troubles.complaints >= COMPLAINTS and not any(task.name == COMPLAINT for task in state.tasks):
        return "repeated_complaint"
    if state.troubles.upset >= UPSET:
        return "upset"
    return "falling_mood" if state.mood.falling and state.mood.now < FALLEN else ""


def soothed(state: Conversation, questions: tuple[Question, ...], text: str, desk: Desk) -> tuple[Conversation, str]:
    """The answer with a soothing script before it where somebody is upset, another one than the last time."""
    worst = min(questions, key=lambda question: question.sentiment.score)
    if worst.sentiment.score >= desk.thresholds.upset:
        return state, text
    opening = desk.soothing(worst, state.soothed)
    if opening is None:
        return state, text
    return msgspec.structs.replace(state, soothed=opening[1]), f"{opening[0]}\n{text}" if text else opening[0]
