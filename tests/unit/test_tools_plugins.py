"""The shipped tools with their real client, against the business system's own application in this process."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import times
from schemas.tools import ToolRequest
from streams.tools import registry
from streams.tools.business import LARGEST, Business
from streams.tools.caller import Clocks, PluginCaller
from streams.tools.grants import Grants
from tests.servers.business import service

NOW = 1_772_442_930.25
PLUGINS = registry.installed()


async def no_pause(_: float) -> None: ...


def caller(business: Business) -> PluginCaller:
    clocks = Clocks(lambda: NOW, lambda: 0.0, no_pause)
    return PluginCaller(PLUGINS.plugins, Grants(frozenset("*")), business, clocks)


@pytest.fixture
async def tools(tmp_path: Path) -> AsyncIterator[PluginCaller]:
    with service(tmp_path, token="s3cret") as app:
        business = Business("http://erp", "s3cret", transport=httpx.ASGITransport(app))
        yield caller(business)
        await business.aclose()


def request(
    tool: str, arguments: dict[str, Any], *, key: str = "call-1", user: str = "u1", language: str = "en"
) -> ToolRequest:
    return ToolRequest(
        request_id=key,
        message_id="m1",
        conversation_id="c1",
        user_id=user,
        tool=tool,
        arguments=arguments,
        language=language,
        deadline=times.rfc3339(NOW + 30),
        occurred_at=times.rfc3339(NOW),
    )


def test_kefu_s_own_tools_are_all_there() -> None:
    assert PLUGINS.problems == {}
    assert set(PLUGINS.plugins) == {
        "order_lookup", "orders_of_customer", "create_return", "create_exchange", "refund_status", "request_invoice",
        "change_address", "coupon_check", "register_complaint", "weather",
    }  # fmt: skip
    changing = {name for name, spec in PLUGINS.toolbox().specs.items() if spec.changes}
    assert changing == {"create_return", "create_exchange", "request_invoice", "change_address", "register_complaint"}


NUMBER = {"order_number": "KF10000003"}


@pytest.mark.parametrize(
    ("tool", "arguments", "names"),
    [
        ("order_lookup", NUMBER, {"order_number", "status", "items", "total", "currency", "placed_at", "shipped_at",
            "delivered_at", "carrier", "tracking_number", "address", "returnable_until", "payment"}),
        ("orders_of_customer", {}, {"orders"}),
        ("create_return", NUMBER | {"reason": "damaged", "items": ["headphones"]},
            {"return_number", "label_url", "status"}),
        ("create_exchange", NUMBER | {"reason": "wrong_size", "wanted": "L"}, {"exchange_number", "status"}),
        ("refund_status", NUMBER, {"status", "amount", "currency", "expected_by"}),
        ("request_invoice", NUMBER | {"title": "甲公司", "tax_number": "91330100", "email": "a@b.example"},
            {"invoice_number", "status"}),
        ("change_address", {"order_number": "KF10000001", "address": "上海市浦东新区1号"}, {"status"}),
        ("coupon_check", {"code": "WELCOME10"}, {"valid", "discount", "expires_at", "reason"}),
        ("register_complaint", {"text": "太慢"}, {"ticket"}),
        ("weather", {"place": "杭州", "day": "2026-03-03"}, {"place", "summary", "low", "high"}),
    ],
)  # fmt: skip
async def test_a_tool_does_its_work(tools: PluginCaller, tool: str, arguments: dict[str, Any], names: set[str]) -> None:
    called = await tools.call(request(tool, arguments))
    assert (called.outcome, called.reason) == ("done", "")
    assert set(called.value) == names


async def test_a_label_has_an_address_that_can_be_opened(tools: PluginCaller) -> None:
    called = await tools.call(request("create_return", NUMBER | {"reason": "damaged"}))
    assert called.value["label_url"].startswith("http://erp/labels/RT")


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("order_lookup", {"order_number": "KF99999999"}, "not_found"),
        ("order_lookup", {"order_number": "KF20001001"}, "not_yours"),
        ("order_lookup", {"order_number": "../../admin/faults?x=1"}, "not_found"),
        ("create_return", {"order_number": "KF10000005", "reason": "changed_mind"}, "too_late"),
        ("create_return", {"order_number": "KF10000006", "reason": "damaged"}, "already_returned"),
        ("create_return", {"order_number": "KF10000002", "reason": "damaged"}, "not_delivered"),
        ("change_address", {"order_number": "KF10000002", "address": "上海市浦东新区1号"}, "already_shipped"),
        ("request_invoice", {"order_number": "KF10000009", "title": "甲公司"}, "cancelled"),
        ("weather", {"place": "Atlantis"}, "unknown_place"),
    ],
)
async def test_a_rule_that_says_no_gives_its_code(
    tools: PluginCaller, tool: str, arguments: dict[str, Any], code: str
) -> None:
    called = await tools.call(request(tool, arguments, language="zh"))
    assert (called.outcome, called.value["code"], called.attempts) == ("refused", code, 1)
    assert called.value["message"]


async def test_a_repeat_has_the_same_answer_and_does_nothing_twice(tools: PluginCaller) -> None:
    returned = request("create_return", NUMBER | {"reason": "damaged"})
    first, again = await tools.call(returned), await tools.call(returned)
    assert first.value == again.value
    other = await tools.call(request("create_return", NUMBER | {"reason": "damaged"}, key="call-2"))
    assert other.value["code"] == "already_returned"


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> Business:
    return Business("http://erp", transport=httpx.MockTransport(answer))


def broken(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset")


@pytest.mark.parametrize(
    ("answer", "outcome", "words", "attempts"),
    [
        (lambda _: httpx.Response(503), "unavailable", "answered 503", 3),
        (lambda _: httpx.Response(429), "unavailable", "answered 429", 3),
        (broken, "unavailable", "cannot be reached: connection reset", 3),
        (lambda _: httpx.Response(401), "failed", "KEFU_BUSINESS_TOKEN", 1),
        (lambda _: httpx.Response(422, json={"message": "no"}), "failed", "answered 422 without a reason", 1),
        (lambda _: httpx.Response(404, text="<html>"), "failed", "answered 404 without a reason", 1),
        (lambda _: httpx.Response(200, text="<html>"), "failed", "not what was asked for", 1),
        (lambda _: httpx.Response(200, json={"order_number": 7}), "failed", "not what was asked for", 1),
        (lambda _: httpx.Response(200, text="[" * 10_000), "failed", "not what was asked for", 1),
        (lambda _: httpx.Response(200, content=b" " * (LARGEST + 1)), "failed", f"more than {LARGEST} bytes", 1),
        (lambda _: httpx.Response(302, headers={"location": "http://evil"}), "failed", "not what was asked for", 1),
    ],
)
async def test_what_the_business_system_does_wrong_is_said_in_words(
    answer: Callable[[httpx.Request], httpx.Response], outcome: str, words: str, attempts: int
) -> None:
    business = answering(answer)
    called = await caller(business).call(request("order_lookup", NUMBER))
    assert (called.outcome, called.attempts, called.value) == (outcome, attempts, {})
    assert words in called.reason
    await business.aclose()


async def test_who_asks_is_said_by_the_channel_and_never_by_the_arguments(tools: PluginCaller) -> None:
    forged = await tools.call(request("order_lookup", {"order_number": "KF20001001", "customer": "customer-001"}))
    assert forged.outcome == "failed"
    own = await tools.call(request("order_lookup", {"order_number": "KF20001001"}, user="customer-001"))
    assert own.outcome == "done"
