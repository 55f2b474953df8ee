"""Reads the tasks of a catalogue folder, tasks.yaml and tasks/*.yaml, and checks them before anything starts."""

import re
from collections.abc import Iterator
from pathlib import Path

from agents.catalog import FOLDER, reading
from agents.tasks.answers import spelled
from agents.tasks.declaration import Change, Common, Condition, Declared, Look, Said, Stop, Task
from agents.tasks.ready import argument_slots, branches, conditions, texts
from agents.tasks.template import DAY, Place, places
from schemas.errors import Misconfigured

OFFERED = ("offer", "task")
"""Values that the texts of tasks.yaml are given."""


def load(folder: Path = FOLDER) -> Declared:
    """Read and check the tasks; a folder without tasks.yaml speaks with the words that come with kefu.

    Raises Misconfigured with the file, the entry and the mend.
    """
    shared = next((own for own in (folder / "tasks.yaml", FOLDER / "tasks.yaml") if own.exists()), folder)
    common = reading.entry(shared, Common)
    _check_common(common, str(shared))
    files = sorted((folder / "tasks").glob("*.yaml"))
    tasks = tuple(reading.entry(file, Task) for file in files)
    for file, task in zip(files, tasks, strict=True):
        _check(task, common, str(file))
    reading.check_unique([task.name for task in tasks], folder / "tasks")
    return Declared(common=common, tasks=tasks)


def _check_common(common: Common, where: str) -> None:
    for name in common.words.__struct_fields__:
        _check_patterns(spelled(getattr(common.words, name)), f"{where}: words: {name}")
    for name in common.texts.__struct_fields__:
        said: Said = getattr(common.texts, name)
        _check_said(said, f"{where}: texts: {name}")
        for place in (place for text in (*said.zh, *said.en) for place in places(text)):
            if place.path[0] not in OFFERED:
                _wrong(where, f"texts: {name}", f"no value {place.path[0]}; use one of {', '.join(OFFERED)}")


def _check(task: Task, common: Common, where: str) -> None:
    slots = {slot.name for slot in task.slots}
    kept = [step.keep for step in task.steps if isinstance(step, Look | Change)]
    names = slots | set(kept)
    if len(slots) < len(task.slots) or len(names) < len(task.slots) + len(kept):
        _wrong(where, task.name, "two slots or kept results have one name; rename one")
    _check_slots(task, where)
    _check_steps(task, slots, where)
    for text in texts(task):
        for place in places(text):
            _check_place(place, names, common, f"{where}: {text!r}")
    for condition in conditions(task):
        _check_condition(condition, names, f"{where}: {task.name}: condition on {condition.value}")
    _check_patterns(tuple(_patterns(task)), f"{where}: {task.name}")


def _patterns(task: Task) -> Iterator[str]:
    for each in (task.begin, task.unless, task.cancel, task.agree):
        yield from spelled(each)
    for slot in task.slots:
        yield from (*slot.always, *slot.answer, *spelled(slot.called), *spelled(slot.skip), slot.valid or "-")


def _check_slots(task: Task, where: str) -> None:
    for slot in task.slots:
        entry = f"{where}: slot {slot.name}"
        _check_said(slot.ask, f"{entry}: ask")
        if slot.wrong:
            _check_said(slot.wrong, f"{entry}: wrong")
        if not (slot.type or slot.always or slot.answer or slot.choices or slot.choose or slot.free):
            raise Misconfigured(f"{entry}: nothing can fill it; give it a type, patterns, choices, or free: true")
        if any(not (choice.zh and choice.en) for choice in slot.choices):
            raise Misconfigured(f"{entry}: a choice without words; write at least one in zh and in en")


def _check_steps(task: Task, slots: set[str], where: str) -> None:
    last = task.steps[-1] if task.steps else None
    if not isinstance(last, Stop) or not last.branches or last.branches[-1].when:
        _wrong(where, task.name, "it does not end; let the last step be a stop whose last branch has no conditions")
    for step in task.steps:
        asked = {step.slot} if not isinstance(step, Look | Change | Stop) else set[str]()
        used = set(argument_slots(step)) if isinstance(step, Look | Change) else asked
        forgotten = {name for branch in branches(step) for name in branch.forget}
        kept = {other.keep for other in task.steps if isinstance(other, Look | Change)}
        unknown = (used - slots - kept) | (forgotten - slots)
        if unknown:
            _wrong(where, task.name, f"a step uses {', '.join(sorted(unknown))}; add such a slot or correct the name")
        _check_ends(step, f"{where}: {task.name}")


def _check_ends(step: object, where: str) -> None:
    if isinstance(step, Change) and any(condition.past is not None for condition in step.when):
        raise Misconfigured(
            f"{where}: {step.tool}: a change cannot depend on the time; put the rule in a stop before it"
        )
    for branch in branches(step) if isinstance(step, Look | Change | Stop) else ():
        if branch.say:
            _check_said(branch.say, where)
        elif not (branch.hand_over or branch.forget):
            raise Misconfigured(f"{where}: a branch says nothing; give it say, forget or hand_over")


def _check_place(place: Place, names: set[str], common: Common, where: str) -> None:
    if place.path[0] not in names:
        raise Misconfigured(f"{where}: no value {place.path[0]}; use one of {', '.join(sorted(names))}")
    if place.label and place.label != DAY and place.label not in common.labels:
        raise Misconfigured(f"{where}: no label {place.label}; add it under labels in tasks.yaml")


def _check_condition(condition: Condition, names: set[str], where: str) -> None:
    if condition.value.split(".")[0] not in names:
        raise Misconfigured(f"{where}: no such value; use one of {', '.join(sorted(names))}")
    given = (bool(condition.any_of), bool(condition.none_of), condition.past is not None, condition.given is not None)
    if sum(given) != 1:
        raise Misconfigured(f"{where}: write exactly one of is, is_not, past and given")


def _check_patterns(patterns: tuple[str, ...], where: str) -> None:
    for pattern in patterns:
        try:
            found = re.compile(pattern)
        except re.error as problem:
            raise Misconfigured(f"{where}: {pattern!r} is no regular expression: {problem}; correct it") from None
        if not pattern or found.fullmatch(""):
            raise Misconfigured(f"{where}: {pattern!r} matches an empty text; make it say something")


def _check_said(said: Said, where: str) -> None:
    if not (said.zh and said.en) or any(not text.strip() for text in (*said.zh, *said.en)):
        raise Misconfigured(f"{where}: no text in zh or en; write at least one in each")


def _wrong(where: str, entry: str, mend: str) -> None:
    raise Misconfigured(f"{where}: {entry}: {mend}")
