"""What stands before the routes, as plain ASGI: names, origins, sizes, headers, times."""

import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.gateway import problems
from streams.gateway.metrics import GatewayMetrics

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class HostGuard:
    """Lets in only requests to a name of ours: a foreign name that points here is DNS rebinding."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _name(f"//{Headers(scope=scope).get('host', '')}") in self._hosts:
            await self._app(scope, receive, send)
        else:
            names = ", ".join(sorted(self._hosts))
            await _refuse(scope, receive, send, 421, f"the Host header must name one of {names}")


class OriginGuard:
    """Lets no page of another site write here or open a socket: browsers name the page's site in Origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope.get("method") in SAFE_METHODS or _same_site(Headers(scope=scope)):
            await self._app(scope, receive, send)
        else:
            await _refuse(scope, receive, send, 403, "the Origin header names another site; ask from this one")


class SizeGuard:
    """Reads at most ``limit`` bytes of a body."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _length(Headers(scope=scope)) > self._limit:
            await _refuse(scope, receive, send, 413, self._words())
        else:
            await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise HTTPException(413, self._words(), {"Connection": "close"})
            return message

        return counted

    def _words(self) -> str:
        return f"the body is larger than {self._limit} bytes; send less"


class SafeHeaders:
    """Gives every answer the security headers that it does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class Timed:
    """Observes how long each request took, by route template and status."""

    def __init__(self, app: ASGIApp, metrics: GatewayMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                took = time.perf_counter() - began
                self._metrics.requests.labels(_template(scope), str(status)).observe(took)
            await send(message)

        await self._app(scope, receive, noting)


def _template(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "other"))


def _same_site(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdigit() else 0


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": words})
        return
    answer = problems.response(problems.problem(status, words), {"Connection": "close"})
    await answer(scope, receive, send)
