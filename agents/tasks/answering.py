"""What an open task makes of a message: slots filled or corrected, a yes, a no, a never mind, or nothing."""

from collections.abc import Mapping

from msgspec.structs import replace

from agents.tasks.declaration import Change
from agents.tasks.filling import Wrong
from agents.tasks.gathering import at_first, digresses, explicit, weak
from agents.tasks.move import Move, Progress
from agents.tasks.open_question import question
from agents.tasks.reacting import by_meaning, cancelled, filled
from agents.tasks.speaking import FACTS
from agents.tasks.stepping import CHANGE, CONFIRM, Scene, advance, handed_over, spoken


def begin(scene: Scene, progress: Progress, facts: Mapping[str, str]) -> Move:
    """The first move of a task: what its first message and the conversation so far tell is not asked."""
    slots, offers = dict(progress.slots), dict[str, str]()
    for slot in scene.ready.task.slots:
        value = at_first(scene, slot)
        fact = facts.get(slot.type, "") if slot.type and slot.fact != "no" else ""
        if value or (fact and slot.fact == "take"):
            slots[slot.name] = value or fact
        elif fact and slot.name not in slots:
            offers[slot.name] = fact
    known = progress.known | ({FACTS: offers} if offers else {})
    begun, opening = replace(progress, slots=slots, known=known), scene.ready.task.opening
    return advance(scene, begun, scene.speaker(begun).text(opening) if opening else "")


def answer(scene: Scene, progress: Progress) -> Move | None:
    """The move that follows from a message; None where the message is about something else."""
    said = explicit(scene, progress)
    if scene.message.meaning.cancels and not said:
        return cancelled(scene, progress)
    try:
        values = said | weak(scene, progress)
    except Wrong as problem:
        return _wrong(scene, progress, str(problem))
    new = {name: value for name, value in values.items() if progress.slots.get(name) != value}
    if new:
        return filled(scene, progress, new)
    if values and progress.asked in (CONFIRM, CHANGE) and not scene.message.agrees:
        return repeated(scene, replace(progress, asked=CONFIRM))
    move = by_meaning(scene, progress)
    if move is not None:
        return move
    return None if digresses(scene, progress) else _misunderstood(scene, progress)


def meanwhile(scene: Scene, progress: Progress) -> Move:
    """What is said to a message that comes while a tool is awaited; what it tells is kept, a change is not undone."""
    reading = not isinstance(scene.ready.calls.get(progress.step), Change)
    if reading and scene.message.meaning.cancels:
        return cancelled(scene, progress)
    new = {name: value for name, value in explicit(scene, progress).items() if name not in progress.slots}
    kept = replace(progress, slots=progress.slots | new) if reading else progress
    return Move(kept, text=scene.speaker(kept).common("waiting"), why="waiting")


def repeated(scene: Scene, progress: Progress) -> Move:
    """The open question once more."""
    return spoken(scene, progress, question(scene.ready, progress, scene.seed), "", "repeat")


def _wrong(scene: Scene, progress: Progress, name: str) -> Move:
    slot = scene.ready.slots[name]
    following = replace(progress, attempts=progress.attempts + 1)
    if following.attempts >= scene.ready.task.limit:
        return handed_over("not_understood")
    speaker = scene.speaker(following)
    return spoken(scene, following, speaker.text(slot.wrong or slot.ask), "", f"invalid:{name}")


def _misunderstood(scene: Scene, progress: Progress) -> Move:
    following = replace(progress, attempts=progress.attempts + 1)
    if following.attempts >= scene.ready.task.limit:
        return handed_over("not_understood")
    again = scene.speaker(following).common("again")
    return spoken(scene, following, question(scene.ready, following, scene.seed), again, "again")
