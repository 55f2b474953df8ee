"""What an open task makes of a message: slots filled or corrected, a yes, a no, a never mind, or nothing."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from agents.tasks.answers import any_of, spelled
from agents.tasks.declaration import Change, Slot
from agents.tasks.filling import Wrong, answered, anywhere, checked, chosen
from agents.tasks.heard import Heard
from agents.tasks.move import Move, Progress
from agents.tasks.ready import Ready
from agents.tasks.speaking import BEGUN, FACTS, OFFER, Speaker
from agents.tasks.stepping import (
    CHANGE,
    CONFIRM,
    PROPOSED,
    RETRY,
    Scene,
    advance,
    call,
    due,
    handed_over,
    spoken,
    without,
)  # fmt: skip

_POLITE = ("greeting", "thanks", "goodbye", "human_agent")


def begin(scene: Scene, progress: Progress, facts: Mapping[str, str]) -> Move:
    """The first move of a task: what its first message and the conversation so far tell is not asked."""
    slots, offers = dict(progress.slots), dict[str, str]()
    for slot in scene.ready.task.slots:
        value = _at_first(scene, slot)
        fact = facts.get(slot.type, "") if slot.type and slot.fact != "no" else ""
        if value or (fact and slot.fact == "take"):
            slots[slot.name] = value or fact
        elif fact and slot.name not in slots:
            offers[slot.name] = fact
    known = progress.known | ({FACTS: offers} if offers else {}) | {BEGUN: True}
    return opened(scene, replace(progress, slots=slots, known=known))


def opened(scene: Scene, progress: Progress) -> Move:
    """The next move, with the words that open the task where nothing has been said yet."""
    opening = scene.ready.task.opening
    begun = replace(progress, known={name: value for name, value in progress.known.items() if name != BEGUN})
    before = scene.speaker(progress).text(opening) if opening and BEGUN in progress.known else ""
    move = advance(scene, begun, before)
    if move.call is None or move.progress is None or begun == progress:
        return move
    return replace(move, progress=replace(move.progress, known=move.progress.known | {BEGUN: True}))


def _at_first(scene: Scene, slot: Slot) -> str:
    value = anywhere(slot, scene.message, "")
    if not value and slot.free and 0 < slot.opening <= scene.ready.beginning(scene.message):
        value = scene.message.text
    try:
        return checked(slot, value) if value else ""
    except Wrong:
        return ""


def answer(scene: Scene, progress: Progress) -> Move | None:
    """The move that follows from a message; None where the message is about something else."""
    explicit = _explicit(scene, progress)
    if scene.message.meaning.cancels and not explicit:
        return cancelled(scene, progress)
    try:
        values = explicit | _weak(scene, progress)
    except Wrong as problem:
        return _wrong(scene, progress, str(problem))
    new = {name: value for name, value in values.items() if progress.slots.get(name) != value}
    if new:
        return filled(scene, progress, new)
    move = _by_meaning(scene, progress)
    if move is not None:
        return move
    return None if _digresses(scene, progress) else _misunderstood(scene, progress)


def filled(scene: Scene, progress: Progress, values: Mapping[str, str]) -> Move:
    """The next move with new values; what rested on a value that has changed is asked of the tools again."""
    changed = {name for name in values if name in progress.slots}
    known = without(scene.ready, progress, changed, {})
    following = replace(known, slots=known.slots | dict(values), attempts=0)
    before = scene.speaker(progress).common("changed") if changed else ""
    return advance(scene, following, before)


def cancelled(scene: Scene, progress: Progress) -> Move:
    title = scene.ready.task.title
    speaker = scene.speaker(progress)
    text = speaker.common("cancelled", task=title.zh if speaker.language == "zh" else title.en)
    return Move(None, text=text, outcome="cancelled", why="cancelled")


def meanwhile(scene: Scene, progress: Progress) -> Move:
    """What is said to a message that comes while a tool is awaited; what it tells is kept, a change is not undone."""
    reading = not isinstance(scene.ready.calls.get(progress.step), Change)
    if reading and scene.message.meaning.cancels:
        return cancelled(scene, progress)
    new = {name: value for name, value in _explicit(scene, progress).items() if name not in progress.slots}
    kept = replace(progress, slots=progress.slots | new) if reading else progress
    return Move(kept, text=scene.speaker(kept).common("waiting"), why="waiting")


def question(ready: Ready, progress: Progress, seed: str) -> str:
    """The question that is open, in words."""
    speaker = Speaker(ready, progress, seed)
    if progress.step:
        return speaker.common("waiting")
    if progress.asked == CONFIRM:
        change = due(ready, progress)
        return speaker.text(change.confirm) if change else ""
    if progress.asked in (CHANGE, RETRY):
        return speaker.common("denied" if progress.asked == CHANGE else "unavailable")
    slot = asked_slot(ready, progress)
    if slot is None:
        return ""
    offer = str(progress.known.get(OFFER, ""))
    return speaker.propose(slot, offer) if progress.asked.startswith(PROPOSED) else speaker.ask(slot)


def asked_slot(ready: Ready, progress: Progress) -> Slot | None:
    """The slot that was asked for, or proposed, last."""
    return ready.slots.get(progress.asked.removeprefix(PROPOSED))


def _explicit(scene: Scene, progress: Progress) -> dict[str, str]:
    """Values that the message gives whatever was asked."""
    found = {}
    for slot in scene.ready.task.slots:
        value = anywhere(slot, scene.message, progress.slots.get(slot.name, ""))
        try:
            if value:
                found[slot.name] = checked(slot, value)
        except Wrong:
            if progress.asked == slot.name:
                raise
    return found


def _weak(scene: Scene, progress: Progress) -> dict[str, str]:
    """Values that count as an answer to what was asked or as a correction: choices, lists, free texts."""
    message, asked, speaker = scene.message, asked_slot(scene.ready, progress), scene.speaker(progress)
    if _digresses(scene, progress):
        return {}
    found, corrects = {}, _corrects(message, progress) and not (asked and asked.free)
    for slot in scene.ready.task.slots:
        if slot is asked or (corrects and not message.agrees):
            value = chosen(slot, message, speaker.options(slot), progress.slots.get(slot.name, ""))
            found |= {slot.name: value} if value else {}
    if asked and progress.asked == asked.name and not found and anywhere(asked, message, "") == "":
        value_or_none = answered(asked, message)
        found |= {asked.name: value_or_none} if value_or_none is not None else {}
    return found


def _corrects(message: Heard, progress: Progress) -> bool:
    """Whether the message takes back something that was said before."""
    meaning = message.meaning
    return progress.asked == CHANGE or meaning.has("correct") or meaning.has("other") or meaning.denies


def _wrong(scene: Scene, progress: Progress, name: str) -> Move:
    slot = scene.ready.slots[name]
    following = replace(progress, attempts=progress.attempts + 1)
    if following.attempts >= scene.ready.task.limit:
        return handed_over("not_understood")
    speaker = scene.speaker(following)
    return spoken(scene, following, speaker.text(slot.wrong or slot.ask), "", f"invalid:{name}")


def _by_meaning(scene: Scene, progress: Progress) -> Move | None:
    """What a yes, a no or a doubt means for what was asked."""
    meaning, asked = scene.message.meaning, progress.asked
    if meaning.hesitates:
        return spoken(scene, progress, question(scene.ready, progress, scene.seed), _hold(scene, progress), "hold")
    for kind, react in _REACTIONS:
        if asked.startswith(kind):
            return react(scene, progress)
    return None


def _hold(scene: Scene, progress: Progress) -> str:
    return scene.speaker(progress).common("hold")


def _confirmed(scene: Scene, progress: Progress) -> Move | None:
    meaning = scene.message.meaning
    if scene.message.agrees:
        change = due(scene.ready, progress)
        return call(scene, progress, change) if change else advance(scene, progress)
    if meaning.denies or meaning.has("correct"):
        named = _named_slot(scene, progress)
        return named or spoken(
            scene, replace(progress, asked=CHANGE, attempts=0), scene.speaker(progress).common("denied"), "", "denied"
        )
    return None


def _to_change(scene: Scene, progress: Progress) -> Move | None:
    meaning = scene.message.meaning
    named = _named_slot(scene, progress)
    if named or scene.message.agrees:
        return named or advance(scene, progress)
    return cancelled(scene, progress) if meaning.denies and meaning.rest == 0 else None


def _named_slot(scene: Scene, progress: Progress) -> Move | None:
    """The slot that a customer wants to change is asked again."""
    for slot in scene.ready.task.slots:
        called = any_of(spelled(slot.called))
        if slot.name in progress.slots and called and called.search(scene.message.plain):
            return advance(scene, without(scene.ready, progress, {slot.name}, {}))
    return None


def _proposed(scene: Scene, progress: Progress) -> Move | None:
    slot, meaning = asked_slot(scene.ready, progress), scene.message.meaning
    if slot and scene.message.agrees and progress.known.get(OFFER):
        return filled(scene, progress, {slot.name: str(progress.known[OFFER])})
    return advance(scene, progress) if meaning.denies or meaning.has("other") else None


def _retried(scene: Scene, progress: Progress) -> Move | None:
    meaning = scene.message.meaning
    if scene.message.agrees or meaning.has("retry"):
        return advance(scene, progress)
    return cancelled(scene, progress) if meaning.denies else None


_REACTIONS: tuple[tuple[str, Callable[[Scene, Progress], Move | None]], ...] = (
    (CONFIRM, _confirmed), (CHANGE, _to_change), (PROPOSED, _proposed), (RETRY, _retried),
)  # fmt: skip


def _digresses(scene: Scene, progress: Progress) -> bool:
    """Whether the message is about something else; an open text or reason may be about anything but a question."""
    message, asked = scene.message, asked_slot(scene.ready, progress)
    if message.about(*_POLITE) and not message.agrees:
        return True
    if asked and progress.asked == asked.name and (asked.free or asked.otherwise):
        return message.asks and not asked.open
    return message.asks or message.about_else(*scene.ready.task.intents)


def _misunderstood(scene: Scene, progress: Progress) -> Move:
    following = replace(progress, attempts=progress.attempts + 1)
    if following.attempts >= scene.ready.task.limit:
        return handed_over("not_understood")
    again = scene.speaker(following).common("again")
    return spoken(scene, following, question(scene.ready, following, scene.seed), again, "again")
