"""The inference agent: a request in, chunks on the way, a result and a log event out."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from agents.inference import Completion, Inference, Listener, Question
from agents.models.plan import Chosen, Plan, Release, Shadow, choose
from agents.ports import When
from agents.understanding.sensitive import Hit
from schemas import codec, ids, times, topics
from schemas.inference import ModelMessage, ModelRequest, ModelResult
from schemas.messages import ReplyChunk
from schemas.operations import LogEvent
from schemas.topics import Send

DEADLINE = times.seconds("2026-03-02T09:17:00.000Z")
EARLY, LATE = When(DEADLINE - 60.0, DEADLINE - 61.0), When(DEADLINE + 0.001, DEADLINE - 61.0)
ENDED = DEADLINE - 55.0
REQUEST = ModelRequest(
    request_id="q1",
    reply_id="r1",
    message_id="m1",
    conversation_id="c1",
    tenant="shop-7",
    channel="web",
    prompt_version="p3",
    messages=(ModelMessage(role="user", content="包裹到哪了?"),),
    deadline="2026-03-02T09:17:00.000Z",
    occurred_at="2026-03-02T09:15:31.000Z",
)
SAID = "您的包裹今天早上已经离开上海转运中心,预计明天下午送到,请您保持电话畅通,感谢您的耐心等待,祝您生活愉快。"
ANSWER = Completion("answered", SAID, "tiny", "http://gpu-1:11434", "", 42, 5, 2, 1371.5)


class ScriptedPool:
    """Shows ``pieces``, then completes as told."""

    def __init__(self, completion: Completion, pieces: Sequence[str] = ()) -> None:
        self.completion, self.pieces, self.asked = completion, pieces, list[str]()

    async def complete(self, question: Question, listener: Listener) -> Completion:
        self.asked.append(question.request.request_id)
        for piece in self.pieces:
            listener.heard(piece)
        return self.completion


class SampleRules:
    """One model for all, and one word that must not be said."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan or Plan(default="tiny")

    def choose(self, request: ModelRequest) -> Chosen:
        return choose(self.plan, request.conversation_id)

    def sensitive(self, text: str) -> tuple[Hit, ...]:
        at = text.find("forbidden")
        return () if at < 0 else (Hit("forbidden", "test", "block", at, at + 9),)


async def outcome(
    pool: ScriptedPool,
    when: When = EARLY,
    request: ModelRequest = REQUEST,
    rules: "SampleRules | None" = None,
) -> tuple[list[ReplyChunk], ModelResult, LogEvent]:
    """What the agent sent on the way, and its two outputs."""
    sent: list[Send] = []
    outputs = await Inference(pool, rules or SampleRules(), sent.append, lambda: ENDED).ask(request, when)
    assert {send.topic for send in sent} <= {topics.CHUNKS}
    assert [send.topic for send in outputs] == [topics.RESULTS, topics.LOG]
    result, event = (send.event for send in outputs)
    assert isinstance(result, ModelResult)
    assert isinstance(event, LogEvent)
    return [send.event for send in sent if isinstance(send.event, ReplyChunk)], result, event


async def test_the_result_names_the_question_and_what_became_of_it() -> None:
    _, result, _ = await outcome(ScriptedPool(ANSWER, SAID))
    asked, done = msgspec.to_builtins(REQUEST), msgspec.to_builtins(ANSWER)
    got = msgspec.to_builtins(result)
    same = ("request_id", "reply_id", "message_id", "conversation_id", "tenant", "channel")
    assert {name: got[name] for name in same} == {name: asked[name] for name in same}
    assert {name: got[name] for name in done} == done
    assert result.occurred_at == times.rfc3339(ENDED)


async def test_chunks_are_numbered_from_0_end_with_an_empty_one_and_are_the_answer() -> None:
    chunks, result, _ = await outcome(ScriptedPool(ANSWER, SAID))
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    assert [chunk.done for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert len(chunks) > 2
    assert "".join(chunk.text for chunk in chunks) == result.text == SAID
    assert {(chunk.reply_id, chunk.in_reply_to, chunk.conversation_id) for chunk in chunks} == {("r1", "m1", "c1")}


async def test_thought_is_kept_out_of_the_answer_and_counted() -> None:
    chunks, result, event = await outcome(
        ScriptedPool(ANSWER, ["<thi", "nk>He is ang", "ry.</th", "ink>\n\nIt is ", "on its way."])
    )
    assert "".join(chunk.text for chunk in chunks) == result.text == "It is on its way."
    assert result.thought == event.detail["thought"] == len("He is angry.")


async def test_an_answer_with_a_forbidden_word_ends_before_it_and_has_failed() -> None:
    chunks, result, _ = await outcome(ScriptedPool(ANSWER, [SAID, " This is forbidden", " and more."]))
    assert "forbidden" not in "".join(chunk.text for chunk in chunks)
    assert (result.outcome, result.reason) == ("failed", "the answer holds a word of the category test")


async def test_an_answer_that_repeats_its_instructions_has_failed() -> None:
    told = "You are the after-sales desk of a web shop. Answer only from the material below and the conversation."
    prompt = (
        ModelMessage(role="system", content=f"{told}\n<material>\nReturns: 7 days.\n</material>"),
        *REQUEST.messages,
    )
    asked = msgspec.structs.replace(REQUEST, messages=prompt)
    _, leaked, _ = await outcome(ScriptedPool(ANSWER, ["Sure! ", told.upper()]), EARLY, asked)
    assert (leaked.outcome, leaked.reason) == ("failed", "the answer repeats the instructions")
    _, quoted, _ = await outcome(ScriptedPool(ANSWER, ["Returns: 7 days."]), EARLY, asked)
    assert quoted.outcome == "answered"


async def test_the_arm_of_a_release_stands_on_the_result_and_in_the_log() -> None:
    plan = Plan(default="old", release=Release("r1", "new", 100))
    _, result, event = await outcome(ScriptedPool(ANSWER, SAID), rules=SampleRules(plan))
    assert result.experiment == event.experiment == "r1:candidate"


async def test_a_shadow_is_logged_and_never_shown() -> None:
    sent: list[Send] = []
    rules = SampleRules(Plan(default="tiny", shadow=Shadow("other", 100)))
    pool = ScriptedPool(ANSWER, SAID)
    (out,) = await Inference(pool, rules, sent.append, lambda: ENDED).shadow(REQUEST)
    assert (out.topic, sent) == (topics.LOG, [])
    assert isinstance(out.event, LogEvent)
    assert (out.event.actor, out.event.text) == ("shadow", SAID)
    assert out.event.event_id != ids.derived("log", "model_called", "c1", REQUEST.request_id)


@pytest.mark.parametrize("how", ["unavailable", "failed"])
async def test_without_text_there_are_no_chunks(how: Any) -> None:
    chunks, result, event = await outcome(ScriptedPool(Completion(how, reason="no server answers")))
    assert chunks == []
    assert (result.outcome, result.text, result.reason) == (how, "", "no server answers")
    assert (event.detail["outcome"], event.detail["reason"]) == (how, "no server answers")


async def test_an_answer_that_broke_off_closes_its_chunks() -> None:
    broken = Completion("failed", model="tiny", server="http://gpu-1:11434", reason="the answer broke off", attempts=1)
    chunks, result, _ = await outcome(ScriptedPool(broken, [SAID, SAID]))
    assert [chunk.done for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert (result.outcome, result.server) == ("failed", "http://gpu-1:11434")
    assert result.text == "".join(chunk.text for chunk in chunks)


async def test_a_request_past_its_deadline_is_not_put_to_the_pool() -> None:
    pool = ScriptedPool(ANSWER, ["在"])
    chunks, result, event = await outcome(pool, LATE)
    assert (pool.asked, chunks) == ([], [])
    assert (result.outcome, result.attempts, result.model) == ("expired", 0, "")
    assert "deadline" in result.reason
    assert event.detail["outcome"] == "expired"


async def test_a_request_at_its_deadline_is_still_asked() -> None:
    pool = ScriptedPool(ANSWER)
    assert (await outcome(pool, When(DEADLINE, DEADLINE)))[1].outcome == "answered"
    assert pool.asked == ["q1"]


async def test_the_log_event_says_who_answered_and_holds_hashes_instead_of_texts() -> None:
    _, _, event = await outcome(ScriptedPool(ANSWER, SAID))
    assert (event.kind, event.actor, event.model, event.prompt_version) == ("model_called", "inference", "tiny", "p3")
    assert (event.tenant, event.channel, event.latency_ms) == ("shop-7", "web", 1371.5)
    assert event.detail == {
        "outcome": "answered",
        "server": "http://gpu-1:11434",
        "reason": "",
        "attempts": 2,
        "prompt_tokens": 42,
        "answer_tokens": 5,
        "thought": 0,
    }
    assert event.output_hash == ids.content_hash(SAID)
    assert SAID not in codec.encode(event).decode()
    assert "包裹" not in codec.encode(event).decode()


async def test_asked_twice_everything_has_the_same_ids() -> None:
    chunks, result, event = await outcome(ScriptedPool(ANSWER, SAID))
    again, result_again, event_again = await outcome(
        ScriptedPool(msgspec.structs.replace(ANSWER, model_ms=1.0), ["别的。"])
    )
    assert event.event_id == event_again.event_id == ids.derived("log", "model_called", "c1", REQUEST.request_id)
    assert (result.request_id, result.reply_id) == (result_again.request_id, result_again.reply_id)
    assert {chunk.reply_id for chunk in chunks + again} == {"r1"}
    assert event.input_hash == event_again.input_hash
    assert event.output_hash != event_again.output_hash


async def test_the_input_hash_follows_every_message_of_the_prompt() -> None:
    longer = msgspec.structs.replace(
        REQUEST, messages=(ModelMessage(role="system", content="Be brief."), *REQUEST.messages)
    )
    hashes = {(await outcome(ScriptedPool(ANSWER), EARLY, request))[2].input_hash for request in (REQUEST, longer)}
    assert len(hashes) == 2


class SlowPool:
    """Answers once it is released; ``ended`` says how each question did."""

    def __init__(self) -> None:
        self.released, self.started = asyncio.Event(), asyncio.Event()
        self.ended: list[str] = []

    async def complete(self, question: Question, listener: Listener) -> Completion:
        request = question.request
        listener.heard(SAID)
        self.started.set()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.ended.append(f"{request.request_id} stopped")
            raise
        self.ended.append(f"{request.request_id} answered")
        return ANSWER


def asking(request_id: str, supersedes: str = "", **fields: Any) -> ModelRequest:
    return msgspec.structs.replace(REQUEST, request_id=request_id, supersedes=supersedes, **fields)


def outcomes(sends: Sequence[Send]) -> list[str]:
    return [send.event.outcome for send in sends if isinstance(send.event, ModelResult)]


async def test_a_question_that_is_superseded_is_stopped_and_has_its_one_result() -> None:
    pool, sent = SlowPool(), list[Send]()
    ask = Inference(pool, SampleRules(), sent.append, lambda: ENDED).ask
    first = asyncio.ensure_future(ask(asking("q1"), EARLY))
    await pool.started.wait()
    second = asyncio.ensure_future(ask(asking("q2", "q1"), EARLY))
    assert outcomes(await first) == ["superseded"]
    pool.released.set()
    assert outcomes(await second) == ["answered"]
    assert pool.ended == ["q1 stopped", "q2 answered"]
    chunks = [send.event for send in sent if isinstance(send.event, ReplyChunk)]
    assert [chunk.done for chunk in chunks].count(True) == 2


async def test_a_request_without_messages_only_makes_another_void() -> None:
    pool = SlowPool()
    ask = Inference(pool, SampleRules(), lambda _: None, lambda: ENDED).ask
    first = asyncio.ensure_future(ask(asking("q1"), EARLY))
    await pool.started.wait()
    assert await ask(asking("void-1", "q1", messages=(), deadline="2020-01-01T00:00:00Z"), LATE) == []
    assert outcomes(await first) == ["superseded"]


async def test_what_is_void_before_it_comes_is_not_asked() -> None:
    pool = ScriptedPool(ANSWER)
    ask = Inference(pool, SampleRules(), lambda _: None, lambda: ENDED).ask
    await ask(asking("q2", "q1"), EARLY)
    assert outcomes(await ask(asking("q1"), EARLY)) == ["superseded"]
    assert pool.asked == ["q2"]


async def test_a_worker_that_stops_stops_its_questions_without_a_result() -> None:
    pool = SlowPool()
    first = asyncio.ensure_future(
        Inference(pool, SampleRules(), lambda _: None, lambda: ENDED).ask(asking("q1"), EARLY)
    )
    await pool.started.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert pool.ended == ["q1 stopped"]
