"""What a tool's result means for the task that called it."""

from msgspec.structs import replace

from agents.tasks.declaration import Branch, Change, Look
from agents.tasks.move import Move, Progress
from agents.tasks.speaking import RETRIES
from agents.tasks.stepping import RETRY, Scene, advance, followed, handed_over, spoken
from agents.tasks.values import kept, said
from agents.tools.unfilled import UNREADABLE, unfilled
from schemas.messages import JsonValue
from schemas.tools import ToolResult


def told(scene: Scene, progress: Progress, call: Look | Change, result: ToolResult) -> Move:
    """The next move. A change of which nobody knows whether it happened is for a person: it is never tried again."""
    here = replace(progress, step="")
    if result.outcome == "done":
        return advance(scene, _keeping(here, call.keep, kept(result.value, scene.ready.uses[call.keep])))
    if isinstance(call, Look) and not call.needed:
        return advance(scene, _keeping(here, call.keep, {}))
    if result.outcome == "refused":
        return followed(scene, here, _branch(scene, here, call, result))
    if isinstance(call, Change):
        return handed_over("outcome_unknown")
    return _unanswered(scene, here, result)


def _keeping(progress: Progress, keep: str, value: JsonValue) -> Progress:
    return replace(progress, known=progress.known | {keep: value if isinstance(value, dict) else {}})


def _branch(scene: Scene, progress: Progress, call: Look | Change, result: ToolResult) -> Branch:
    code = said(result.value.get("code")) or said(result.reason)
    if code == UNREADABLE and code not in call.refused:
        return _once_more(scene, progress)
    return call.refused.get(code) or call.refused.get("other") or Branch()


def _once_more(scene: Scene, progress: Progress) -> Branch:
    """Ask again for what was personal and cannot be read; where no slot holds it, a person helps."""
    slots = tuple(slot for slot, value in progress.slots.items() if unfilled(value))
    return Branch(say=scene.ready.common.texts.unreadable, forget=slots, hand_over="" if slots else UNREADABLE)


def _unanswered(scene: Scene, progress: Progress, result: ToolResult) -> Move:
    """Once an honest sentence, then a person; an answer that is wrong in itself goes to a person at once."""
    retries = int(progress.known.get(RETRIES, 0)) + 1
    if result.outcome == "failed" or retries > 1:
        return handed_over("tool_unavailable")
    waiting = replace(progress, known=progress.known | {RETRIES: retries}, asked=RETRY, attempts=0)
    return spoken(scene, waiting, scene.speaker(waiting).common("unavailable"), "", "unavailable")
