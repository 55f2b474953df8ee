"""Responses: a query's answer or failure with the headers that the real server sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.clickhouse import compression
from infra.clickhouse.errors import Failure
from infra.clickhouse.query import Answer
from infra.clickhouse.request import Request, query

if TYPE_CHECKING:
    from infra.clickhouse.engine import Engine

_TEXT = "text/plain; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back over HTTP."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def respond(engine: "Engine", request: Request, query_id: str) -> Response:
    """Do what the request asks for. Takes as long as its query; failures come back as responses."""
    try:
        if not request.asks:
            return Response(200, b"Ok.\n", {"Content-Type": _TEXT})
        asked = query(request)
        answer = engine.answer(asked)
    except Failure as problem:
        return refused(problem, engine, query_id)
    timezone = asked.settings.get("session_timezone") or engine.timezone
    return _answered(answer, engine, request, _common(query_id) | {"X-ClickHouse-Timezone": timezone})


def refused(problem: Failure, engine: "Engine", query_id: str) -> Response:
    """A failure as the real server tells it."""
    headers = _common(query_id) | {"X-ClickHouse-Exception-Code": str(problem.code), "Content-Type": _TEXT}
    return Response(problem.status, problem.message(engine.version).encode(), headers)


def _answered(answer: Answer, engine: "Engine", request: Request, headers: dict[str, str]) -> Response:
    headers["X-ClickHouse-Summary"] = _summary(answer)
    headers["Content-Type"] = engine.content_types.get(answer.format, _TEXT)
    if answer.format:
        headers["X-ClickHouse-Format"] = answer.format
    body = answer.body
    if request.options.get("enable_http_compression", str(engine.compresses)).lower() in {"1", "true"}:
        body, encoding = compression.encoded(body, request.headers.get("accept-encoding", ""))
        headers |= {"Content-Encoding": encoding, "Vary": "Accept-Encoding"} if encoding else {}
    return Response(200, body, headers)


def _common(query_id: str) -> dict[str, str]:
    return {"X-ClickHouse-Server-Display-Name": "kefu", "X-ClickHouse-Query-Id": query_id}


def _summary(answer: Answer) -> str:
    """The counts as the server writes them: text, one object."""
    counts = {
        "read_rows": answer.read_rows,
        "read_bytes": answer.read_bytes,
        "written_rows": answer.written_rows,
        "written_bytes": answer.written_bytes,
        "total_rows_to_read": 0,
        "result_rows": answer.result_rows,
        "result_bytes": len(answer.body),
        "elapsed_ns": answer.elapsed_ns,
    }
    return json.dumps({name: str(count) for name, count in counts.items()}, separators=(",", ":"))
