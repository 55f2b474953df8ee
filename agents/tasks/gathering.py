"""The values that a message gives to the slots of a task."""

from contextlib import suppress

from agents.tasks.declaration import Slot
from agents.tasks.filling import Wrong, answered, anywhere, checked, chosen
from agents.tasks.heard import Heard
from agents.tasks.move import Progress
from agents.tasks.open_question import asked_slot
from agents.tasks.stepping import CHANGE, Scene

_CERTAIN = 0.8
"""Confidence in another intent from which a question is no part of a free text."""
_POLITE = ("greeting", "thanks", "goodbye", "human_agent")


def at_first(scene: Scene, slot: Slot) -> str:
    value = anywhere(slot, scene.message, "")
    if not value and slot.free and 0 < slot.opening <= scene.ready.beginning(scene.message):
        value = scene.message.text
    try:
        return checked(slot, value) if value else ""
    except Wrong:
        return ""


def explicit(scene: Scene, progress: Progress) -> dict[str, str]:
    """Values that the message gives whatever was asked."""
    found = dict[str, str]()
    for slot in scene.ready.task.slots:
        value = anywhere(slot, scene.message, progress.slots.get(slot.name, ""))
        if value:
            with suppress(Wrong):
                found[slot.name] = checked(slot, value)
    return found


def weak(scene: Scene, progress: Progress) -> dict[str, str]:
    """Values that count as an answer to what was asked or as a correction: choices, lists, free texts. Raises Wrong."""
    message, asked, speaker = scene.message, asked_slot(scene.ready, progress), scene.speaker(progress)
    if _leads_away(scene, progress):
        return {}
    found, corrects = dict[str, str](), _corrects(message, progress) and not (asked and asked.free)
    for slot in scene.ready.task.slots:
        if slot is asked or (corrects and not message.agrees):
            value = chosen(slot, message, speaker.options(slot), progress.slots.get(slot.name, ""))
            found |= {slot.name: value} if value else {}
    if asked and progress.asked == asked.name and not found:
        value = anywhere(asked, message, "")
        answer = checked(asked, value) if value else answered(asked, message)
        found |= {asked.name: answer} if answer is not None else {}
    return found


def _corrects(message: Heard, progress: Progress) -> bool:
    """Whether the message takes back something that was said before."""
    meaning = message.meaning
    return progress.asked == CHANGE or meaning.has("correct") or meaning.has("other") or message.denies


def digresses(scene: Scene, progress: Progress) -> bool:
    """Whether a message that fills nothing is about something else."""
    asked = asked_slot(scene.ready, progress)
    is_asked = asked is not None and progress.asked == asked.name and bool(asked.free or asked.otherwise)
    return _leads_away(scene, progress) or (not is_asked and scene.message.about_else(*scene.ready.task.intents))


def _leads_away(scene: Scene, progress: Progress) -> bool:
    """Whether a message is no answer, whatever it holds: a question, or a word of courtesy."""
    message, asked = scene.message, asked_slot(scene.ready, progress)
    if message.about(*_POLITE) and not (message.agrees or message.denies):
        return True
    if asked and asked.open and progress.asked == asked.name:
        return message.asks and message.about_else(*scene.ready.task.intents) and message.intent.confidence >= _CERTAIN
    return message.asks
