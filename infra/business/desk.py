"""What the business system does on request: each verb is one transaction over the data, after the rules have agreed."""

import datetime
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from infra.business import orders, rules
from infra.business.refusals import Refusal
from infra.business.rules import Item, Order


class Asked(NamedTuple):
    """Who asks, in which language, when (RFC 3339 in UTC)."""

    customer: str
    language: str
    now: str

    @property
    def today(self) -> str:
        return self.now[:10]


class Return(NamedTuple):
    order_number: str
    reason: str
    items: tuple[str, ...] = ()


class Exchange(NamedTuple):
    order_number: str
    reason: str
    wanted: str


class Invoice(NamedTuple):
    order_number: str
    title: str
    tax_number: str = ""
    email: str = ""


def create_return(db: sqlite3.Connection, asked: Asked, wish: Return) -> dict[str, Any]:
    order = orders.found(db, wish.order_number, asked.customer)
    items = rules.returned(order, wish.items, wish.reason, asked.today)
    case = _case(db, asked, "return", order, items, wish.reason)
    number = f"RT{case:08d}"
    return {"return_number": number, "label_url": f"/labels/{number}?key={label_key(db, number)}", "status": "created"}


def create_exchange(db: sqlite3.Connection, asked: Asked, wish: Exchange) -> dict[str, Any]:
    order = orders.found(db, wish.order_number, asked.customer)
    case = _case(db, asked, "exchange", order, rules.exchanged(order, asked.today), wish.reason)
    db.execute("UPDATE cases SET wanted = ? WHERE id = ?", (wish.wanted, case))
    return {"exchange_number": f"EX{case:08d}", "status": "created"}


def refund_status(db: sqlite3.Connection, asked: Asked, number: str) -> dict[str, Any]:
    """``none`` without a return; ``created`` until the parcel is back, then ``processing``, then ``paid``."""
    order = orders.found(db, number, asked.customer)
    row = db.execute(
        "SELECT status, amount, created_at FROM cases WHERE order_number = ? AND kind = 'return'"
        " ORDER BY id DESC LIMIT 1",
        (order.number,),
    ).fetchone()
    if row is None:
        return {"status": "none", "amount": 0.0, "currency": "CNY", "expected_by": None}
    due = datetime.date.fromisoformat(row["created_at"][:10]) + datetime.timedelta(days=rules.REFUND_DAYS)
    return {
        "status": row["status"],
        "amount": row["amount"] / 100,
        "currency": "CNY",
        "expected_by": due.isoformat(),
    }


def request_invoice(db: sqlite3.Connection, asked: Asked, wish: Invoice) -> dict[str, Any]:
    order = orders.found(db, wish.order_number, asked.customer)
    rules.may_invoice(order)
    known = db.execute("SELECT id, title FROM invoices WHERE order_number = ?", (order.number,)).fetchone()
    if known is not None and known["title"] != wish.title:
        raise Refusal("already_invoiced")
    made = known["id"] if known is not None else _invoice(db, asked, order, wish)
    return {"invoice_number": f"INV{made:08d}", "status": "issued"}


def change_address(db: sqlite3.Connection, asked: Asked, number: str, address: str) -> dict[str, Any]:
    order = orders.found(db, number, asked.customer)
    rules.may_move(order)
    db.execute(
        "UPDATE orders SET address = ?, address_changes = address_changes + 1 WHERE order_number = ?",
        (address, order.number),
    )
    return {"status": "changed"}


def coupon_check(db: sqlite3.Connection, asked: Asked, code: str) -> dict[str, Any]:
    """``reason`` says why a coupon cannot be used: unknown, expired or used."""
    row = db.execute("SELECT * FROM coupons WHERE code = ?", (code.upper(),)).fetchone()
    if row is None:
        return {"valid": False, "discount": "", "expires_at": None, "reason": "unknown"}
    reason = row["problem"] or ("expired" if row["expires_at"] < asked.now else "")
    return {"valid": not reason, "discount": row["discount"], "expires_at": row["expires_at"], "reason": reason}


def register_complaint(db: sqlite3.Connection, asked: Asked, number: str, text: str) -> dict[str, Any]:
    order = orders.found(db, number, asked.customer).number if number else ""
    made = db.execute(
        "INSERT INTO tickets (customer, order_number, text, created_at) VALUES (?, ?, ?, ?)",
        (asked.customer, order, text, asked.now),
    ).lastrowid
    return {"ticket": f"TK{made:08d}"}


def label(db: sqlite3.Connection, number: str) -> str:
    """The return label of a number, as text to print."""
    row = db.execute("SELECT order_number FROM cases WHERE id = ? AND kind = 'return'", (int(number[2:]),)).fetchone()
    order = row["order_number"] if row is not None else ""
    return f"RETURN LABEL 退货面单\n{number}\norder 订单 {order}\nto 寄往 Hangzhou 杭州退货仓\n"


def label_key(db: sqlite3.Connection, number: str) -> str:
    """What only somebody who was told the label's address knows."""
    secret = db.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()["value"]
    return hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest()[:24]


def _case(db: sqlite3.Connection, asked: Asked, kind: str, order: Order, items: Sequence[Item], reason: str) -> int:
    amount = sum(item.price * item.quantity for item in items) if kind == "return" else 0
    row = (kind, order.number, json.dumps([item.sku for item in items]), reason, amount, asked.now)
    made = db.execute(
        "INSERT INTO cases (kind, order_number, skus, reason, status, amount, created_at)"
        " VALUES (?, ?, ?, ?, 'created', ?, ?)",
        row,
    ).lastrowid
    return int(made or 0)


def _invoice(db: sqlite3.Connection, asked: Asked, order: Order, wish: Invoice) -> int:
    row = (order.number, wish.title, wish.tax_number, wish.email, asked.now)
    made = db.execute(
        "INSERT INTO invoices (order_number, title, tax_number, email, created_at) VALUES (?, ?, ?, ?, ?)", row
    ).lastrowid
    return int(made or 0)
