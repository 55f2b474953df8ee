"""Works through questions that get one reply: tasks first, else the rules, until it is said or something is awaited."""

import msgspec

from agents.dialogue import asking, calling, consulting, handover, parts, saying, unclear
from agents.dialogue.conversation import Answer, Conversation, Exchange, Pending, Question, Work
from agents.dialogue.decide import AskModel, decide, scripted, without_model
from agents.dialogue.handover import Cause
from agents.dialogue.memory import Fact, known
from agents.dialogue.scene import Outcome, Scene
from agents.tasks.move import Call, Move
from schemas.inference import ModelResult
from schemas.messages import Source
from schemas.tools import ToolResult

TASK = "task"
"""What decided where a task has spoken; the rest of the word says what it did."""
OVER = tuple(f"{TASK}:{how}" for how in ("end", "done", "refused", "failed", "cancelled"))
"""The same where the task is over: what it said then stays said."""

Halt = Call | Cause | None
"""What a question leads to before the next can be looked at."""
Worked = tuple[Conversation, Work, Halt]


def answer(scene: Scene, state: Conversation, work: Work) -> Outcome:
    """Answer all questions of the work that were not worked through yet, in one reply with those that were."""
    new = work.questions[work.done :]
    risks = [scene.desk.risk(question) for question in new]
    cause = handover.wanted(state, new, risks, scene.desk)
    if cause is not None:
        values = [value for question in new for value in question.values]
        return handover.request(scene, state.learning(values), work, cause)
    below = [risk.disclaimer for risk in risks if risk is not None and risk.disclaimer]
    if below:
        work = msgspec.structs.replace(work, below=tuple(dict.fromkeys((*work.below, *below))))
    return _go_on(scene, state, work, None)


def modelled(scene: Scene, state: Conversation, pending: Pending, result: ModelResult) -> Outcome:
    """A model has answered, or asks for tools first, or neither."""
    calls = consulting.wanted(pending, result, scene.desk)
    if calls:
        return consulting.begin(scene, state, pending, calls)
    return _finish(scene, state, _with(pending.work, *asking.answered(pending, result, state.personal, scene.desk)))


def tooled(scene: Scene, state: Conversation, pending: Pending, result: ToolResult) -> Outcome:
    """A tool has answered, or has not: the model that asked for it, or the task goes on, then what is behind it."""
    if pending.kind == "model":
        return consulting.told(scene, state, pending, result)
    work, halt = pending.work, None
    if state.tasks:
        move = scene.desk.tasks.told(state.tasks[-1], result, work.current)
        state, work, halt = _moved(scene, state, work, move, "tool")
    return _go_on(scene, state, work, halt)


def without_waiting(scene: Scene, state: Conversation, question: Question) -> Outcome:
    """Answer a message beside what is awaited: too many wait already."""
    choice = decide(question, scene.desk, state)
    if isinstance(choice, AskModel):
        choice = without_model(question, choice.hits, scene.desk, "too_many_waiting")
    return saying.say(scene, state.learning(question.values), Work((question,), done=1), choice)


def _go_on(scene: Scene, state: Conversation, work: Work, halt: Halt) -> Outcome:
    while halt is None and work.done < len(work.questions):
        state, work, halt = _next(scene, state, work)
    if isinstance(halt, Call):
        return calling.call(scene, state, work, halt)
    if isinstance(halt, Cause) and state.handed is None:
        return handover.request(scene, state, work, halt)
    if work.asks and state.handed is None:
        return asking.ask(scene, state, work, Exchange())
    return _finish(scene, state, work)


def _next(scene: Scene, state: Conversation, work: Work) -> Worked:
    """Look at the next question: the task under way takes it, or another begins with it, or the rules decide."""
    question, facts = work.questions[work.done], state.facts
    state = state.learning(question.values)
    work = msgspec.structs.replace(work, done=work.done + 1, aside=False)
    begun, move = _task_move(scene, state, question, facts)
    if move is not None:
        for beside in parts.beside(question, scene.desk):
            work = _with(work, beside)
        return _moved(scene, begun, work, move, "script")
    choice = unclear.asked_back(work, state, question, scene.desk) or decide(question, scene.desk, state)
    asks = isinstance(choice, AskModel)
    work = msgspec.structs.replace(
        work, plain=(*work.plain, work.done - 1), asks=work.asks or asks, aside=bool(state.tasks)
    )
    return state, work if isinstance(choice, AskModel) else _with(work, choice), None


def _task_move(
    scene: Scene, state: Conversation, question: Question, facts: tuple[Fact, ...]
) -> tuple[Conversation, Move | None]:
    tasks = scene.desk.tasks
    if state.tasks:
        move = tasks.turn(state.tasks[-1], question, known(facts))
        if move is not None:
            return state, move
    name = tasks.begins(unclear.unnamed(question) if unclear.choices(question, state, scene.desk) else question)
    if name is None or any(task.name == name for task in state.tasks):
        return state, None
    begun = state.beginning(name)
    move = tasks.turn(begun.tasks[-1], question, known(facts))
    return (state, None) if move is None else (begun, move)


def _moved(scene: Scene, state: Conversation, work: Work, move: Move, source: Source) -> Worked:
    """What a task's move changes. A task that ends leaves its values as facts, and the one before goes on."""
    if move.call is not None and work.calls >= calling.CALLS:
        found = scripted(work.current, scene.desk, "fallback", "fallback", "too_many_calls")
        return state.working_on(None), _with(work, found), None
    name = state.tasks[-1].name
    if move.progress is None:
        state = state.learning([(slot, value) for slot, value in state.tasks[-1].slots.items() if value])
        work = msgspec.structs.replace(work, aside=True)
    state = state.working_on(move.progress)
    if move.hand_over:
        return state, work, Cause(move.hand_over, skill=name)
    why = ":".join(filter(None, (TASK, move.why or move.outcome)))
    return state, _asking_last(work, Answer(move.text, source, why)) if move.text else work, move.call


def _asking_last(work: Work, found: Answer) -> Work:
    """With a task's text: of the questions that it asks in one reply only the last one is still open."""
    kept = (one for one in work.answers if not one.why.startswith(TASK) or one.why.startswith(OVER))
    return msgspec.structs.replace(work, answers=(*kept, found))


def _finish(scene: Scene, state: Conversation, work: Work) -> Outcome:
    """Say the reply; where it is one more that says we do not know, call a person instead."""
    if not work.answers and state.handed is not None:
        handed = msgspec.structs.replace(
            state.handed,
            asked=(*state.handed.asked, *work.questions),
            logged=(*state.handed.logged, *work.logged),
        )
        return msgspec.structs.replace(state, handed=handed), []
    found = saying.composed(work.answers or (scripted(work.last, scene.desk, "fallback", "fallback", "no_answer"),))
    state = _counting(state, work, failed=found.source == "fallback")
    if 0 < scene.limits.failures <= state.troubles.failures and state.handed is None:
        return handover.request(scene, state, work, Cause("repeated_failure", skill=work.last.intent.name))
    again = ""
    if work.aside and state.tasks and state.handed is None:
        again = scene.desk.tasks.again(state.tasks[-1], work.last.language, work.last.message_id)
    if again or work.below:
        found = msgspec.structs.replace(found, text="\n".join(filter(None, (found.text, again, *work.below))))
    return saying.say(scene, state, work, found)


def _counting(state: Conversation, work: Work, *, failed: bool) -> Conversation:
    """Failures in a row. Who wrote before our last answer has not failed to be helped by it."""
    before = state.troubles.failures
    heard_us = work.last.written >= state.answered_at
    failures = before + (heard_us or not before) if failed else 0
    if failures == before:
        return state
    return msgspec.structs.replace(state, troubles=msgspec.structs.replace(state.troubles, failures=int(failures)))


def _with(work: Work, *found: Answer) -> Work:
    return msgspec.structs.replace(work, answers=(*work.answers, *found))
