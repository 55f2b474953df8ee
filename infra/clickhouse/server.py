"""The server: ClickHouse's HTTP interface as an ASGI application over one engine."""

import asyncio
import logging
import uuid
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qsl

from infra.clickhouse.access import USERS, User, authenticated, check_origin
from infra.clickhouse.body import Body, Disconnected, Receive
from infra.clickhouse.engine import Engine
from infra.clickhouse.errors import QUERY_IS_TOO_LARGE, QUERY_WAS_CANCELLED, STD_EXCEPTION, Failure, failure
from infra.clickhouse.exchange import Exchange, Send, respond
from infra.clickhouse.query import Query
from infra.clickhouse.request import Request, query
from infra.clickhouse.response import TEXT, Response, refused
from infra.clickhouse.workers import Workers

MAX_ADDRESS = 1 << 20
"""Bytes of a request's line and headers: http_max_uri_size of the real server."""

READERS = 8
"""Queries of readers that run at once, so that the owner always finds a thread."""

_SMALL = 1 << 14
_SWEEP_SECONDS = 5
_NO_HANDLE = "There is no handle {}\n\nUse / or /ping for health checks.\nOr /replicas_status for more.\n"
_PREFLIGHT = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Allow-Headers",
        "origin, x-requested-with, x-clickhouse-format, x-clickhouse-user, x-clickhouse-key, Authorization",
    ),
    ("Access-Control-Allow-Methods", "POST, GET, OPTIONS"),
    ("Access-Control-Max-Age", "86400"),
)
_log = logging.getLogger(__name__)


class Application:
    """The HTTP interface of an engine."""

    def __init__(self, engine: Engine, workers: Workers, users: Mapping[str, User] = USERS) -> None:
        """Serve the users from the engine, in threads of the workers."""
        self._engine, self._workers, self._users = engine, workers, users
        self._readers = asyncio.Semaphore(READERS)
        self._sweeping = False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        path, method = scope["path"], scope["method"]
        if path in {"/ping", "/replicas_status"}:
            await respond(send, _plain(200, "Ok.\n"))
        elif path not in {"/", "/query"} or method not in {"GET", "HEAD", "POST", "OPTIONS"}:
            await respond(send, _plain(404, _NO_HANDLE.format(path)))
        else:
            await self._answered(scope, receive, send)

    async def _answered(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = Body(receive, asyncio.get_running_loop())
        request = _request(scope, body)
        exchange = Exchange(self._engine, self._workers, request, body, send)
        wished = request.options.get("query_id") or request.headers.get("x-clickhouse-query-id", "")
        query_id = "".join(filter(str.isprintable, wished)) or str(uuid.uuid4())
        try:
            await self._asked(request, body, exchange, query_id)
        except Failure as problem:
            told = problem
        except asyncio.CancelledError:
            told = failure(QUERY_WAS_CANCELLED, "The server is stopping.")
        except (Disconnected, TimeoutError):
            return
        except Exception:
            _log.exception("query %s failed in the server itself", query_id)
            told = failure(STD_EXCEPTION, "The server failed; its log says where.")
        else:
            return
        if not exchange.begun:
            await respond(send, refused(told, self._engine.version, query_id, request, exchange.asked))

    async def _asked(self, request: Request, body: Body, exchange: Exchange, query_id: str) -> None:
        check_origin(request.headers)
        if request.method == "OPTIONS":
            await exchange.send(Response(204, headers=_PREFLIGHT))
        elif not request.asks:
            await exchange.send(_plain(200, "Ok.\n"))
        else:
            user = authenticated(self._users, request.options, request.headers)
            _check_size(request, user)
            await body.begin()
            asked = await self._read(request, body, user, query_id)
            async with self._readers if user.reads_only else nullcontext():
                await exchange.run(asked)
            if asked.session:
                self._sweep()

    async def _read(self, request: Request, body: Body, user: User, query_id: str) -> Query:
        # A thread costs more than reading what is small; a body with an encoding may be large once it is decoded.
        if body.complete and body.size <= _SMALL and "content-encoding" not in request.headers:
            return query(request, user, query_id)
        return await self._workers.aside(query, request, user, query_id)

    def _sweep(self) -> None:
        """See to it that sessions end in time, as long as there are any."""
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._swept)

    def _swept(self) -> None:
        self._sweeping = False
        self._engine.sessions.sweep()
        if len(self._engine.sessions):
            self._sweep()


def _request(scope: dict[str, Any], body: Body) -> Request:
    address = scope["query_string"].decode("latin-1")
    pairs = [_text_where_due(*pair) for pair in parse_qsl(address, keep_blank_values=True, errors="surrogateescape")]
    roles = tuple(value for name, value in pairs if name == "role")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], dict(pairs), headers, body, roles)


def _text_where_due(name: str, value: str) -> tuple[str, str]:
    """A query and its parameters may hold any bytes; everything else is text."""
    may_hold_any = name == "query" or name.startswith("param_")
    return _text(name), value if may_hold_any else _text(value)


def _text(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _check_size(request: Request, user: User) -> None:
    size = request.headers.get("content-length", "")
    if size.isdecimal() and int(size) > user.max_body:
        raise failure(QUERY_IS_TOO_LARGE, f"The body has {size} bytes; {user.name} may send {user.max_body}.")


def _plain(status: int, text: str) -> Response:
    return Response(status, text.encode(), (("Content-Type", TEXT),))
