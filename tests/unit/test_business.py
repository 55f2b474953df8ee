"""The business system: its rules, who may ask what, that a request is worked on once, and what it refuses."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.business import rules, sample
from infra.business.refusals import SENTENCES, Refusal
from infra.business.rules import Item, Order
from infra.business.weather import CITIES, weather
from tests.servers.business import service


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    with service(tmp_path) as app:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://erp") as it:
            yield it


async def post(client: httpx.AsyncClient, path: str, body: Any, key: str, **headers: str) -> httpx.Response:
    return await client.post(path, json=body, headers={"Idempotency-Key": key, **headers})


def order(**more: Any) -> Order:
    plain = Order(
        number="KF1",
        owner="u1",
        placed_at="2026-02-20T08:00:00.000Z",
        shipped_at="2026-02-21T08:00:00.000Z",
        delivered_at="2026-02-23T08:00:00.000Z",
        cancelled=False,
        address_changes=0,
        items=(Item("kettle", 1, 12_900), Item("socks", 2, 2_900)),
        busy=frozenset(),
    )
    return plain._replace(**more)


UNSHIPPED = {"shipped_at": None, "delivered_at": None}


@pytest.mark.parametrize(
    ("more", "wanted", "reason", "today", "code"),
    [
        ({}, ["kettle"], "changed_mind", "2026-03-02", ""),
        ({}, ["kettle"], "changed_mind", "2026-03-03", "too_late"),
        ({}, ["kettle"], "damaged", "2026-03-10", ""),
        ({}, ["kettle"], "damaged", "2026-03-11", "too_late"),
        ({}, ["socks"], "changed_mind", "2026-03-02", "not_returnable"),
        ({}, ["socks"], "wrong_item", "2026-03-02", ""),
        ({}, ["lamp"], "damaged", "2026-03-02", "unknown_item"),
        ({"busy": frozenset({"kettle"})}, ["kettle"], "damaged", "2026-03-02", "already_returned"),
        ({"busy": frozenset({"kettle"})}, [], "damaged", "2026-03-02", ""),
        ({"busy": frozenset({"kettle", "socks"})}, [], "damaged", "2026-03-02", "already_returned"),
        ({"delivered_at": None}, [], "damaged", "2026-03-02", "not_delivered"),
        ({"cancelled": True}, [], "damaged", "2026-03-02", "cancelled"),
    ],
)
def test_what_may_be_returned_until_when(
    more: dict[str, Any], wanted: list[str], reason: str, today: str, code: str
) -> None:
    try:
        rules.returned(order(**more), wanted, reason, today)
    except Refusal as refusal:
        assert refusal.code == code
    else:
        assert code == ""


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (UNSHIPPED, ""),
        ({}, "already_shipped"),
        (UNSHIPPED | {"address_changes": 1}, "already_changed"),
        (UNSHIPPED | {"cancelled": True}, "cancelled"),
    ],
)
def test_an_address_is_changed_once_before_shipping(more: dict[str, Any], code: str) -> None:
    try:
        rules.may_move(order(**more))
    except Refusal as refusal:
        assert refusal.code == code
    else:
        assert code == ""


def test_the_sample_is_the_same_everywhere_and_has_a_case_for_every_rule() -> None:
    numbers = [one.number for one in sample.orders()]
    assert len(numbers) == len(set(numbers)) == len(sample.OPEN) + sample.CUSTOMERS * sample.PER_CUSTOMER
    assert numbers[10] == "KF20001001"


async def test_an_order_is_told_to_whom_it_belongs(client: httpx.AsyncClient) -> None:
    mine = (await client.get("/v1/orders/KF20001001?customer=customer-001")).json()
    assert (mine["order_number"], mine["status"]) == ("KF20001001", "shipped")
    assert mine["address"].endswith("***")
    theirs = await client.get("/v1/orders/kf20001001?customer=customer-002", headers={"Accept-Language": "zh"})
    assert (theirs.status_code, theirs.json()) == (403, {"code": "not_yours", "message": SENTENCES["not_yours"][2]})
    assert (await client.get("/v1/orders/KF99999999?customer=u")).json()["code"] == "not_found"
    open_to_all = await client.get("/v1/orders/KF10000003")
    assert (open_to_all.status_code, open_to_all.json()["returnable_until"]) == (200, "2026-03-07")


async def test_a_customer_s_orders_are_theirs_alone(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/orders?customer=customer-007")).json()["orders"]
    assert [one["order_number"][:7] for one in found] == ["KF20007"] * 4
    assert (await client.get("/v1/orders")).json() == {"orders": []}


async def test_the_same_request_twice_is_worked_on_once(client: httpx.AsyncClient) -> None:
    body = {"order_number": "KF10000003", "reason": "changed_mind"}
    first, again = await post(client, "/v1/returns", body, "k1"), await post(client, "/v1/returns", body, "k1")
    assert first.status_code == 200
    assert first.json() == again.json()
    label = await client.get(first.json()["label_url"])
    assert first.json()["return_number"] in label.text
    assert (await client.get(f"/labels/{first.json()['return_number']}?key=guessed")).status_code == 404
    other = await post(client, "/v1/returns", body, "k2")
    assert (other.status_code, other.json()["code"]) == (409, "already_returned")
    assert (await post(client, "/v1/returns", body, "k2")).json() == other.json(), "a refusal is remembered too"
    mixed = await post(client, "/v1/returns", body | {"reason": "damaged"}, "k1")
    assert (mixed.status_code, "another request" in mixed.json()["message"]) == (422, True)
    assert (await client.get("/v1/orders/KF10000003")).json()["status"] == "returning"


async def test_refunds_go_from_none_to_paid(client: httpx.AsyncClient) -> None:
    numbers = ("KF10000003", "KF10000006", "KF10000007")
    states = {number: (await client.get(f"/v1/refunds/{number}")).json() for number in numbers}
    assert [each["status"] for each in states.values()] == ["none", "processing", "paid"]
    assert states["KF10000006"]["amount"] == 159.0
    assert states["KF10000006"]["expected_by"] == "2026-03-06"


async def test_invoices_addresses_coupons_and_complaints(client: httpx.AsyncClient) -> None:
    invoice = {"order_number": "KF10000003", "title": "甲公司"}
    made = [(await post(client, "/v1/invoices", invoice, key)).json() for key in ("i1", "i2")]
    assert made[0] == made[1] == {"invoice_number": "INV00000001", "status": "issued"}
    assert (await post(client, "/v1/invoices", invoice | {"title": "乙"}, "i3")).json()["code"] == "already_invoiced"
    move = {"order_number": "KF10000001", "address": "上海市浦东新区世纪大道100号"}
    assert (await post(client, "/v1/addresses", move, "a1")).json() == {"status": "changed"}
    assert (await client.get("/v1/orders/KF10000001")).json()["address"].startswith("上海市浦东新区")
    assert (await post(client, "/v1/addresses", move, "a2")).json()["code"] == "already_changed"
    coupons = {code: (await client.get(f"/v1/coupons/{code}")).json() for code in ("welcome10", "SUMMER20", "NONE")}
    assert [(one["valid"], one["reason"]) for one in coupons.values()] == [
        (True, ""),
        (False, "expired"),
        (False, "unknown"),
    ]
    complaint = await post(client, "/v1/complaints", {"text": "太慢了", "customer": "u"}, "c1")
    assert complaint.json() == {"ticket": "TK00000001"}


async def test_exchanges_follow_the_rules_of_returns(client: httpx.AsyncClient) -> None:
    wish = {"order_number": "KF10000010", "reason": "wrong_size", "wanted": "EU 43"}
    assert (await post(client, "/v1/exchanges", wish, "e1")).json()["exchange_number"].startswith("EX")
    assert (await post(client, "/v1/exchanges", wish, "e2")).json()["code"] == "already_returned"
    assert (await client.get("/v1/refunds/KF10000010")).json()["status"] == "none", "no money comes back"


async def test_orders_of_another_shop_can_be_taken_over(client: httpx.AsyncClient) -> None:
    new = {
        "order_number": "kf30000001",
        "customer": "u-9",
        "placed_at": "2026-03-01T08:00:00.000Z",
        "items": [{"sku": "tent", "price": 499.9}],
    }
    assert (await post(client, "/v1/orders", new, "n1")).status_code == 200
    told = (await client.get("/v1/orders/KF30000001?customer=u-9")).json()
    assert (told["status"], told["total"], told["items"][0]["name"]) == ("paid", 499.9, "tent")
    assert (await post(client, "/v1/orders", new, "n2")).status_code == 422
    half = {name: value for name, value in new.items() if name != "items"} | {"order_number": "KF31"}
    assert "items is missing" in (await post(client, "/v1/orders", half, "n3")).text


@pytest.mark.parametrize(
    ("body", "key", "words"),
    [
        (b"{no", "k", "not JSON"),
        (b"[]", "k", "must be a JSON object"),
        (b'{"order_number": 7}', "k", "order_number must be a text"),
        (b'{"order_number": "KF1", "reason": "x", "items": "all"}', "k", "items must be a list"),
        (b"{}", "", "Idempotency-Key"),
    ],
)
async def test_a_malformed_request_is_told_what_to_change(
    client: httpx.AsyncClient, body: bytes, key: str, words: str
) -> None:
    answer = await client.post("/v1/returns", content=body, headers={"Idempotency-Key": key} if key else {})
    assert (answer.status_code, words in answer.json()["message"]) == (422, True)


async def test_without_the_token_nothing_is_told(tmp_path: Path) -> None:
    with service(tmp_path, token="s3cret") as app:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://erp") as client:
            asked = [
                (await client.get("/v1/orders/KF10000003", headers=headers)).status_code
                for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer s3cret"})
            ]
            wrote = await post(client, "/v1/complaints", {"text": "x"}, "c1")
            assert (await client.get("/health")).status_code == 200
    assert asked == [401, 401, 200]
    assert wrote.status_code == 401


def test_the_weather_of_a_day_never_changes() -> None:
    first = weather("杭州", "2026-03-02", "2026-01-01", "zh")
    assert first == weather("杭州市", "2026-03-02", "2026-02-02", "zh")
    assert first["low"] < first["high"]
    assert all(weather(name, "", "2026-07-01", "en")["place"] for name in CITIES)
    with pytest.raises(Refusal, match="unknown_place"):
        weather("Atlantis", "", "2026-07-01", "en")
