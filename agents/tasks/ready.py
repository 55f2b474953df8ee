"""A task made ready: its patterns compiled, what it keeps of each tool's answer, what depends on what."""

from collections.abc import Iterator
from functools import cached_property

from agents.tasks.answers import LONGEST, Reader, any_of
from agents.tasks.declaration import Branch, Change, Choose, Common, Condition, Look, Step, Stop, Task
from agents.tasks.heard import Heard
from agents.tasks.template import places
from agents.tasks.values import Path, dotted


class Ready:
    """A declared task with what is derived from its declaration once."""

    def __init__(self, task: Task, common: Common) -> None:
        self.task, self.common = task, common
        self.reader = Reader(common.words, task.agree, task.cancel)
        self.slots = {slot.name: slot for slot in task.slots}
        self.calls = {step.keep: step for step in task.steps if isinstance(step, Look | Change)}
        self._begin = tuple(filter(None, map(any_of, (task.begin.zh, task.begin.en))))

    def beginning(self, message: Heard) -> int:
        """Characters that the message has besides the words that begin the task and words that say nothing."""
        text = message.plain[:LONGEST]
        for pattern in self._begin:
            text = pattern.sub("", text)
        return self.reader.read(text).rest

    @cached_property
    def uses(self) -> dict[str, set[Path]]:
        """The paths that the task reads of each tool's answer, by the name under which it is kept."""
        used: dict[str, set[Path]] = {keep: set() for keep in self.calls}
        for path in self._paths():
            if path[0] in used:
                used[path[0]].add(path[1:])
        return used

    def _paths(self) -> Iterator[Path]:
        for text in texts(self.task):
            yield from (place.path for place in places(text))
        for condition in conditions(self.task):
            yield dotted(condition.value)
        for choose in (slot.choose for slot in self.task.slots if slot.choose):
            yield from chooser_paths(choose)

    def dropped(self, slots: set[str]) -> tuple[set[str], set[str]]:
        """The slots and the kept answers that no longer hold once ``slots`` have changed."""
        gone, kept = set(slots), set[str]()
        while True:
            stale = {keep for keep, call in self.calls.items() if gone & set(argument_slots(call))} - kept
            kept |= stale
            chosen = {s.name for s in self.task.slots if s.choose and s.choose.among.split(".")[0] in kept} - gone
            gone |= chosen
            if not stale and not chosen:
                return gone - slots, kept


def argument_slots(call: Look | Change) -> Iterator[str]:
    """The names of slots in a call's arguments."""
    for argument in call.arguments.values():
        text = argument if isinstance(argument, str) else argument[0]
        yield from (place.path[0] for place in places(text))


def chooser_paths(choose: Choose) -> Iterator[Path]:
    among = dotted(choose.among)
    yield (*among, choose.value)
    yield (*among, *choose.names.split("."))
    yield from ((*among, *field.split(".")) for field in (choose.newest,) if field)
    for text in (choose.shown.zh, choose.shown.en):
        yield from ((*among, *place.path) for place in places(text))
    yield from ((*among, *condition.value.split(".")) for condition in choose.prefer)


def branches(step: Step) -> tuple[Branch, ...]:
    """All branches of a step."""
    if isinstance(step, Stop):
        return step.branches
    return tuple(step.refused.values()) if isinstance(step, Look | Change) else ()


def conditions(task: Task) -> Iterator[Condition]:
    for step in task.steps:
        yield from () if isinstance(step, Stop) else step.when
        for branch in branches(step):
            yield from branch.when


def texts(task: Task) -> Iterator[str]:
    """Every text with places that the task can say."""
    said = [branch.say for step in task.steps for branch in branches(step)]
    said += [step.confirm for step in task.steps if isinstance(step, Change)]
    said += [each for slot in task.slots for each in (slot.ask, slot.wrong)] + [task.opening]
    for each in said:
        yield from (*each.zh, *each.en) if each else ()
