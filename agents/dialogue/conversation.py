"""The state of a conversation: what is remembered, what is being answered, who has it."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from agents.dialogue import memory, seen
from agents.dialogue.memory import Fact, Gist, Turn
from agents.dialogue.question import Question, question
from agents.tasks.move import Progress
from agents.tools.offered import Wanted
from agents.understanding.mood import Mood
from schemas.inference import ModelMessage
from schemas.messages import Citation, Sealed, Source

__all__ = [
    "Answer",
    "Conversation",
    "Exchange",
    "Gathered",
    "Given",
    "Handed",
    "Kept",
    "Offered",
    "Pending",
    "Question",
    "Troubles",
    "Work",
    "question",
]

WAITING = 50
"""Messages of one conversation that may wait; a further one is answered at once, without a model."""
WAITING_CHARACTERS = 60_000
"""Characters of messages that may be held so; with the turns, a state stays well below the largest record."""
TASKS = 3
"""Tasks that may be under way, one begun in the middle of another."""


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where the cache has an answer, and which model gave it."""

    key: bytes
    model: str


class Answer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A decided answer, or a part of one. ``why`` is for the log: one word for the rule that decided.

    ``kept`` is where the cache has it, or parts of it; ``offers`` are intents of which it asks which one is meant.
    """

    text: str
    source: Source
    why: str
    citations: tuple[Citation, ...] = ()
    model: str = ""
    experiment: str = ""
    kept: tuple[Kept, ...] = ()
    offers: tuple[str, ...] = ()


class Work(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Questions that get one reply, and what there is of it so far.

    ``done`` of them were worked through, which led to ``answers``. Those at the places ``plain`` were left to the
    rules; ``asks``: one of them at least needs a model, which then sees them all. ``aside``: the last one was no matter
    of the task. ``below`` stands below the answer. The decisions about ``logged`` are in the log. ``voids`` is the
    request that a model need not answer any more, after so many ``restarts``; ``calls`` counts those of tools.
    """

    questions: tuple[Question, ...]
    done: int = 0
    plain: tuple[int, ...] = ()
    asks: bool = False
    answers: tuple[Answer, ...] = ()
    aside: bool = False
    below: tuple[str, ...] = ()
    logged: tuple[str, ...] = ()
    voids: str = ""
    restarts: int = 0
    calls: int = 0

    @property
    def last(self) -> Question:
        return self.questions[-1]

    @property
    def unlogged(self) -> list[Question]:
        """Those whose decision is not in the log yet."""
        return [question for question in self.questions if question.message_id not in self.logged]

    @property
    def current(self) -> Question:
        """The question that was worked on last."""
        return self.questions[max(self.done - 1, 0)]


class Exchange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a model and tools have said to each other before its answer, as ``lines`` that follow the prompt.

    It has asked for tools in so many ``rounds``; ``due`` are calls of the last one without a result, the first is made.
    """

    lines: tuple[ModelMessage, ...] = ()
    rounds: int = 0
    due: tuple[Wanted, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """What tells the question after it from the one before it, in ids."""
        return (str(self.rounds),) if self.rounds else ()


class Pending(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is awaited, until ``until``: a model's answer, or a task's tool, with what was known when it was asked for.

    While a model waits for a tool of its own, ``tool`` names that, and ``request_id`` is the call's. ``alone``: the
    question needs nothing of the conversation, so that its answer may serve others.
    """

    kind: Literal["model", "tool"]
    request_id: str
    work: Work
    until: float
    tool: str = ""
    knowledge_version: str = ""
    citations: tuple[Citation, ...] = ()
    alone: bool = False
    exchange: Exchange = Exchange()

    @property
    def awaits(self) -> Literal["model", "tool"]:
        """Whose result comes next."""
        return "tool" if self.tool else "model"


class Gathered(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The messages of a burst so far, which are answered at ``until``."""

    questions: tuple[Question, ...]
    until: float


class Handed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A person has the conversation, ``agent_id``, or is asked for (empty), and is waited for until ``until``.

    ``last`` is the last message, ``asked`` are those that nobody has answered; the decisions about ``logged``
    are in the log already, from when a model was to answer them.
    """

    reason: str
    last: Question
    until: float
    agent_id: str = ""
    asked: tuple[Question, ...] = ()
    logged: tuple[str, ...] = ()


class Troubles(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What speaks for a person: answers in a row that were none, complaints, and upset messages in a row."""

    failures: int = 0
    complaints: int = 0
    upset: int = 0


class Given(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reply, by the fingerprint of its id, that stands in the cache; ``at`` is when it was given."""

    reply: int
    kept: tuple[Kept, ...]
    at: float


class Offered(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A question that was not clear, and the intents that were offered for it, in order."""

    question: Question
    names: tuple[str, ...]


class Conversation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The state of one conversation; every change makes a new one. ``expires`` in seconds since the epoch.

    ``personal`` is what its placeholders stand for, sealed; ``given`` are the last replies that stand in the cache.
    """

    turns: tuple[Turn, ...] = ()
    seen: bytes = b""
    facts: tuple[Fact, ...] = ()
    gists: tuple[Gist, ...] = ()
    mood: Mood = Mood()
    troubles: Troubles = Troubles()
    soothed: str = ""
    answered_at: float = 0.0
    tasks: tuple[Progress, ...] = ()
    pending: Pending | None = None
    gathered: Gathered | None = None
    waiting: tuple[Question, ...] = ()
    handed: Handed | None = None
    expires: int = 0
    personal: Mapping[str, Sealed] = {}
    given: tuple[Given, ...] = ()
    offered: Offered | None = None

    def knows(self, id_: str) -> bool:
        """Whether a message or an event was seen."""
        return seen.has(self.seen, id_)

    def seeing(self, id_: str) -> "Conversation":
        return msgspec.structs.replace(self, seen=seen.having(self.seen, id_))

    def full(self) -> bool:
        """Whether no further message may wait."""
        asked = self.pending.work.questions if self.pending is not None else ()
        held = sum(question.length for question in (*asked, *self.waiting))
        return len(self.waiting) >= WAITING or held >= WAITING_CHARACTERS

    def queueing(self, question: Question) -> "Conversation":
        return msgspec.structs.replace(self, waiting=(*self.waiting, question))

    def learning(self, values: list[tuple[str, str]]) -> "Conversation":
        return msgspec.structs.replace(self, facts=memory.learned(self.facts, values)) if values else self

    def answered(self, questions: tuple[Question, ...], answer: str, source: Source, at: float) -> "Conversation":
        """With one more turn, whoever wrote the answer."""
        intent = questions[-1].intent.name if questions else ""
        new = memory.turn([question.text for question in questions], answer, source, intent, at)
        turns, fallen = memory.followed(self.turns, new)
        gists = memory.summed(self.gists, fallen) if fallen else self.gists
        return msgspec.structs.replace(self, turns=turns, gists=gists, answered_at=at)

    def working_on(self, progress: Progress | None) -> "Conversation":
        """With the task under way as it is now; None ends it, and the one before is under way again."""
        tasks = self.tasks[:-1] if progress is None else (*self.tasks[:-1], progress)
        return msgspec.structs.replace(self, tasks=tasks)

    def beginning(self, name: str) -> "Conversation":
        """With one more task, in front of those under way."""
        return msgspec.structs.replace(self, tasks=(*self.tasks, Progress(name))[-TASKS:])
