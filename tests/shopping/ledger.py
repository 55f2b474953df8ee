"""What the business system has on record of a customer, as rows to compare: judged by state, not by words."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.shopping.goals import Goal

Rows = Callable[[str], Iterable[Mapping[str, Any]]]
"""The rows of a table."""


class Ledger:
    """All that was changed, by order and by customer."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def of(self, customer: str, goal: Goal) -> frozenset[tuple[str, ...]]:
        """What has been done for a shopper and to any of its orders."""
        numbers = {order.number for order in goal.orders}
        made: set[tuple[str, ...]] = {
            (row["kind"], row["order_number"], ",".join(sorted(json.loads(row["skus"]))))
            for row in self._rows("cases")
            if row["order_number"] in numbers
        }
        made |= {("invoice", row["order_number"]) for row in self._rows("invoices") if row["order_number"] in numbers}
        made |= {("complaint",) for row in self._rows("tickets") if row["customer"] == customer}
        moved = (row for row in self._rows("orders") if row["order_number"] in numbers and row["address_changes"])
        return frozenset(made | {("address", row["order_number"]) for row in moved})


def of_file(file: Path) -> Ledger:
    """The ledger of a business system that runs, read beside it."""

    def rows(table: str) -> list[dict[str, Any]]:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10) as db:
            db.row_factory = sqlite3.Row
            found = [dict(row) for row in db.execute(f"SELECT * FROM {table}").fetchall()]
        db.close()
        return found

    return Ledger(rows)
