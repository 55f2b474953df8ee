"""Tasks that wait while another one is worked on, the latest last, as values in the progress of that one."""

from msgspec.structs import replace

from agents.tasks.move import Progress
from agents.tasks.speaking import LANGUAGE, OPEN
from schemas.messages import JsonValue

MOST = 3
"""Tasks of one conversation that wait; a further one pushes the oldest out."""


def waiting(progress: Progress) -> list[dict[str, JsonValue]]:
    """The tasks that wait behind this one."""
    return list(progress.known.get(OPEN, []))


def after(progress: Progress, name: str, *, instead: bool) -> Progress:
    """The progress of the task ``name`` that begins while another is open: one that waits already goes on.

    ``instead``: the open one ends with it.
    """
    stack = waiting(progress)
    if not instead:
        known = {key: value for key, value in progress.known.items() if key != OPEN}
        stack.append({"name": progress.name, "slots": progress.slots, "asked": progress.asked, "known": known})
    here = next((one for one in stack if one["name"] == name), None)
    stack = [one for one in stack if one is not here][-MOST:]
    begun = _progress(here) if here else Progress(name, known={LANGUAGE: progress.known.get(LANGUAGE, "en")})
    return replace(begun, known=begun.known | ({OPEN: stack} if stack else {}))


def behind(progress: Progress) -> Progress | None:
    """The task that goes on once this one has ended."""
    stack = waiting(progress)
    if not stack:
        return None
    outer, language = _progress(stack.pop()), progress.known.get(LANGUAGE, "en")
    return replace(outer, known=outer.known | {LANGUAGE: language} | ({OPEN: stack} if stack else {}))


def _progress(kept: dict[str, JsonValue]) -> Progress:
    return Progress(kept["name"], slots=dict(kept["slots"]), asked=kept["asked"], known=dict(kept["known"]))
