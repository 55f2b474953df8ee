"""What a tool's result means for the task that called it."""

from msgspec.structs import replace

from agents.tasks.declaration import Branch, Change, Look
from agents.tasks.move import Move, Progress
from agents.tasks.speaking import RETRIES
from agents.tasks.stepping import RETRY, Scene, advance, followed, handed_over, spoken
from agents.tasks.values import kept, said
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
        return followed(scene, here, _branch(call, result))
    if isinstance(call, Change):
        return handed_over("outcome_unknown")
    return _unanswered(scene, here, result)


def _keeping(progress: Progress, keep: str, value: JsonValue) -> Progress:
    return replace(progress, known=progress.known | {keep: value if isinstance(value, dict) else {}})


def _branch(call: Look | Change, result: ToolResult) -> Branch:
    code = said(result.value.get("code")) or said(result.reason)
    return call.refused.get(code) or call.refused.get("other") or Branch()


def _unanswered(scene: Scene, progress: Progress, result: ToolResult) -> Move:
    """Once an honest sentence, then a person; an answer that is wrong in itself goes to a person at once."""
    retries = int(progress.known.get(RETRIES, 0)) + 1
    if result.outcome == "failed" or retries > 1:
        return handed_over("tool_unavailable")
    waiting = replace(progress, known=progress.known | {RETRIES: retries}, asked=RETRY, attempts=0)
    return spoken(scene, waiting, scene.speaker(waiting).common("unavailable"), "", "unavailable")
