"""The application, built from what it is handed."""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from streams.gateway import documents, problems, site
from streams.gateway.board import Watched
from streams.gateway.console import Console
from streams.gateway.feedback import FeedbackRoutes
from streams.gateway.guards import HostGuard, OriginGuard, SafeHeaders, SizeGuard, Timed
from streams.gateway.health import Health
from streams.gateway.hub import follow
from streams.gateway.messages import Messages
from streams.gateway.ops import Ops
from streams.gateway.ports import GatewayDeps
from streams.gateway.sockets import Sockets
from streams.gateway.state import State, state

FAREWELL_S = 3.0
"""Seconds that the last receipts may take at the end."""


def build(deps: GatewayDeps) -> FastAPI:
    """The gateway over its ports. Nothing outside it is touched before its lifespan begins."""
    parts, watched = state(deps), Watched()
    app = FastAPI(
        title="kefu",
        version="1",
        description="Customer service over Kafka: messages in, answers out.",
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: _living(parts, watched, deps),
    )
    for router in (
        Messages(parts).router(),
        FeedbackRoutes(parts, deps).router(),
        Ops(parts, deps).router(),
        Console(parts, deps, watched).router(),
        Sockets(parts).router(),
        Health(parts, deps).router(),
    ):
        app.include_router(router)
    app.add_api_route("/docs", documents.page, methods=["GET"], include_in_schema=False)
    site.register(app, deps.site)
    app.openapi = functools.partial(documents.document, app)  # type: ignore[method-assign]
    problems.register(app)
    _guard(app, parts, deps)
    return app


def _guard(app: FastAPI, parts: State, deps: GatewayDeps) -> None:
    """The last one added is asked first."""
    app.add_middleware(SizeGuard, limit=deps.limits.body_bytes)
    app.add_middleware(OriginGuard)
    app.add_middleware(HostGuard, hosts=deps.site.hosts)
    app.add_middleware(Timed, metrics=parts.metrics)
    app.add_middleware(SafeHeaders)


@asynccontextmanager
async def _living(parts: State, watched: Watched, deps: GatewayDeps) -> AsyncIterator[None]:
    following = asyncio.create_task(follow(parts.hub, deps.outbox), name="follow")
    watching = asyncio.create_task(watched.follow(deps.handovers), name="handovers")
    telling = asyncio.create_task(parts.receipts.run(), name="receipts")
    try:
        yield
    finally:
        following.cancel()
        watching.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(parts.receipts.written(), FAREWELL_S)
        telling.cancel()
        await asyncio.gather(following, watching, telling, return_exceptions=True)
