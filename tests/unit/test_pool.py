"""The pool on fake servers: who is asked, what happens when that one fails, what the caller is told."""

import asyncio
from collections import deque

import pytest

from agents.inference import Completion
from agents.models.options import Options
from schemas.inference import ModelMessage, ToolCall
from streams.pool.server import BREAKS, Limits
from tests.servers.fake_ollama import Fault
from tests.servers.pool_desk import Desk, Shown, desk, question

BEFORE_TEXT = [Fault.BROKEN, Fault.GARBAGE, Fault.STRANGE, Fault.EMPTY]
AFTER_TEXT = {
    Fault.GARBAGE_LATER: "does not speak as Ollama does",
    Fault.ERROR_LATER: "said: out of memory",
    Fault.UNFINISHED: "the answer broke off",
    Fault.CUT: "the connection broke",
}


async def test_an_answer_comes_with_its_text_tokens_and_server() -> None:
    async with desk({}) as here:
        done = await here.ask()
        here.clock.now += 1
    words = "".join(here.fakes[0].words)
    assert done == Completion(
        "answered", words, "tiny", here.servers[0].url, prompt_tokens=7, answer_tokens=6, attempts=1, model_ms=0.0
    )
    assert "".join(here.shown) == words
    assert here.servers[0].problem == ""


async def test_the_question_goes_out_as_written_with_the_same_options_each_time() -> None:
    async with desk({}) as here:
        await here.ask(0)
        await here.ask(1)
    first, second = here.fakes[0].questions
    assert first["messages"][0] == {"role": "system", "content": "Be brief."}
    assert first["messages"][1] == {"role": "user", "content": "包裹 where?"}
    assert first["options"] == second["options"] == Options().wire()


TOOL = {"type": "function", "function": {"name": "order_lookup", "description": "Look up.", "parameters": {}}}


async def test_tools_are_offered_and_what_the_model_asks_for_comes_back() -> None:
    call = {"name": "order_lookup", "arguments": {"order_number": "KF10000003"}}
    async with desk({"calls": (call,)}) as here:
        done = await here.ask(tools=(TOOL,))
        plain = await here.ask(1)
        asked = ModelMessage(role="assistant", content="", tool_calls=done.tool_calls)
        told = ModelMessage(role="tool", content='{"status": "delivered"}')
        after = await here.ask(2, tools=(TOOL,), messages=(*question().request.messages, asked, told))
    assert (done.outcome, done.text) == ("answered", "")
    assert done.tool_calls == (ToolCall(name="order_lookup", arguments={"order_number": "KF10000003"}),)
    assert (plain.tool_calls, after.tool_calls) == ((), ())
    assert plain.text == after.text == "".join(here.fakes[0].words)
    first, second, third = here.fakes[0].questions
    assert first["tools"][0]["function"]["name"] == "order_lookup"
    assert not second.get("tools")
    assert third["messages"][-2]["tool_calls"] == [{"function": call}]
    assert third["messages"][-1] == {"role": "tool", "content": '{"status": "delivered"}'}


async def test_a_model_that_takes_no_tools_is_asked_without_and_never_offered_any_again() -> None:
    models = {"models": ("tiny:latest", "big:latest"), "toolless": frozenset({"tiny"})}
    async with desk(models) as here:
        done = [await here.ask(number, tools=(TOOL,)) for number in range(2)]
        await here.ask(2, model="big", tools=(TOOL,))
        (server,) = here.servers
    assert [(one.outcome, one.attempts) for one in done] == [("answered", 1)] * 2
    asked = [(question["model"], bool(question.get("tools"))) for question in here.fakes[0].questions]
    assert asked == [("tiny", True), ("tiny", False), ("tiny", False), ("big", True)]
    assert (server.problem, server.passes(here.clock.now)) == ("", True)
    assert "".join(here.shown) == "".join(here.fakes[0].words) * 3


async def test_the_server_with_the_least_in_flight_is_asked() -> None:
    async with desk({"fault": Fault.SILENT}, {"fault": Fault.SILENT}, {"fault": Fault.SILENT}) as here:
        tasks = []
        for number in range(7):
            tasks.append(here.asking(number))
            await settled(here, number + 1)
            assert max(here.asked) - min(here.asked) <= 1
        here.fakes[1].release.set()
        while here.servers[1].in_flight:
            await asyncio.sleep(0.001)
        before = here.asked
        await here.ask(7)
        assert here.asked == [before[0], before[1] + 1, before[2]]
        for fake in here.fakes:
            fake.release.set()
        assert {done.outcome for done in await asyncio.gather(*tasks)} == {"answered"}


async def settled(here: Desk, questions: int) -> None:
    """Wait until so many questions have reached the servers."""
    while sum(here.asked) < questions:
        await asyncio.sleep(0.001)


async def test_no_server_gets_more_than_its_slots_and_who_waits_is_answered() -> None:
    async with desk({"fault": Fault.SILENT}, {"fault": Fault.SILENT}, slots=2) as here:
        tasks = [here.asking(number) for number in range(9)]
        await settled(here, 4)
        for _ in range(20):
            await asyncio.sleep(0)
        assert here.asked == [2, 2]
        here.fakes[0].release.set()
        done = await asyncio.gather(*tasks[:1])
        assert done[0].outcome == "answered"
        here.fakes[1].release.set()
        assert {done.outcome for done in await asyncio.gather(*tasks)} == {"answered"}
        assert sum(here.asked) == 9


async def test_a_caller_that_gives_up_waiting_takes_no_place() -> None:
    async with desk({"fault": Fault.SILENT}, slots=1) as here:
        first, second, third = (here.asking(number) for number in range(3))
        await settled(here, 1)
        second.cancel()
        here.fakes[0].release.set()
        assert [(await first).outcome, (await third).outcome] == ["answered", "answered"]
        assert here.asked == [2]
        assert second.cancelled()


@pytest.mark.parametrize("fault", BEFORE_TEXT)
async def test_a_try_that_fails_before_any_text_goes_elsewhere_unseen(fault: Fault) -> None:
    async with desk({"fault": fault}, {}) as here:
        done = await here.ask()
    assert (done.outcome, done.attempts, done.server) == ("answered", 2, here.servers[1].url)
    assert here.asked == [1, 1]
    assert "".join(here.shown) == done.text == "".join(here.fakes[1].words)


async def test_a_question_is_tried_on_two_servers_not_on_all() -> None:
    async with desk({"fault": Fault.BROKEN}, {"fault": Fault.BROKEN}, {}) as here:
        done = await here.ask()
    assert (done.outcome, done.attempts, here.asked) == ("unavailable", 2, [1, 1, 0])
    assert "answered 500: llama runner process has terminated" in done.reason
    assert here.shown == []


@pytest.mark.parametrize("fault", AFTER_TEXT)
async def test_what_breaks_after_text_was_shown_is_not_tried_again(fault: Fault) -> None:
    async with desk({"fault": fault}, {}) as here:
        done = await here.ask()
    assert (done.outcome, done.attempts, here.asked) == ("failed", 1, [1, 0])
    assert AFTER_TEXT[fault] in done.reason
    assert here.servers[0].url in done.reason
    assert here.shown == ["您好"]


async def test_a_server_without_a_first_token_in_time_is_left_for_another() -> None:
    async with desk({"fault": Fault.SILENT, "limits": Limits(first_token=0.3)}, {}) as here:
        done = await here.ask()
        await here.fakes[0].until(lambda fake: fake.hung_up == 1)
    assert (done.outcome, done.server) == ("answered", here.servers[1].url)
    assert here.servers[0].problem.startswith("no first token within 0.3 s")


@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.STUCK])
async def test_an_answer_that_takes_too_long_has_failed(fault: Fault) -> None:
    async with desk({"fault": fault, "words": ("一",) * 1000, "limits": Limits(whole=1.0)}, {}) as here:
        done = await here.ask()
        await here.fakes[0].until(lambda fake: fake.hung_up == 1)
    assert (done.outcome, done.attempts) == ("failed", 1)
    assert done.reason == f"{here.servers[0].url}: the answer was not complete within 1 s"


async def test_a_silence_in_the_middle_has_a_limit_of_its_own() -> None:
    async with desk({"fault": Fault.STUCK, "limits": Limits(silence=1.0)}) as here:
        done = await here.ask()
        await here.fakes[0].until(lambda fake: fake.hung_up == 1)
    assert (done.outcome, done.reason) == ("failed", f"{here.servers[0].url}: silent for 1 s")


async def test_an_answer_that_only_drips_is_given_up() -> None:
    slow = Limits(first_token=30.0, silence=30.0, drip=0.5, whole=60.0)
    async with desk({"fault": Fault.SLOW, "words": ("一",) * 1000, "pause": 0.1, "limits": slow}, {}) as here:
        done = await here.ask()
        await here.fakes[0].until(lambda fake: fake.hung_up == 1)
    assert (done.outcome, done.reason) == ("failed", f"{here.servers[0].url}: only drips: under 10 pieces in 0.5 s")


async def test_a_cancelled_call_hangs_up_and_frees_its_place() -> None:
    async with desk({"fault": Fault.STUCK}) as here:
        task = here.asking()
        while not here.shown:
            await asyncio.sleep(0.001)
        assert here.servers[0].in_flight == 1
        task.cancel()
        await here.fakes[0].until(lambda fake: fake.hung_up == 1)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert here.servers[0].in_flight == 0
        assert here.servers[0].passes(here.clock.now)


async def test_a_bug_in_the_listener_is_not_blamed_on_the_server() -> None:
    def broken(text: str) -> None:
        raise ValueError("a bug")

    async with desk({"fault": Fault.STUCK}, {}) as here:
        with pytest.raises(ValueError, match="a bug"):
            await here.pool.complete(question(), Shown(broken))
        await here.fakes[0].until(lambda fake: fake.hung_up == 1)
        assert here.asked == [1, 0]


async def test_a_server_rests_after_a_failure_and_comes_back() -> None:
    async with desk({"faults": deque([Fault.BROKEN])}, {}) as here:
        assert (await here.ask(0)).server == here.servers[1].url
        here.clock.now += BREAKS.rest / 2
        assert [(await here.ask(n)).server for n in (1, 2)] == [here.servers[1].url] * 2
        here.clock.now += BREAKS.rest
        assert (await here.ask(3)).server == here.servers[0].url
        assert here.servers[0].problem == ""


async def test_a_resting_server_is_asked_when_there_is_no_other() -> None:
    async with desk({"faults": deque([Fault.BROKEN])}) as here:
        assert (await here.ask(0)).outcome == "unavailable"
        assert (await here.ask(1)).outcome == "answered"


async def test_a_server_that_refuses_is_replaced_at_once() -> None:
    async with desk({}, {}) as here:
        await here.fakes[0].stop()
        done = await here.ask()
        assert (done.outcome, done.attempts, done.server) == ("answered", 2, here.servers[1].url)
        assert here.servers[0].problem.startswith("cannot be reached; start it with `ollama serve`")
        await here.fakes[0].start()
