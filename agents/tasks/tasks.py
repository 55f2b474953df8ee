"""The tasks of a catalogue as the dialogue uses them: which begins, what they make of messages and results."""

from collections.abc import Mapping

from msgspec.structs import replace

from agents.tasks import answering, open_question, results
from agents.tasks.answers import any_of, spelled
from agents.tasks.declaration import Declared
from agents.tasks.finding import Finder
from agents.tasks.heard import SURE, Heard, Question, bare, heard, language
from agents.tasks.move import Move, Progress
from agents.tasks.ready import Ready
from agents.tasks.speaking import LANGUAGE
from agents.tasks.stepping import Scene, handed_over
from schemas.messages import Intent
from schemas.tools import ToolResult


class Tasks:
    """Pure: what it answers follows from its arguments alone. No message and no result makes it raise."""

    def __init__(self, declared: Declared) -> None:
        self._ready = {task.name: Ready(task, declared.common) for task in declared.tasks}
        self._finder = Finder(declared.tasks)
        intents = {intent for task in declared.tasks for intent in task.intents}
        self._meant = {
            intent: tuple(task.name for task in declared.tasks if intent in task.intents) for intent in intents
        }
        self._asking = any_of(spelled(declared.common.words.question))

    def begins(self, question: Question) -> str | None:
        """The task that a message asks for: by a pattern, else by its intent."""
        return self._begun(bare(question.text), question.intent, "")

    def turn(self, progress: Progress, question: Question, facts: Mapping[str, str]) -> Move | None:
        """What the task makes of a message; a Progress with only a name is a task that begins.

        None: the message is not for the task, which stays as it is.
        """
        ready = self._ready.get(progress.name)
        if ready is None:
            return handed_over("unknown_task")
        scene, is_new = self._scene(ready, question), progress == Progress(progress.name)
        progress = _spoken_in(progress, language(question, str(progress.known.get(LANGUAGE, ""))))
        if is_new:
            return answering.begin(scene, progress, facts)
        if progress.step:
            return answering.meanwhile(scene, progress)
        other = self._other(scene, progress)
        move = self._replaced(scene, progress, question, facts, other) if other else None
        return move or self._answered(scene, progress, other)

    def told(self, progress: Progress, result: ToolResult, question: Question) -> Move:
        """The next move once a tool has answered the call that the task waits for."""
        ready = self._ready.get(progress.name)
        if ready is None:
            return handed_over("unknown_task")
        call = ready.calls.get(progress.step)
        if call is None or call.tool != result.tool:
            return Move(progress, text=self.again(progress, question.language, question.message_id), why="unexpected")
        return results.told(self._scene(ready, question), progress, call, result)

    def again(self, progress: Progress, language: str, seed: str) -> str:
        """The question that is open, in words; empty where none is."""
        ready = self._ready.get(progress.name)
        known = {LANGUAGE: language} | progress.known
        return open_question.question(ready, replace(progress, known=known), seed) if ready else ""

    def _scene(self, ready: Ready, question: Question) -> Scene:
        message = heard(question, ready.reader, self._asking)
        return Scene(ready, message, question.message_id, question.written)

    def _begun(self, plain: str, intent: Intent, opened: str) -> str | None:
        """The first task that a message asks for, those that a pattern begins before those that an intent does."""
        asked = self._finder.asked(plain)
        meant = self._meant.get(intent.name, ()) if intent.confidence >= SURE else ()
        return next((name for name in (*asked.named, *meant) if name != opened and name not in asked.excepted), None)

    def _names(self, message: Heard, name: str) -> bool:
        """Whether a pattern of the task is found."""
        return name in self._finder.asked(message.plain).named

    def _replaced(
        self, scene: Scene, progress: Progress, question: Question, facts: Mapping[str, str], name: str
    ) -> Move | None:
        """Another task begins in place of the open one: exchange it instead; never mind, I want to return it."""
        ready = self._ready[name]
        if not self._names(scene.message, name):
            return None
        if progress.name not in ready.task.replaces and not scene.message.meaning.has("cancel"):
            return None
        said = {slot: value for slot, value in progress.slots.items() if slot in ready.slots}
        known = {LANGUAGE: progress.known[LANGUAGE]}
        return answering.begin(self._scene(ready, question), Progress(name, slots=said, known=known), facts)

    def _answered(self, scene: Scene, progress: Progress, other: str | None) -> Move | None:
        """What the open task makes of a message. Anger that asks for nothing is answered with the open question."""
        if other and self._leads_away(other, scene.message):
            return None
        move = answering.answer(scene, progress)
        if move is None and other and not self._ready[other].task.interrupts:
            return answering.repeated(scene, progress)
        return move

    def _other(self, scene: Scene, progress: Progress) -> str | None:
        """The task besides the open one that the message asks for."""
        if open_question.is_open(scene, progress) or self._names(scene.message, progress.name):
            return None
        return self._begun(scene.message.plain, scene.message.intent, progress.name)

    def _leads_away(self, name: str, message: Heard) -> bool:
        """Whether a message is for another task before it can be an answer: that is named, or asked about."""
        return self._names(message, name) or (self._ready[name].task.interrupts and message.asks)


def _spoken_in(progress: Progress, language: str) -> Progress:
    return replace(progress, known=progress.known | {LANGUAGE: language})
