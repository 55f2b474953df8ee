"""The question that is open: which slot it asks for, and its words."""

from agents.tasks.declaration import Slot
from agents.tasks.move import Progress
from agents.tasks.ready import Ready
from agents.tasks.speaking import OFFER, Speaker
from agents.tasks.stepping import CHANGE, CONFIRM, PROPOSED, RETRY, Scene, due


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


def is_open(scene: Scene, progress: Progress) -> bool:
    """Whether any text would be an answer to what was asked."""
    asked = asked_slot(scene.ready, progress)
    return asked is not None and asked.free and progress.asked == asked.name
