"""The caller of plugins: whatever a plugin does, one outcome with a reason in words, within the deadline."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from importlib.metadata import EntryPoint
from typing import Any

import msgspec
import pytest

from agents.ports import When
from agents.tools.calling import Called, calling
from schemas import times
from schemas.errors import Misconfigured, Rejected, Unavailable
from schemas.operations import Setting
from schemas.tools import ToolRequest, ToolResult
from streams.tools.business import Business, Refused
from streams.tools.caller import BREAKS, TRIES, Clocks, PluginCaller
from streams.tools.grants import Grants, scopes
from streams.tools.ordered import in_turn
from streams.tools.plugin import Context
from streams.tools.registry import load

NOW = 1_772_442_930.25


class Tool:
    """A plugin that does what it is given to do, in turn."""

    name = "probe"
    about = "Do as told."
    arguments: dict[str, Any] = {"type": "object", "properties": {"n": {"type": "integer"}}}
    scopes = ("probe:read",)
    timeout_s = 0.05
    changes = False

    def __init__(self, *acts: Callable[[], Any]) -> None:
        self.acts = itertools.cycle(acts or (lambda: {"ok": True},))
        self.seen: list[Context] = []

    async def execute(self, context: Context) -> Any:
        self.seen.append(context)
        answer = next(self.acts)()
        return await answer if asyncio.iscoroutine(answer) else answer


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = NOW, list[float]()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def clocks(self) -> Clocks:
        return Clocks(lambda: self.now, lambda: self.now, self.sleep)


@pytest.fixture
async def business() -> AsyncIterator[Business]:
    client = Business("http://127.0.0.1:9")
    yield client
    await client.aclose()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def made(business: Business, time: Time) -> Callable[..., PluginCaller]:
    def caller(tool: Tool, granted: str = "*") -> PluginCaller:
        return PluginCaller({tool.name: tool}, Grants(scopes(granted)), business, time.clocks())

    return caller


def request(number: int = 1, *, within: float = 30.0, **more: Any) -> ToolRequest:
    plain = ToolRequest(
        request_id=f"call-{number}",
        message_id="m1",
        conversation_id="c1",
        user_id="u1",
        tool="probe",
        deadline=times.rfc3339(NOW + within),
        occurred_at=times.rfc3339(NOW),
    )
    return msgspec.structs.replace(plain, **more)


def failing(problem: BaseException) -> Callable[[], Any]:
    def act() -> Any:
        raise problem

    return act


async def forever() -> None:
    await asyncio.Event().wait()


async def deaf() -> None:
    """Does not end when it is cancelled, for a while."""
    for _ in range(20):
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            continue


async def test_a_plugin_gets_the_call_and_its_answer_comes_back_plain(made: Callable[..., PluginCaller]) -> None:
    tool = Tool(lambda: {"text": "a\x00b"})
    called = await made(tool).call(request(arguments={"n": 3}, tenant="t", language="zh"))
    assert (called.outcome, called.value, called.attempts, called.reason) == ("done", {"text": "ab"}, 1, "")
    (context,) = tool.seen
    assert (context.request_id, context.user_id, context.tenant, context.language) == ("call-1", "u1", "t", "zh")
    assert context.arguments == {"n": 3}


@pytest.mark.parametrize(
    ("act", "outcome", "words", "attempts"),
    [
        (lambda: Refused("too_late", "Too \x1blate."), "refused", "too_late", 1),
        (failing(Rejected("the answer is no order")), "failed", "probe: the answer is no order", 1),
        (failing(Misconfigured("set KEFU_BUSINESS_TOKEN")), "failed", "set KEFU_BUSINESS_TOKEN", 1),
        (failing(ZeroDivisionError("secret of the inside")), "failed", "failed with ZeroDivisionError", 1),
        (lambda: ["a", "list"], "failed", "answered list where an object was expected", 1),
        (lambda: {"deep": object()}, "failed", "no plain data", 1),
        (failing(Unavailable("ERP is away")), "unavailable", "ERP is away", TRIES),
        (forever, "unavailable", "did not answer within 0.1 s", TRIES),
        (deaf, "unavailable", "did not answer within 0.1 s", TRIES),
        (failing(asyncio.CancelledError()), "unavailable", "gave up", TRIES),
    ],
)
async def test_whatever_a_plugin_does_there_is_an_outcome_in_words(
    made: Callable[..., PluginCaller], act: Callable[[], Any], outcome: str, words: str, attempts: int
) -> None:
    called = await made(Tool(act)).call(request())
    assert (called.outcome, called.attempts) == (outcome, attempts)
    assert words in called.reason
    assert "secret" not in called.reason
    assert "Traceback" not in called.reason
    if outcome == "refused":
        assert called.value == {"code": "too_late", "message": "Too late."}


async def test_arguments_and_scopes_are_checked_before_the_plugin_is_asked(made: Callable[..., PluginCaller]) -> None:
    tool = Tool()
    caller = made(tool, "orders:read")
    assert "needs probe:read" in (await caller.call(request())).reason
    assert "no tool 'other'" in (await caller.call(request(tool="other"))).reason
    assert "n must be of type integer" in (await made(tool).call(request(arguments={"n": "x"}))).reason
    assert tool.seen == []


async def test_what_is_unavailable_is_tried_again_with_the_same_id_and_growing_pauses(
    made: Callable[..., PluginCaller], time: Time
) -> None:
    away = failing(Unavailable("away"))
    tool = Tool(away, away, lambda: {"ok": True})
    called = await made(tool).call(request())
    assert (called.outcome, called.attempts) == ("done", 3)
    assert [context.request_id for context in tool.seen] == ["call-1"] * 3
    assert time.slept == [0.25, 1.0]


async def test_no_try_begins_after_the_deadline(made: Callable[..., PluginCaller], time: Time) -> None:
    tool = Tool(failing(Unavailable("away")))
    called = await made(tool).call(request(within=0.5))
    assert (called.outcome, called.attempts, time.slept) == ("unavailable", 2, [0.25])
    assert (await made(tool).call(request(within=-1))).outcome == "expired"


async def test_a_dead_tool_is_not_asked_for_a_while_and_then_tried_once(
    made: Callable[..., PluginCaller], time: Time
) -> None:
    tool = Tool(*[failing(Unavailable("ERP is away"))] * BREAKS.errors, lambda: {"ok": True})
    caller = made(tool)
    outcomes = [(await caller.call(request(number))).outcome for number in range(4)]
    assert outcomes == ["unavailable"] * 4
    assert len(tool.seen) == BREAKS.errors
    resting = await caller.call(request(9))
    assert (resting.attempts, resting.outcome) == (0, "unavailable")
    assert "asked again in" in resting.reason
    time.now += BREAKS.rest
    assert (await caller.call(request(10))).outcome == "done"
    assert (await caller.call(request(11))).outcome == "unavailable", "the next round of failures has begun"


async def test_a_conversation_s_calls_end_in_their_order_and_others_do_not_wait() -> None:
    release, ended = asyncio.Event(), list[str]()

    class Slow:
        async def call(self, asked: ToolRequest) -> Called:
            if asked.request_id == "call-1":
                await release.wait()
            ended.append(asked.request_id)
            return Called("done")

    ask = in_turn(calling(Slow(), lambda: NOW))
    asked = [request(1), request(2), request(3, conversation_id="c2"), request(4)]
    tasks = [asyncio.create_task(asyncio.wait_for(ask(one, When(NOW, NOW)), 10)) for one in asked]
    await tasks[2]
    release.set()
    results = [(await task)[0].event for task in tasks]
    assert ended == ["call-3", "call-1", "call-2", "call-4"]
    assert [result.request_id for result in results if isinstance(result, ToolResult)] == [
        one.request_id for one in asked
    ]


def test_a_tenant_s_own_scopes_come_and_go_with_the_setting() -> None:
    grants = Grants(scopes("orders:read, weather:read"))
    assert grants.of("shop") == {"orders:read", "weather:read"}

    def follow(value: Any) -> frozenset[str]:
        grants.setting_changed("tools.scopes.shop", Setting(name="tools.scopes.shop", value=value, occurred_at=""))
        return grants.of("shop")

    assert follow(["weather:read"]) == {"weather:read"}
    assert follow([]) == frozenset()
    assert follow("orders:read") == frozenset(), "no list grants nothing"
    grants.setting_changed("tools.scopes.shop", None)
    assert grants.of("shop") == {"orders:read", "weather:read"}
    grants.setting_changed("models.status", None)


class Shouting(Tool):
    name = "Shouting"


class Blocking:
    name, about, arguments = "blocking", "Block.", {"type": "object"}

    def execute(self, context: Context) -> dict[str, Any]:
        return {}


def test_a_plugin_that_cannot_be_used_is_left_out_with_its_reason_and_the_others_work() -> None:
    here = "tests.unit.test_tools_caller"
    points = [
        EntryPoint(name, value, "kefu.tools")
        for name, value in {
            "probe": f"{here}:Tool",
            "twin": f"{here}:Tool",
            "shouting": f"{here}:Shouting",
            "blocking": f"{here}:Blocking",
            "missing": "nowhere.at.all:Tool",
        }.items()
    ]
    found = load(points)
    assert list(found.plugins) == ["probe"]
    assert "another plugin has the name probe" in found.problems["twin"]
    assert "lower case" in found.problems["shouting"]
    assert "async def" in found.problems["blocking"]
    assert "ModuleNotFoundError" in found.problems["missing"]
