"""What a yes, a no or a doubt means for what was asked, and what new values lead to."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from agents.tasks.answers import any_of, spelled
from agents.tasks.move import Move, Progress
from agents.tasks.open_question import asked_slot, question
from agents.tasks.speaking import OFFER
from agents.tasks.stepping import CHANGE, CONFIRM, PROPOSED, RETRY, Scene, advance, call, due, spoken, without


def by_meaning(scene: Scene, progress: Progress) -> Move | None:
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
    if scene.message.denies or meaning.has("correct"):
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
    return cancelled(scene, progress) if scene.message.denies and meaning.rest == 0 else None


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
    return advance(scene, progress) if scene.message.denies or meaning.has("other") else None


def _retried(scene: Scene, progress: Progress) -> Move | None:
    meaning = scene.message.meaning
    if scene.message.agrees or meaning.has("retry"):
        return advance(scene, progress)
    return cancelled(scene, progress) if scene.message.denies else None


_REACTIONS: tuple[tuple[str, Callable[[Scene, Progress], Move | None]], ...] = (
    (CONFIRM, _confirmed), (CHANGE, _to_change), (PROPOSED, _proposed), (RETRY, _retried),
)  # fmt: skip


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
