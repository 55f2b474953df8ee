"""The tools worker on the real broker with the real business system: killed, down, broken; each call has its result."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


@pytest.fixture
def business(tmp_path: Path) -> Iterator[Process]:
    with running(tmp_path / "business") as process:
        yield process


class Worker:
    """``kefu worker tools``, started again by hand."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._log = (settings.home / "tools.log").open("a")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        own = environment(self._settings) | {
            "KEFU_BUSINESS_URL": self._settings.business_url,
            "KEFU_TOOLS_SCOPES": self._settings.tools_scopes,
        }
        self.process = subprocess.Popen([KEFU, "worker", "tools"], env=own, stderr=self._log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self._log.close()


@contextmanager
def working(spine: Settings, business: Process, home: Path, **more: str) -> Iterator[Worker]:
    """A tools worker that calls this business system; killed at the end."""
    worker = Worker(spine.model_copy(update={"home": home, "business_url": business.url, **more}))
    worker.start()
    try:
        yield worker
    finally:
        worker.close()


def call(name: str, number: int, tool: str, arguments: dict[str, Any], *, within: float = 90.0) -> ToolRequest:
    now = time.time()
    return ToolRequest(
        request_id=ids.derived("call", name, str(number)),
        message_id=f"{name}-m{number}",
        conversation_id=f"{name}-{number % 5}",
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


def test_killed_half_way_every_call_has_a_result_and_every_return_exists_once(
    spine: Settings, business: Process, tmp_path: Path
) -> None:
    name, count = fresh("kill"), 40
    numbers = orders(business, count)
    business.fail(
        {"kind": "reset", "after": True, "path": "/v1/returns", "count": 5}, {"kind": "latency", "seconds": 0.3}
    )
    calls = [
        call(name, index, "create_return", {"order_number": number, "reason": "damaged"})
        for index, number in enumerate(numbers)
    ]
    with working(spine, business, tmp_path) as worker:
        ask(spine.kafka, calls)
        for kills in range(2):
            wait_until(lambda kills=kills: len(business.rows("SELECT 1 FROM cases")) > 2 + kills * 10)
            worker.kill()
            worker.start()
        business.kill()
        time.sleep(1)
        business.start()
        wait_until(
            lambda: {one["request_id"] for one in results(spine.kafka, name)} == {one.request_id for one in calls}
        )
    found = results(spine.kafka, name)
    assert {one["outcome"] for one in found} == {"done"}
    returned = business.rows("SELECT order_number, count(*) FROM cases WHERE order_number LIKE 'KF7%' GROUP BY 1")
    assert dict(returned) == dict.fromkeys(numbers, 1), "each return exists, and once"
    by_call: dict[str, set[str]] = {}
    for one in found:
        by_call.setdefault(one["request_id"], set()).add(one["value"]["return_number"])
    assert all(len(told) == 1 for told in by_call.values()), "a result that comes again says the same"
    assert len({told for (told,) in by_call.values()}) == count


def test_results_keep_the_order_of_their_conversation_and_each_call_is_logged(
    spine: Settings, business: Process, tmp_path: Path
) -> None:
    name = fresh("order")
    business.fail({"kind": "latency", "seconds": 0.5, "path": "/v1/weather", "count": 1})
    calls = [
        call(name, 0, "weather", {"place": "杭州"}),
        call(name, 5, "order_lookup", {"order_number": "KF10000003"}),
        call(name, 10, "order_lookup", {"order_number": "KF20001001"}),
        call(name, 15, "order_lookup", {"number": 1}),
        call(name, 20, "shell", {}),
        call(name, 25, "weather", {"place": "杭州"}, within=-5),
    ]
    with working(spine, business, tmp_path):
        ask(spine.kafka, calls)
        wait_until(lambda: len(results(spine.kafka, name)) == len(calls))
    found = results(spine.kafka, name)
    assert [one["request_id"] for one in found] == [one.request_id for one in calls]
    assert [one["outcome"] for one in found] == ["done", "done", "refused", "failed", "failed", "expired"]
    assert found[2]["value"]["code"] == "not_yours"
    logged = [one for one in values(spine.kafka, topics.LOG.name) if one["conversation_id"].startswith(name)]
    assert [one["detail"]["tool"] for one in logged] == [one.tool for one in calls]
    assert {(one["kind"], one["actor"]) for one in logged} == {("decided", "tools")}


def test_a_business_system_that_fails_in_any_way_is_said_in_words_and_holds_nobody_up(
    spine: Settings, business: Process, tmp_path: Path
) -> None:
    name = fresh("faults")
    business.fail(
        {"kind": "garbage", "path": "/v1/coupons"},
        {"kind": "error", "path": "/v1/refunds", "count": 1},
        {"kind": "hang", "path": "/v1/orders"},
    )
    with working(spine, business, tmp_path):
        ask(
            spine.kafka,
            [
                call(name, 0, "order_lookup", {"order_number": "KF10000003"}, within=60.0),
                call(name, 1, "coupon_check", {"code": "WELCOME10"}),
                call(name, 2, "refund_status", {"order_number": "KF10000006"}),
                call(name, 3, "weather", {"place": "Berlin"}),
            ],
        )
        wait_until(lambda: len(results(spine.kafka, name)) == 4)
    found = {one["tool"]: one for one in results(spine.kafka, name)}
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


def test_a_tenant_s_scopes_follow_the_setting(spine: Settings, business: Process, tmp_path: Path) -> None:
    name = fresh("scopes")
    granted = Setting(name="tools.scopes.default", value=["weather:read"], occurred_at="")
    with working(spine, business, tmp_path, tools_scopes="orders:read"):
        ask(spine.kafka, [call(name, 0, "weather", {"place": "Berlin"})])
        wait_until(lambda: len(results(spine.kafka, name)) == 1)
        produce(spine.kafka, topics.SETTINGS.name, [(granted.name, codec.encode(granted))])
        numbers = iter(range(5, 1000, 5))

        def granted_now() -> bool:
            before = len(results(spine.kafka, name))
            ask(spine.kafka, [call(name, next(numbers), "weather", {"place": "Berlin"})])
            wait_until(lambda: len(results(spine.kafka, name)) > before)
            return bool(results(spine.kafka, name)[-1]["outcome"] == "done")

        wait_until(granted_now)
        produce(spine.kafka, topics.SETTINGS.name, [(granted.name, b"")])
    first = results(spine.kafka, name)[0]
    assert (first["outcome"], "needs weather:read" in first["reason"]) == ("failed", True)
