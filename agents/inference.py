"""Inference agent: puts a question to the pool of model servers and says what became of it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Literal, Protocol

import msgspec

from agents.ports import When
from schemas import ids, times
from schemas.inference import ModelRequest, ModelResult
from schemas.messages import ReplyChunk
from schemas.operations import LogEvent
from schemas.topics import CHUNKS, LOG, RESULTS, Send


class Completion(msgspec.Struct, frozen=True):
    """What a pool made of a question. ``model_ms`` from the first try to the end; tokens as the server counted them."""

    outcome: Literal["answered", "unavailable", "failed", "superseded"]
    text: str = ""
    model: str = ""
    server: str = ""
    reason: str = ""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    attempts: int = 0
    model_ms: float = 0.0


class Pool(Protocol):
    """Model servers."""

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None]) -> Completion:
        """Answer a request; ``on_text`` gets each piece as it comes. Never raises for what a server does.

        It may be cancelled at any time: the server then stops too.
        """


VOID = 10_000
"""Void requests that are remembered: one may come after what made it void."""
SUPERSEDED = Completion("superseded", reason="the customer has written more, which is asked instead")


def inference(
    pool: Pool, send: Callable[[Send], None], clock: Callable[[], float]
) -> Callable[[ModelRequest, When], Awaitable[list[Send]]]:
    """The agent's ``ask`` over a pool. Chunks go out at once through ``send``; the result follows as an output."""
    flight = _Flight()

    async def ask(request: ModelRequest, when: When) -> list[Send]:
        flight.void(request.supersedes)
        if not request.messages:
            return []
        if times.seconds(request.deadline) < when.now:
            return _outputs(
                request, "expired", Completion("failed", reason="nobody could take it before its deadline"), clock()
            )
        chunks = _Chunks(request, send)
        completion = await flight.fly(request.request_id, lambda: pool.complete(request, chunks.add))
        if chunks.sent:
            chunks.close()
        return _outputs(request, completion.outcome, completion, clock())

    return ask


class _Flight:
    """The questions that are with the pool, and those that are void: a void one is not asked, or no further."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Task[Completion]] = {}
        self._void: dict[str, None] = {}

    def void(self, request_id: str) -> None:
        """Its answer is wanted no more, whether it was asked already or comes later (from the other lane)."""
        if not request_id:
            return
        self._void[request_id] = None
        if len(self._void) > VOID:
            del self._void[next(iter(self._void))]
        if (task := self._asked.get(request_id)) is not None:
            task.cancel()

    async def fly(self, request_id: str, complete: Callable[[], Coroutine[Any, Any, Completion]]) -> Completion:
        if request_id in self._void:
            return SUPERSEDED
        task = self._asked[request_id] = asyncio.create_task(complete())
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if request_id in self._void and not (current and current.cancelling()):
                return SUPERSEDED
            raise
        finally:
            if self._asked.get(request_id) is task:
                del self._asked[request_id]


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


def _outputs(
    request: ModelRequest,
    outcome: Literal["answered", "unavailable", "expired", "failed", "superseded"],
    completion: Completion,
    now: float,
) -> list[Send]:
    result = ModelResult(
        request_id=request.request_id,
        reply_id=request.reply_id,
        message_id=request.message_id,
        conversation_id=request.conversation_id,
        tenant=request.tenant,
        channel=request.channel,
        outcome=outcome,
        text=completion.text,
        model=completion.model,
        server=completion.server,
        reason=completion.reason,
        prompt_tokens=completion.prompt_tokens,
        answer_tokens=completion.answer_tokens,
        attempts=completion.attempts,
        model_ms=completion.model_ms,
        occurred_at=times.rfc3339(now),
    )
    return [Send(RESULTS, result), Send(LOG, _called(request, result))]


def _called(request: ModelRequest, result: ModelResult) -> LogEvent:
    return LogEvent(
        event_id=ids.derived("log", "model_called", request.conversation_id, request.message_id),
        kind="model_called",
        conversation_id=request.conversation_id,
        message_id=request.message_id,
        tenant=request.tenant,
        channel=request.channel,
        occurred_at=result.occurred_at,
        actor="inference",
        source="model",
        model=result.model,
        prompt_version=request.prompt_version,
        latency_ms=result.model_ms,
        input_hash=ids.content_hash("\x1e".join(message.content for message in request.messages)),
        output_hash=ids.content_hash(result.text),
        detail={
            "outcome": result.outcome,
            "server": result.server,
            "reason": result.reason,
            "attempts": result.attempts,
            "prompt_tokens": result.prompt_tokens,
            "answer_tokens": result.answer_tokens,
        },
    )
