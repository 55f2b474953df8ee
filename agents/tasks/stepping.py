"""From what is known to the next move: the first step that is not done yet decides."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from agents.tasks import choosing
from agents.tasks.declaration import Ask, Branch, Change, Condition, Look, Slot, Step, Stop
from agents.tasks.heard import Heard
from agents.tasks.move import Call, Move, Progress
from agents.tasks.ready import Ready
from agents.tasks.speaking import BEFORE, FACTS, OFFER, RETRIES, Speaker, raw
from agents.tasks.template import argument
from agents.tasks.values import holds
from schemas.messages import JsonValue

CONFIRM = "confirm"
"""``asked`` while a change waits for a yes."""
PROPOSED = "proposed:"
"""``asked`` begins so while a value for a slot waits for a yes."""
CHANGE = "change"
"""``asked`` after a no: what is to be changed."""
RETRY = "retry"
"""``asked`` after a tool did not answer: whether to try again."""


class Scene(NamedTuple):
    """A task, the message that it has to do with, and the time of that in seconds since the epoch."""

    ready: Ready
    message: Heard
    seed: str
    now: float

    def speaker(self, progress: Progress) -> Speaker:
        return Speaker(self.ready, progress, self.seed)


def advance(scene: Scene, progress: Progress, before: str = "") -> Move:
    """The next move of a task; ``before`` is said first, once there is a text to say."""
    before = scene.speaker(progress).joined(str(progress.known.get(BEFORE, "")), before)
    progress = _knowing(progress, BEFORE, "")
    for step in scene.ready.task.steps:
        move = _taken(scene, progress, step, before)
        if isinstance(move, Move):
            waits = before and move.call and move.progress
            return replace(move, progress=_knowing(move.progress, BEFORE, before)) if waits and move.progress else move
        progress = move
    return ended(scene, progress, Branch(), before)


def _knowing(progress: Progress, name: str, value: str) -> Progress:
    if not value and name not in progress.known:
        return progress
    known = {key: told for key, told in progress.known.items() if key != name}
    return replace(progress, known=known | ({name: value} if value else {}))


def _taken(scene: Scene, progress: Progress, step: Step, before: str) -> Move | Progress:
    """The move that a step makes; the progress where the step is done, has nothing to do or fills a slot silently."""
    if isinstance(step, Stop):
        branch = first(scene, progress, step.branches)
        return followed(scene, progress, branch, before) if branch else progress
    if not meets(scene, progress, step.when):
        return progress
    if isinstance(step, Ask):
        return progress if step.slot in progress.slots else _asked(scene, progress, step, before)
    if step.keep in progress.known:
        return progress
    if isinstance(step, Look):
        return call(scene, progress, step)
    return spoken(scene, _asking(progress, CONFIRM), scene.speaker(progress).text(step.confirm), before, "confirm")


def meets(scene: Scene, progress: Progress, conditions: Sequence[Condition]) -> bool:
    if not conditions:
        return True
    known = raw(progress)
    return all(holds(condition, known, scene.now) for condition in conditions)


def first(scene: Scene, progress: Progress, branches: Iterable[Branch]) -> Branch | None:
    return next((branch for branch in branches if meets(scene, progress, branch.when)), None)


def call(scene: Scene, progress: Progress, step: Look | Change) -> Move:
    """The call of a step; arguments without a value are left out."""
    known, arguments = raw(progress), dict[str, JsonValue]()
    for name, template in step.arguments.items():
        value = argument(template if isinstance(template, str) else template[0], known)
        if value:
            arguments[name] = value if isinstance(template, str) else value.split(choosing.EVERY)
    waiting = replace(progress, step=step.keep, asked="", attempts=0)
    return Move(waiting, call=Call(step.tool, arguments), why=f"call:{step.tool}")


def _asked(scene: Scene, progress: Progress, step: Ask, before: str) -> Move | Progress:
    """Ask for a slot, unless the message already names one entry of the list or there is but one."""
    slot, speaker = scene.ready.slots[step.slot], scene.speaker(progress)
    choices = speaker.options(slot)
    fact = progress.known.get(FACTS, {}).get(slot.name)
    if fact:
        return proposed(scene, progress, slot, fact, before)
    hint = progress.slots.get(slot.choose.hint, "") if slot.choose else ""
    named = choosing.named(choices, scene.message, hint)
    if named or (slot.choose and slot.choose.single == "take" and len(choices) == 1):
        slots = progress.slots | {slot.name: named or choices[0].value}
        return replace(progress, slots=slots)
    if len(choices) == 1 and progress.known.get(OFFER) != choices[0].value:
        return proposed(scene, progress, slot, choices[0].value, before)
    return spoken(scene, _asking(progress, slot.name), speaker.ask(slot), before, f"ask:{slot.name}")


def proposed(scene: Scene, progress: Progress, slot: Slot, value: str, before: str = "") -> Move:
    """Ask whether a value is meant that was said earlier or that is the only one."""
    text = scene.speaker(progress).propose(slot, value)
    facts = {name: fact for name, fact in progress.known.get(FACTS, {}).items() if name != slot.name}
    offering = replace(progress, known=progress.known | {OFFER: value, FACTS: facts})
    return spoken(scene, _asking(offering, PROPOSED + slot.name), text, before, f"propose:{slot.name}")


def spoken(scene: Scene, progress: Progress, text: str, before: str, why: str) -> Move:
    return Move(progress, text=scene.speaker(progress).joined(before, text), why=why)


def _asking(progress: Progress, asked: str) -> Progress:
    attempts = progress.attempts if progress.asked == asked else 0
    return replace(progress, asked=asked, attempts=attempts, step="")


def followed(scene: Scene, progress: Progress, branch: Branch, before: str = "") -> Move:
    """What a branch leads to: slots asked again, a person, or the end."""
    if branch.hand_over:
        return handed_over(branch.hand_over)
    if not branch.forget:
        return ended(scene, progress, branch, before)
    retries = int(progress.known.get(RETRIES, 0)) + 1
    if retries >= scene.ready.task.limit:
        return handed_over("not_understood")
    said = scene.speaker(progress).text(branch.say) if branch.say else ""
    forgetful = without(scene.ready, progress, set(branch.forget), {RETRIES: retries})
    return advance(scene, forgetful, scene.speaker(progress).joined(before, said))


def without(ready: Ready, progress: Progress, slots: set[str], more: dict[str, JsonValue]) -> Progress:
    """The progress once slots are forgotten, with all that rested on them."""
    chosen, kept = ready.dropped(slots)
    return replace(
        progress,
        slots={name: value for name, value in progress.slots.items() if name not in slots | chosen},
        known={name: value for name, value in progress.known.items() if name not in {*kept, OFFER}} | more,
    )


def due(ready: Ready, progress: Progress) -> Change | None:
    """The change that waits for a yes."""
    known = raw(progress)
    changes = (step for step in ready.task.steps if isinstance(step, Change) and step.keep not in progress.known)
    return next((step for step in changes if all(holds(condition, known, 0) for condition in step.when)), None)


def handed_over(reason: str) -> Move:
    return Move(None, hand_over=reason, outcome="handed_over", why=reason)


def ended(scene: Scene, progress: Progress, branch: Branch, before: str) -> Move:
    speaker = scene.speaker(progress)
    text = speaker.text(branch.say) if branch.say else speaker.common("refused")
    return Move(None, text=speaker.joined(before, text), outcome=branch.outcome, why=f"end:{branch.outcome}")
