"""The data: one SQLite file. What a request writes and the answer that it gets are one transaction."""

import datetime
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.business import sample
from infra.business.goods import BY_SKU
from infra.business.refusals import Malformed

TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    order_number TEXT PRIMARY KEY, owner TEXT NOT NULL, placed_at TEXT NOT NULL, shipped_at TEXT, delivered_at TEXT,
    cancelled INTEGER NOT NULL DEFAULT 0, carrier TEXT, tracking_number TEXT, address TEXT NOT NULL,
    address_changes INTEGER NOT NULL DEFAULT 0, payment TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS orders_by_owner ON orders (owner, placed_at);
CREATE TABLE IF NOT EXISTS items (
    order_number TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL, price INTEGER NOT NULL,
    PRIMARY KEY (order_number, sku));
CREATE TABLE IF NOT EXISTS cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, order_number TEXT NOT NULL, skus TEXT NOT NULL,
    reason TEXT NOT NULL, wanted TEXT NOT NULL DEFAULT '', status TEXT NOT NULL, amount INTEGER NOT NULL,
    created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS cases_by_order ON cases (order_number);
CREATE TABLE IF NOT EXISTS invoices (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_number TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    tax_number TEXT NOT NULL, email TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, customer TEXT NOT NULL, order_number TEXT NOT NULL, text TEXT NOT NULL,
    created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS coupons (
    code TEXT PRIMARY KEY, discount TEXT NOT NULL, expires_at TEXT NOT NULL, problem TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL);
"""
KEPT_DAYS = 30
"""Days for which the answer to an Idempotency-Key is known."""
ADDRESS = "浙江省杭州市西湖区文三路90号"

Answer = tuple[int, str]
"""HTTP status and JSON text."""


class Store:
    """One connection, used by one thread at a time. ``today`` is the day from which the sample's dates count back."""

    def __init__(self, file: Path, today: datetime.date) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(TABLES)
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('secret', ?)", (secrets.token_hex(16),))
            _seed(db, today)
            db.execute("DELETE FROM answers WHERE created_at < ?", (_moment(today, KEPT_DAYS),))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block or nothing."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def once(self, key: str, request: str, now: str, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """The answer that this key got first; ``work`` is done when there is none. Raises Malformed for a mismatch."""
        with self.transaction() as db:
            known = db.execute("SELECT request, status, body FROM answers WHERE key = ?", (key,)).fetchone()
            if known is not None:
                if known["request"] != request:
                    raise Malformed("this Idempotency-Key came with another request before; use a new one")
                return known["status"], known["body"]
            status, body = work(db)
            db.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", (key, request, status, body, now))
            return status, body

    def close(self) -> None:
        self._db.close()


def _seed(db: sqlite3.Connection, today: datetime.date) -> None:
    for order in sample.orders():
        _seed_order(db, order, today)
        for sku in order.skus:
            db.execute("INSERT OR IGNORE INTO items VALUES (?, ?, 1, ?)", (order.number, sku, BY_SKU[sku].price))
        if order.case is not None:
            _seed_case(db, order, *order.case, today)
    for coupon in sample.COUPONS:
        row = (coupon.code, coupon.discount, _moment(today, -coupon.ends), coupon.problem)
        db.execute("INSERT OR REPLACE INTO coupons VALUES (?, ?, ?, ?)", row)


def _seed_order(db: sqlite3.Connection, order: sample.Sample, today: datetime.date) -> None:
    carrier = None if order.shipped is None else "SF Express"
    tracking = None if order.shipped is None else f"SF{int(order.number[2:]):013d}"
    placed, shipped, delivered = (_moment(today, days) for days in (order.placed, order.shipped, order.delivered))
    db.execute(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'alipay') ON CONFLICT (order_number) DO UPDATE"
        " SET placed_at = excluded.placed_at, shipped_at = excluded.shipped_at, delivered_at = excluded.delivered_at",
        (order.number, order.owner, placed, shipped, delivered, order.cancelled, carrier, tracking, ADDRESS),
    )


def _seed_case(db: sqlite3.Connection, order: sample.Sample, status: str, days: int, today: datetime.date) -> None:
    sku = order.skus[0]
    db.execute(
        "INSERT INTO cases (kind, order_number, skus, reason, status, amount, created_at)"
        " SELECT 'return', ?, ?, 'changed_mind', ?, ?, ? WHERE NOT EXISTS"
        " (SELECT 1 FROM cases WHERE order_number = ?)",
        (order.number, f'["{sku}"]', status, BY_SKU[sku].price, _moment(today, days), order.number),
    )


def _moment(today: datetime.date, days: int | None) -> str | None:
    """Eight in the morning, so many days ago."""
    return None if days is None else f"{(today - datetime.timedelta(days=days)).isoformat()}T08:00:00.000Z"
