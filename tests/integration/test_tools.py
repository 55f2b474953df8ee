"""The tools worker on the real broker with the real business system: killed, down, broken; each call has its result."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import codec, ids, times, topics
from schemas.operations import Setting
from schemas.tools import ToolRequest
from streams.settings import Settings
from tests.servers.business import Process, running
from tests.sinking import environment
from tests.topics import fresh, produce, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

KEFU = Path(sys.executable).with_name("kefu")


@dataclass
class Shop:
    """A business system, and ``kefu worker tools`` that calls it; both may be killed and started again."""

    settings: Settings
    business: Process
    worker: "subprocess.Popen[bytes] | None" = None

    @property
    def kafka(self) -> str:
        return self.settings.kafka

    def start(self) -> None:
        own = environment(self.settings) | {"KEFU_BUSINESS_URL": self.business.url}
        with (self.settings.home / "tools.log").open("a") as log:
            self.worker = subprocess.Popen([KEFU, "worker", "tools"], env=own, stderr=log)

    def kill(self) -> None:
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait()


@pytest.fixture(scope="module")
def whole_shop(spine: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("shop")
    with running(home / "business") as business:
        shop = Shop(spine.model_copy(update={"home": home}), business)
        shop.start()
        yield shop
        shop.kill()


@pytest.fixture
def shop(whole_shop: Shop) -> Shop:
    """One for all tests of this module, without faults."""
    whole_shop.business.fail()
    return whole_shop


def call(
    name: str, number: int, tool: str, arguments: dict[str, Any], *, within: float = 120.0, tenant: str = "default"
) -> ToolRequest:
    """A call of one of five conversations."""
    now = time.time()
    return ToolRequest(
        request_id=ids.derived("call", name, str(number)),
        message_id=f"{name}-m{number}",
        conversation_id=f"{name}-{number % 5}",
        tenant=tenant,
        user_id="shopper",
        tool=tool,
        arguments=arguments,
        deadline=times.rfc3339(now + within),
        occurred_at=times.rfc3339(now),
    )


def ask(kafka: str, calls: Sequence[ToolRequest]) -> None:
    records = [(one.conversation_id, codec.encode(one)) for one in calls]
    produce(kafka, topics.TOOL_REQUESTS.name, records, partitioner="murmur2_random")


def results(kafka: str, name: str) -> list[Any]:
    return [one for one in values(kafka, topics.TOOL_RESULTS.name) if one["conversation_id"].startswith(name)]


def orders(business: Process, count: int) -> list[str]:
    """So many new orders of the shopper that were delivered today."""
    today, numbers = times.rfc3339(time.time()), [f"KF7{number:07d}" for number in range(count)]
    with httpx.Client(base_url=business.url, trust_env=False) as client:
        for number in numbers:
            order = {
                "order_number": number,
                "customer": "shopper",
                "placed_at": today,
                "shipped_at": today,
                "delivered_at": today,
                "items": [{"sku": "kettle", "price": 129}],
            }
            client.post("/v1/orders", json=order, headers={"Idempotency-Key": number}).raise_for_status()
    return numbers


def test_results_keep_the_order_of_their_conversation_and_each_call_is_logged(shop: Shop) -> None:
    name = fresh("order")
    shop.business.fail({"kind": "latency", "seconds": 0.5, "path": "/v1/weather", "count": 1})
    calls = [
        call(name, 0, "weather", {"place": "杭州"}),
        call(name, 5, "order_lookup", {"order_number": "KF10000003"}),
        call(name, 10, "order_lookup", {"order_number": "KF20001001"}),
        call(name, 15, "order_lookup", {"number": 1}),
        call(name, 20, "shell", {}),
        call(name, 25, "weather", {"place": "杭州"}, within=-5),
    ]
    ask(shop.kafka, calls)
    wait_until(lambda: len(results(shop.kafka, name)) == len(calls))
    found = results(shop.kafka, name)
    assert [one["request_id"] for one in found] == [one.request_id for one in calls]
    assert [one["outcome"] for one in found] == ["done", "done", "refused", "failed", "failed", "expired"]
    assert found[2]["value"]["code"] == "not_yours"
    logged = [one for one in values(shop.kafka, topics.LOG.name) if one["conversation_id"].startswith(name)]
    assert [one["detail"]["tool"] for one in logged] == [one.tool for one in calls]
    assert {(one["kind"], one["actor"]) for one in logged} == {("decided", "tools")}


def test_a_business_system_that_fails_in_any_way_is_said_in_words_and_holds_nobody_up(shop: Shop) -> None:
    name = fresh("faults")
    shop.business.fail(
        {"kind": "garbage", "path": "/v1/coupons"},
        {"kind": "error", "path": "/v1/refunds", "count": 1},
        {"kind": "hang", "path": "/v1/orders"},
    )
    calls = [
        call(name, 0, "order_lookup", {"order_number": "KF10000003"}),
        call(name, 1, "coupon_check", {"code": "WELCOME10"}),
        call(name, 2, "refund_status", {"order_number": "KF10000006"}),
        call(name, 3, "weather", {"place": "Berlin"}),
    ]
    ask(shop.kafka, calls)
    wait_until(lambda: len(results(shop.kafka, name)) == len(calls))
    found = {one["tool"]: one for one in results(shop.kafka, name)}
    assert {tool: one["outcome"] for tool, one in found.items()} == {
        "order_lookup": "unavailable",
        "coupon_check": "failed",
        "refund_status": "done",
        "weather": "done",
    }
    assert found["refund_status"]["attempts"] == 2
    assert found["order_lookup"]["reason"] == "order_lookup did not answer within 4.0 s"
    assert "Traceback" not in str(found)
    assert max(found, key=lambda tool: found[tool]["occurred_at"]) == "order_lookup", "the others did not wait for it"


def test_a_tenant_s_scopes_follow_the_setting(shop: Shop) -> None:
    name, numbers = fresh("scopes"), iter(range(0, 10_000, 5))

    def outcome() -> str:
        before = len(results(shop.kafka, name))
        ask(shop.kafka, [call(name, next(numbers), "weather", {"place": "Berlin"}, tenant=name)])
        wait_until(lambda: len(results(shop.kafka, name)) > before)
        return str(results(shop.kafka, name)[-1]["outcome"])

    def grant(*scopes: str) -> None:
        granted = Setting(name=f"tools.scopes.{name}", value=list(scopes), occurred_at="")
        produce(shop.kafka, topics.SETTINGS.name, [(granted.name, codec.encode(granted))])

    assert outcome() == "done"
    grant("orders:read")
    wait_until(lambda: outcome() == "failed")
    assert "needs weather:read" in results(shop.kafka, name)[-1]["reason"]
    grant("weather:read")
    wait_until(lambda: outcome() == "done")


def test_killed_half_way_every_call_has_a_result_and_every_return_exists_once(shop: Shop) -> None:
    name, count, business = fresh("kill"), 40, shop.business
    numbers = orders(business, count)
    business.fail(
        {"kind": "reset", "after": True, "path": "/v1/returns", "count": 5},
        {"kind": "latency", "seconds": 0.2, "path": "/v1/returns"},
    )
    calls = [
        call(name, index, "create_return", {"order_number": number, "reason": "damaged"})
        for index, number in enumerate(numbers)
    ]
    ask(shop.kafka, calls)
    for reached in (lambda: len(returns(business)) > 2, lambda: len(returns(business)) > 15):
        wait_until(reached)
        shop.kill()
        business.kill()
        business.start()
        shop.start()
    wait_until(lambda: {one["request_id"] for one in results(shop.kafka, name)} == {one.request_id for one in calls})
    found = results(shop.kafka, name)
    assert {one["outcome"] for one in found} == {"done"}
    assert sorted(returns(business)) == numbers, "each return exists, and once"
    told = {(one["request_id"], one["value"]["return_number"]) for one in found}
    assert len(told) == len({number for _, number in told}) == count, "a result that comes again says the same"


def returns(business: Process) -> list[str]:
    """The orders that are being returned, as often as they are."""
    rows = business.rows("SELECT order_number FROM cases WHERE order_number LIKE 'KF7%'")
    return [number for (number,) in rows]
