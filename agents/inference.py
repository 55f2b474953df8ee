"""Inference agent: puts a question to the pool of model servers and says what became of it."""

import re
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from agents.flight import Flight
from agents.models.plan import Candidate, Chosen
from agents.output.answer import Answer
from agents.output.guard import Blocked, Forbidden
from agents.ports import When
from agents.understanding.sensitive import Hit
from schemas import ids, times
from schemas.inference import ModelRequest, ModelResult, ToolCall
from schemas.messages import ReplyChunk
from schemas.operations import LogEvent
from schemas.topics import CHUNKS, LOG, RESULTS, Send

INSTRUCTED = "system"
FENCE = re.compile("\n<(?:资料|material|已知|known)>")
"""Where the instructions of a prompt end and what may be quoted begins."""


class Completion(msgspec.Struct, frozen=True):
    """What a pool made of a question. ``model_ms`` from the first try to the end; tokens as the server counted them.

    ``thought`` are the characters of thought that were kept out of the answer.
    """

    outcome: Literal["answered", "unavailable", "expired", "failed", "superseded"]
    text: str = ""
    model: str = ""
    server: str = ""
    reason: str = ""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    attempts: int = 0
    model_ms: float = 0.0
    thought: int = 0
    tool_calls: tuple[ToolCall, ...] = ()


class Question(msgspec.Struct, frozen=True):
    """A request with who may answer it. It expires when no server takes it ``within`` s; ``urgent`` goes first."""

    request: ModelRequest
    chosen: Chosen
    within: float = 3600.0
    urgent: bool = False


class Listener(Protocol):
    """Hears an answer while it is written."""

    @property
    def shown(self) -> bool:
        """Whether a person has seen some of it."""

    def heard(self, piece: str) -> None: ...
    def restart(self, *, in_thought: bool) -> None: ...


class Pool(Protocol):
    """Model servers."""

    async def complete(self, question: Question, listener: Listener) -> Completion:
        """Answer a question. Never raises for what a server does; what the listener raises passes through.

        It may be cancelled at any time: the server then stops too.
        """


SUPERSEDED = Completion("superseded", reason="the customer has written more, which is asked instead")


class Rules(Protocol):
    """What holds now for every question, as the settings say."""

    def choose(self, request: ModelRequest) -> Chosen: ...
    def sensitive(self, text: str) -> tuple[Hit, ...]: ...


class Inference:
    """The agent over a pool. Pieces go out at once through ``send``; the result follows as an output of ``ask``."""

    def __init__(self, pool: Pool, rules: Rules, send: Callable[[Send], None], clock: Callable[[], float]) -> None:
        self._pool, self._rules, self._send, self._clock = pool, rules, send, clock
        self._flight = Flight(SUPERSEDED)

    async def ask(self, request: ModelRequest, when: When) -> list[Send]:
        """The outputs of a question of the ordinary lane."""
        return await self._ask(request, when, urgent=False)

    async def ask_first(self, request: ModelRequest, when: When) -> list[Send]:
        """The outputs of a question of the priority lane."""
        return await self._ask(request, when, urgent=True)

    async def shadow(self, request: ModelRequest) -> list[Send]:
        """Put a question to the model that is tried out in the shadow: a log event, nothing that a person sees."""
        candidate = self._rules.choose(request).shadow
        if candidate is None:
            return []
        completion = await self._answered(request, Chosen((candidate,)), lambda text: None, urgent=False)
        return [Send(LOG, _called(request, _result(request, completion, "", self._clock()), shadow=True))]

    async def _ask(self, request: ModelRequest, when: When, *, urgent: bool) -> list[Send]:
        self._flight.void(request.supersedes)
        if not request.messages:
            return []
        chosen = self._rules.choose(request)
        if times.seconds(request.deadline) < when.now:
            late = Completion("expired", reason="nobody could take it before its deadline")
            return _outputs(request, late, chosen.experiment, self._clock())
        chunks = _Chunks(request, self._send)
        completion = await self._flight.fly(
            request.request_id, lambda: self._answered(request, chosen, chunks.add, urgent=urgent)
        )
        if chunks.sent and not completion.tool_calls:
            chunks.close()
        return _outputs(request, completion, chosen.experiment, self._clock())

    async def _answered(
        self, request: ModelRequest, chosen: Chosen, show: Callable[[str], None], *, urgent: bool
    ) -> Completion:
        answer = Answer(show, Forbidden(self._rules.sensitive, instructions(request)), self._clock)
        within = times.seconds(request.deadline) - self._clock()
        try:
            completion = await self._pool.complete(Question(request, chosen, within, urgent), answer)
            if completion.outcome == "answered":
                answer.end()
        except Blocked as problem:
            return Completion("failed", model=_first(chosen).model, reason=str(problem), attempts=1)
        return msgspec.structs.replace(
            completion, text=answer.text.rstrip(), thought=completion.thought + answer.thought
        )


def instructions(request: ModelRequest) -> str:
    """What the prompt's system message tells the model to do, without the material that it may quote."""
    told = "\n".join(message.content for message in request.messages if message.role == INSTRUCTED)
    return FENCE.split(told, maxsplit=1)[0]


def _first(chosen: Chosen) -> Candidate:
    return chosen.candidates[0]


class _Chunks:
    def __init__(self, request: ModelRequest, send: Callable[[Send], None]) -> None:
        self._request, self._send, self.sent = request, send, 0

    def add(self, text: str) -> None:
        self._put(text, done=False)

    def close(self) -> None:
        self._put("", done=True)

    def _put(self, text: str, *, done: bool) -> None:
        chunk = ReplyChunk(
            reply_id=self._request.reply_id,
            in_reply_to=self._request.message_id,
            conversation_id=self._request.conversation_id,
            index=self.sent,
            text=text,
            done=done,
        )
        self.sent += 1
        self._send(Send(CHUNKS, chunk))


def _outputs(request: ModelRequest, completion: Completion, experiment: str, now: float) -> list[Send]:
    result = _result(request, completion, experiment, now)
    return [Send(RESULTS, result), Send(LOG, _called(request, result))]


def _result(request: ModelRequest, completion: Completion, experiment: str, now: float) -> ModelResult:
    return ModelResult(
        request_id=request.request_id,
        reply_id=request.reply_id,
        message_id=request.message_id,
        conversation_id=request.conversation_id,
        tenant=request.tenant,
        channel=request.channel,
        outcome=completion.outcome,
        text=completion.text,
        tool_calls=completion.tool_calls if completion.outcome == "answered" else (),
        model=completion.model,
        server=completion.server,
        reason=completion.reason,
        prompt_tokens=completion.prompt_tokens,
        answer_tokens=completion.answer_tokens,
        attempts=completion.attempts,
        model_ms=completion.model_ms,
        thought=completion.thought,
        experiment=experiment,
        occurred_at=times.rfc3339(now),
    )


def _called(request: ModelRequest, result: ModelResult, *, shadow: bool = False) -> LogEvent:
    step = "shadow_called" if shadow else "model_called"
    return LogEvent(
        event_id=ids.derived("log", step, request.conversation_id, request.request_id),
        kind="model_called",
        conversation_id=request.conversation_id,
        message_id=request.message_id,
        tenant=request.tenant,
        channel=request.channel,
        occurred_at=result.occurred_at,
        actor="shadow" if shadow else "inference",
        source="model",
        model=result.model,
        prompt_version=request.prompt_version,
        experiment=result.experiment,
        latency_ms=result.model_ms,
        input_hash=ids.content_hash("\x1e".join(message.content for message in request.messages)),
        output_hash=ids.content_hash(result.text),
        text=result.text if shadow else "",
        detail={
            "outcome": result.outcome,
            "server": result.server,
            "reason": result.reason,
            "attempts": result.attempts,
            "prompt_tokens": result.prompt_tokens,
            "answer_tokens": result.answer_tokens,
            "thought": result.thought,
        },
    )
