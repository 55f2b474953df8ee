"""The server: ClickHouse's HTTP interface as an ASGI application over one engine."""

import asyncio
import concurrent.futures
import logging
import uuid

import starlette.requests
import starlette.responses
from starlette.applications import Starlette
from starlette.routing import Route

from infra.clickhouse.engine import Engine
from infra.clickhouse.errors import QUERY_IS_TOO_LARGE, QUERY_WAS_CANCELLED, STD_EXCEPTION, Failure, failure
from infra.clickhouse.request import Request
from infra.clickhouse.response import Response, refused, respond

CONCURRENT = 16
"""Queries that run at once; more of them wait their turn."""

MAX_ADDRESS = 1 << 20
"""Bytes of a request's line and headers: http_max_uri_size of the real server."""

MAX_BODY = 256 << 20
"""Bytes of a request body, as sent."""

_log = logging.getLogger(__name__)


class Workers:
    """Threads that queries run in, so that a long one holds nobody up."""

    def __init__(self, count: int = CONCURRENT) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(count, "query")
        self._running: set[concurrent.futures.Future[Response]] = set()

    async def respond(self, engine: Engine, request: Request, query_id: str) -> Response:
        """Do what the request asks for, in a thread."""
        future = self._pool.submit(respond, engine, request, query_id)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return await asyncio.wrap_future(future)

    def finish(self, seconds: float) -> bool:
        """Take no more queries; whether those that run ended within the seconds."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not concurrent.futures.wait(set(self._running), seconds).not_done


def application(engine: Engine, workers: Workers) -> Starlette:
    """The HTTP interface of an engine."""

    async def query(request: starlette.requests.Request) -> starlette.responses.Response:
        query_id = request.query_params.get("query_id") or str(uuid.uuid4())
        try:
            response = await workers.respond(engine, await _received(request), query_id)
        except Failure as problem:
            response = refused(problem, engine, query_id)
        except starlette.requests.ClientDisconnect:
            return starlette.responses.Response(status_code=499)
        except asyncio.CancelledError:
            response = refused(failure(QUERY_WAS_CANCELLED, "The server is stopping."), engine, query_id)
        except Exception:
            _log.exception("query %s failed in the server itself", query_id)
            response = refused(failure(STD_EXCEPTION, "The server failed; its log says where."), engine, query_id)
        return starlette.responses.Response(response.body, response.status, response.headers)

    methods = ["GET", "POST"]
    health = [Route(path, _ok) for path in ("/ping", "/replicas_status")]
    return Starlette(routes=[Route("/", query, methods=methods), *health], exception_handlers={404: _no_handle})


async def _received(request: starlette.requests.Request) -> Request:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise failure(QUERY_IS_TOO_LARGE, f"The body is larger than {MAX_BODY} bytes: send it in several inserts.")
        parts.append(part)
    return Request(request.method, dict(request.query_params), dict(request.headers), b"".join(parts))


async def _ok(_: starlette.requests.Request) -> starlette.responses.Response:
    return starlette.responses.PlainTextResponse("Ok.\n")


async def _no_handle(request: starlette.requests.Request, _: Exception) -> starlette.responses.Response:
    text = f"There is no handle {request.url.path}\n\nUse / or /ping for health checks.\n"
    return starlette.responses.PlainTextResponse(text, 404)
