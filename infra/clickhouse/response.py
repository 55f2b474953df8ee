"""Responses: a query's answer or failure with the headers that the real server sends."""

import json
import re
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from infra.clickhouse.compression import Encoder, Framed, encoder
from infra.clickhouse.errors import BAD_ARGUMENTS, Failure, failure
from infra.clickhouse.framing import framed
from infra.clickhouse.query import Answer, Query
from infra.clickhouse.request import Request

if TYPE_CHECKING:
    from infra.clickhouse.engine import Engine

TEXT = "text/plain; charset=UTF-8"
_EXPOSED = (
    "X-ClickHouse-Query-Id,X-ClickHouse-Summary,X-ClickHouse-Server-Display-Name,X-ClickHouse-Format,"
    "X-ClickHouse-Timezone,X-ClickHouse-Exception-Code,X-ClickHouse-Exception-Tag"
)
_TAG_LETTERS = string.ascii_lowercase
_TAG_SIZE = 16
_PAIR = re.compile(r"'([^'\\]+)'\s*:\s*'([^'\\]*)'")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~\w-]+$", re.ASCII)
_COUNTS = ("read_rows", "read_bytes", "written_rows", "written_bytes", "total_rows_to_read", "result_rows")


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back over HTTP; a header may stand there more than once."""

    status: int
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Opened:
    """A response on its way: the encoder of its body, its headers, and the tag that would announce an exception."""

    encoder: Encoder
    headers: Mapping[str, str]
    tag: str


def opened(engine: "Engine", request: Request, query: Query) -> Opened:
    """The response of a query that goes well, so far."""
    tag = "".join(secrets.choice(_TAG_LETTERS) for _ in range(_TAG_SIZE))
    timezone = engine.timezone_of(query)
    headers = common(query.id, request) | {"X-ClickHouse-Timezone": timezone, "X-ClickHouse-Exception-Tag": tag}
    headers["Content-Type"] = engine.content_types.get(query.format, TEXT)
    if query.format:
        headers["X-ClickHouse-Format"] = query.format
    accepted = request.headers.get("accept-encoding", "") if _may_encode(engine, query) else ""
    outer, encoding = encoder(accepted)
    if encoding:
        headers |= {"Content-Encoding": encoding, "Vary": "Accept-Encoding"}
    if request.method == "POST":  # a link on another site's page sends a GET: its answer must not become a page here
        headers |= _wished(query.setting("http_response_headers"))
    return Opened(Framed(outer) if request.on("compress") else outer, headers, tag)


def complete(response: Opened, answer: Answer, body: bytes, progress: Sequence[dict[str, int]]) -> Response:
    """The whole response to a query that went well."""
    headers = [*response.headers.items(), *progressed(progress), ("X-ClickHouse-Summary", summary(answer, len(body)))]
    if not body:
        plain = [header for header in headers if header[0] not in {"Content-Encoding", "Vary"}]
        return Response(200, b"", plain)
    return Response(200, response.encoder.encode(body) + response.encoder.finish(), headers)


def refused(problem: Failure, version: str, query_id: str, request: Request, asked: bool) -> Response:
    """A failure as the real server tells it; that of a query which was asked is framed as its answer would be."""
    headers = common(query_id, request) | {"X-ClickHouse-Exception-Code": str(problem.code), "Content-Type": TEXT}
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
    body = problem.message(version).encode()
    if asked and request.on("compress"):
        body = framed(body)
    return Response(problem.status, body, tuple(headers.items()))


def late(problem: Failure, version: str, tag: str) -> bytes:
    """The failure of a query whose answer has begun, as it stands at the end of it."""
    text = problem.message(version).encode()
    mark, end = b"__exception__\r\n", tag.encode() + b"\r\n"
    return b"\r\n" + mark + end + text + f"{len(text)} ".encode() + end + mark


def common(query_id: str, request: Request) -> dict[str, str]:
    """Headers of every response."""
    headers = {"X-ClickHouse-Server-Display-Name": "kefu", "X-ClickHouse-Query-Id": query_id}
    if request.options.get("add_http_cors_header") in {"1", "true"} and "origin" in request.headers:
        headers |= {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
    return headers


def progressed(progress: Sequence[dict[str, int]]) -> list[tuple[str, str]]:
    """A header for each report on a query's progress."""
    return [("X-ClickHouse-Progress", _object(report)) for report in progress]


def so_far(report: Mapping[str, int]) -> Answer:
    """The counts of a query that still runs, as it last reported them."""
    return Answer(**{count.name: report.get(count.name, 0) for count in fields(Answer)})


def summary(answer: Answer, size: int) -> str:
    """The counts of an answer of so many bytes, as the server writes them."""
    counts = {name: getattr(answer, name) for name in _COUNTS}
    return _object(counts | {"result_bytes": size, "elapsed_ns": answer.elapsed_ns})


def _object(counts: Mapping[str, int]) -> str:
    return json.dumps({name: str(count) for name, count in counts.items()}, separators=(",", ":"))


def _wished(told: str) -> dict[str, str]:
    """The headers that the query itself asks for, of a map as ClickHouse writes it. Raises Failure where it is none."""
    found = dict(_PAIR.findall(told))
    if told.strip() not in {"", "{}"} and not found:
        raise failure(BAD_ARGUMENTS, "http_response_headers is no map of texts, such as {'X-Name':'value'}.")
    return {name: "".join(filter(str.isprintable, value)) for name, value in found.items() if _TOKEN.match(name)}


def _may_encode(engine: "Engine", query: Query) -> bool:
    return query.switched_on("enable_http_compression", engine.compresses)
