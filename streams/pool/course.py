"""The course of a question through the pool: its tries, its times, the reason of its last failure."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from agents.inference import Completion, Listener, Question
from schemas.inference import ModelRequest
from streams.pool.wire import Spoken

NO_SERVER = "KEFU_OLLAMA_URLS names no server; set it to the address of one, such as http://127.0.0.1:11434"


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of a call as seen from here: to the first piece less the loading, from there to the end, loading."""

    first: float
    rest: float
    load: float
    answer_tokens: int


@dataclass(slots=True)
class Course:
    """``until`` is when the question expires, in ``ticks`` (seconds)."""

    question: Question
    listener: Listener
    ticks: Callable[[], float]
    until: float
    attempts: int = 0
    reason: str = NO_SERVER
    started: float = field(default=0.0)
    asked: float = field(default=0.0)
    first: float | None = None
    pieces: int = 0

    @property
    def request(self) -> ModelRequest:
        return self.question.request

    def begin(self, *, in_thought: bool) -> None:
        """A server is asked."""
        self.listener.restart(in_thought=in_thought)
        self.asked, self.first, self.pieces = self.ticks(), None, 0
        self.started = self.started if self.attempts else self.asked
        self.attempts += 1

    def heard(self, text: str) -> None:
        """A piece of an answer has come."""
        if self.first is None:
            self.first = self.ticks()
        self.pieces += 1
        self.listener.heard(text)

    def pace(self) -> float:
        """Seconds a piece, so far."""
        return (self.ticks() - self.first) / (self.pieces - 1) if self.first is not None and self.pieces > 1 else 0.0

    def measured(self, spoken: Spoken) -> Measured:
        """What the call took that has just ended."""
        now = self.ticks()
        first = now if self.first is None else self.first
        return Measured(max(0.0, first - self.asked - spoken.load_s), now - first, spoken.load_s, spoken.answer_tokens)

    def ended(self, completion: Completion) -> Completion:
        """The completion with its tries and milliseconds."""
        lasted = self.ticks() - self.started if self.attempts else 0.0
        return msgspec.structs.replace(completion, attempts=self.attempts, model_ms=round(lasted * 1000, 1))
