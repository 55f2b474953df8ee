"""The business system in the test's own process: its real rules over its real tables, without HTTP."""

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from infra.business import app, desk
from infra.business.refusals import Refusal
from infra.business.store import Answer, Store
from schemas import times
from schemas.messages import JsonValue
from schemas.tools import ToolOutcome, ToolRequest, ToolResult

_PATHS = {
    "order_lookup": app.READS["/v1/orders/{order_number:path}"],
    "orders_of_customer": app.READS["/v1/orders"],
    "refund_status": app.READS["/v1/refunds/{order_number:path}"],
    "coupon_check": app.READS["/v1/coupons/{code:path}"],
    "create_return": app.WRITES["/v1/returns"],
    "create_exchange": app.WRITES["/v1/exchanges"],
    "request_invoice": app.WRITES["/v1/invoices"],
    "change_address": app.WRITES["/v1/addresses"],
    "register_complaint": app.WRITES["/v1/complaints"],
}
CHANGES = frozenset({"create_return", "create_exchange", "request_invoice", "change_address", "register_complaint"})


class _Copy(Store):
    """The sample's data once more, without writing them anew."""

    def __init__(self, sample: Store) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        sample._db.backup(self._db)


@cache
def _sample(today: date) -> Store:
    return Store(Path(":memory:"), today)


class Business:
    """Answers tools' requests as the tools' worker would. ``now`` in seconds since the epoch.

    ``faults`` are outcomes that the next calls of a tool have instead, in order.
    """

    def __init__(self, now: float, orders: tuple[dict[str, Any], ...] = ()) -> None:
        self.now, self.calls = now, list[ToolRequest]()
        self.faults: dict[str, list[ToolOutcome]] = {}
        self._store = _Copy(_sample(datetime.fromtimestamp(now, UTC).date()))
        with self._store.transaction() as db:
            for order in orders:
                app.WRITES["/v1/orders"](db, desk.Asked("", "en", times.rfc3339(now)), order)

    def answer(self, request: ToolRequest) -> ToolResult:
        """What becomes of a call; the same request twice is done once."""
        self.calls.append(request)
        faults = self.faults.get(request.tool, [])
        if faults:
            return self._result(request, faults.pop(0), {})
        status, body = self._done(request)
        value = json.loads(body)
        if status == 200:
            return self._result(request, "done", value)
        return self._result(request, "refused", value, reason=value["code"])

    def rows(self, table: str) -> list[Mapping[str, Any]]:
        """What the business system has on record."""
        with self._store.transaction() as db:
            return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()]

    def close(self) -> None:
        self._store.close()

    def _done(self, request: ToolRequest) -> Answer:
        asked = desk.Asked(request.user_id, request.language, times.rfc3339(self.now))
        said = {"customer": request.user_id, **request.arguments}
        work: Callable[[Any], Answer] = lambda db: _told(_PATHS[request.tool], db, asked, said)  # noqa: E731
        if request.tool in CHANGES:
            return self._store.once(request.request_id, json.dumps(said, sort_keys=True), asked.now, work)
        with self._store.transaction() as db:
            return work(db)

    def _result(
        self, request: ToolRequest, outcome: ToolOutcome, value: dict[str, JsonValue], reason: str = ""
    ) -> ToolResult:
        return ToolResult(
            request_id=request.request_id,
            message_id=request.message_id,
            conversation_id=request.conversation_id,
            tool=request.tool,
            outcome=outcome,
            value=value,
            reason=reason,
            occurred_at=times.rfc3339(self.now),
        )


def _told(verb: app.Verb, db: Any, asked: desk.Asked, said: dict[str, Any]) -> Answer:
    try:
        return 200, json.dumps(verb(db, asked, said))
    except Refusal as refusal:
        return refusal.status, json.dumps(refusal.told(asked.language))
