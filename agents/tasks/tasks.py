"""The tasks of a catalogue as the dialogue uses them: which begins, what they make of messages and results."""

from collections.abc import Mapping

from msgspec.structs import replace

from agents.tasks import answering, open_tasks, results
from agents.tasks.answers import Reader, any_of, spelled
from agents.tasks.declaration import Declared
from agents.tasks.heard import Heard, Question, heard, language
from agents.tasks.move import Move, Progress
from agents.tasks.ready import Ready
from agents.tasks.speaking import LANGUAGE
from agents.tasks.stepping import Scene, handed_over
from schemas.tools import ToolResult


class Tasks:
    """Pure: what it answers follows from its arguments alone. No message and no result makes it raise."""

    def __init__(self, declared: Declared) -> None:
        self._ready = {task.name: Ready(task, declared.common) for task in declared.tasks}
        self._reader = Reader(declared.common.words)
        self._asking = any_of(spelled(declared.common.words.question))

    def begins(self, question: Question) -> str | None:
        """The task that a message asks for: by a pattern, else by its intent."""
        return self._begun(heard(question, self._reader, self._asking), None)

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
        move = self._switched(scene, progress, question, facts) or answering.answer(scene, progress)
        return self._resumed(scene, progress, move) if move else None

    def told(self, progress: Progress, result: ToolResult, question: Question) -> Move:
        """The next move once a tool has answered the call that the task waits for."""
        ready = self._ready.get(progress.name)
        if ready is None:
            return handed_over("unknown_task")
        call = ready.calls.get(progress.step)
        if call is None or call.tool != result.tool:
            return Move(progress, text=self.again(progress, question.language, question.message_id), why="unexpected")
        scene = self._scene(ready, question)
        return self._resumed(scene, progress, results.told(scene, progress, call, result))

    def again(self, progress: Progress, language: str, seed: str) -> str:
        """The question that is open, in words; empty where none is."""
        ready = self._ready.get(progress.name)
        known = {LANGUAGE: language} | progress.known
        return answering.question(ready, replace(progress, known=known), seed) if ready else ""

    def _scene(self, ready: Ready, question: Question) -> Scene:
        message = heard(question, ready.reader, self._asking)
        return Scene(ready, message, question.message_id, question.written)

    def _begun(self, message: Heard, opened: str | None) -> str | None:
        """The first task that the message asks for, those that a pattern begins before those that an intent does."""
        others = [ready for name, ready in self._ready.items() if name != opened]
        asked = [ready for ready in others if ready.asked_for(message, interrupting=opened is not None)]
        by_pattern = [ready for ready in asked if ready.is_named(message)]
        return next((ready.task.name for ready in by_pattern or asked), None)

    def _switched(self, scene: Scene, progress: Progress, question: Question, facts: Mapping[str, str]) -> Move | None:
        """Another task begins where the message asks for one; the open one waits, or ends where that replaces it."""
        asked = answering.asked_slot(scene.ready, progress)
        if asked and asked.free and progress.asked == asked.name:
            return None
        name = self._begun(scene.message, progress.name)
        if name is None or scene.ready.is_named(scene.message):
            return None
        ready = self._ready[name]
        instead = progress.name in ready.task.replaces or scene.message.meaning.has("cancel")
        begun = open_tasks.after(progress, name, instead=instead)
        return answering.begin(self._scene(ready, question), begun, facts)

    def _resumed(self, scene: Scene, progress: Progress, move: Move) -> Move:
        """A task that has ended in words gives way to the one that waits behind it."""
        outer = open_tasks.behind(move.progress or progress)
        ready = self._ready.get(outer.name) if outer else None
        if move.progress is not None or move.hand_over or outer is None or ready is None:
            return move
        title, speaker = ready.task.title, scene.speaker(progress)
        back = speaker.common("resumed", task=title.zh if speaker.language == "zh" else title.en)
        open_question = answering.question(ready, outer, scene.seed)
        text = f"{move.text}\n{speaker.joined(back, open_question)}"
        return replace(move, progress=outer, text=text)


def _spoken_in(progress: Progress, language: str) -> Progress:
    return replace(progress, known=progress.known | {LANGUAGE: language})
