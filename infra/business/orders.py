"""Orders as they are stored and as they are told."""

import json
import sqlite3
from typing import Any

from infra.business import rules
from infra.business.goods import BY_SKU
from infra.business.refusals import Malformed, Refusal
from infra.business.rules import Item, Order

SHOWN = 9
"""Characters of an address that are told: province, city, district; whoever asks knows the rest, or should not."""
MOST = 50


def found(db: sqlite3.Connection, number: str, customer: str) -> Order:
    """Raises Refusal for an order that is not there or is somebody else's."""
    row = db.execute("SELECT * FROM orders WHERE order_number = ?", (number.upper(),)).fetchone()
    if row is None:
        raise Refusal("not_found")
    order = _order(db, row)
    rules.may_see(order, customer)
    return order


def of_customer(db: sqlite3.Connection, customer: str, language: str) -> list[dict[str, Any]]:
    """The newest orders of a customer, the newest first."""
    if not customer:
        return []
    rows = db.execute(
        "SELECT * FROM orders WHERE owner = ? ORDER BY placed_at DESC, order_number LIMIT ?", (customer, MOST)
    ).fetchall()
    return [told(db, _order(db, row), language) for row in rows]


def told(db: sqlite3.Connection, order: Order, language: str) -> dict[str, Any]:
    """The order as JSON says it; money in yuan, the address as far as its district."""
    row = db.execute("SELECT * FROM orders WHERE order_number = ?", (order.number,)).fetchone()
    return {
        "order_number": order.number,
        "status": order.status,
        "items": [_item(item, language) for item in order.items],
        "total": order.total / 100,
        "currency": "CNY",
        "placed_at": order.placed_at,
        "shipped_at": order.shipped_at,
        "delivered_at": order.delivered_at,
        "carrier": row["carrier"],
        "tracking_number": row["tracking_number"],
        "address": _shown(row["address"]),
        "returnable_until": rules.until(order, rules.NO_REASON_DAYS),
        "payment": row["payment"],
    }


def create(db: sqlite3.Connection, body: dict[str, Any]) -> dict[str, Any]:
    """Take an order over from a shop. Raises Malformed where there is such an order already."""
    number = str(body["order_number"]).upper()
    try:
        db.execute(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, 0, ?)",
            (number, body["customer"], body["placed_at"], body.get("shipped_at"), body.get("delivered_at"),
             body.get("carrier"), body.get("tracking_number"), body.get("address", ""), body.get("payment", "card")),
        )  # fmt: skip
        for item in body["items"]:
            row = (number, str(item["sku"]), int(item.get("quantity", 1)), round(float(item["price"]) * 100))
            db.execute("INSERT INTO items VALUES (?, ?, ?, ?)", row)
    except sqlite3.IntegrityError:
        raise Malformed(f"there is an order {number} already, or it names an item twice") from None
    return {"order_number": number}


def _order(db: sqlite3.Connection, row: sqlite3.Row) -> Order:
    number = row["order_number"]
    items = db.execute("SELECT sku, quantity, price FROM items WHERE order_number = ? ORDER BY rowid", (number,))
    cases = db.execute("SELECT skus FROM cases WHERE order_number = ?", (number,))
    return Order(
        number=number,
        owner=row["owner"],
        placed_at=row["placed_at"],
        shipped_at=row["shipped_at"],
        delivered_at=row["delivered_at"],
        cancelled=bool(row["cancelled"]),
        address_changes=row["address_changes"],
        items=tuple(Item(*item) for item in items.fetchall()),
        busy=frozenset(sku for case in cases.fetchall() for sku in json.loads(case["skus"])),
    )


def _item(item: Item, language: str) -> dict[str, Any]:
    product = BY_SKU.get(item.sku)
    name = item.sku if product is None else product.chinese if language == "zh" else product.english
    return {"sku": item.sku, "name": name, "quantity": item.quantity, "price": item.price / 100}


def _shown(address: str) -> str:
    return f"{address[:SHOWN]}***" if len(address) > SHOWN else address
