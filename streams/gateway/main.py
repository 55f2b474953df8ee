"""The gateway process: takes its port, waits for Kafka in words, serves until it is told to stop."""

import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import uvicorn
import uvloop
from confluent_kafka.admin import AdminClient
from fastapi import FastAPI

from schemas.errors import Misconfigured
from schemas.topics import HANDOVER, INBOUND, MAX_RECORD_BYTES, TOOL_REQUESTS
from streams import topology
from streams.gateway import readiness
from streams.gateway.app import build
from streams.gateway.inbox import KafkaInbox
from streams.gateway.lag import Lag
from streams.gateway.outbox import KafkaOutbox
from streams.gateway.ports import Check, GatewayDeps, Limits, Site
from streams.gateway.store import Access, ClickHouseStore
from streams.metrics import Metrics
from streams.secret import secret
from streams.settings import LOOPBACK, Settings
from streams.waiting import until

log = logging.getLogger("kefu.gateway")

DIALOGUE, TOOLS = "kefu-dialogue", "kefu-tools"
"""The consumer groups of the dialogue worker and of the tools worker."""
PING_S = 20.0
FAREWELL_S = 5


def main(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises Misconfigured when the address may not or cannot be taken."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with closing(listening(settings.http_host, settings.http_port)) as address:
        sizes = {"partitions": settings.partitions, "replication": settings.replication}
        until("Kafka", lambda: topology.create(settings.kafka, **sizes))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, address))


async def serve(settings: Settings, address: socket.socket) -> None:
    """Serve on a bound socket until the process is told to stop; the topics exist already."""
    async with composed(settings, Limits(query_timeout_s=settings.query_timeout_s)) as app:
        log.info("listening on http://%s:%d", *address.getsockname()[:2])
        await uvicorn.Server(server_config(app)).serve(sockets=[address])


def listening(host: str, port: int) -> socket.socket:
    """A bound socket. Raises Misconfigured for an address that others reach, and for one that is taken."""
    if host not in LOOPBACK:
        raise Misconfigured(
            f"KEFU_HTTP_HOST={host}: without authentication the gateway binds to loopback only; use 127.0.0.1"
        )
    address = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    address.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        address.bind((host, port))
    except OSError as problem:
        address.close()
        raise Misconfigured(f"KEFU_HTTP_PORT={port} cannot be taken on {host}: {problem}; choose another") from None
    return address


def server_config(app: FastAPI) -> uvicorn.Config:
    """How uvicorn serves the application: bounded messages, pings, a short farewell."""
    return uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=MAX_RECORD_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        timeout_graceful_shutdown=FAREWELL_S,
        h11_max_incomplete_event_size=65_536,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


@asynccontextmanager
async def composed(settings: Settings, limits: Limits, site: Site | None = None) -> AsyncIterator[FastAPI]:
    """The application on Kafka and ClickHouse; its clients are closed at the end."""
    inbox, store, lag = KafkaInbox(settings.kafka), ClickHouseStore(access(settings)), Lag(settings.kafka)
    try:
        yield build(
            GatewayDeps(
                inbox=inbox,
                outbox=KafkaOutbox(settings.kafka, since_s=limits.recent_s, clock=time.time),
                handovers=KafkaOutbox(settings.kafka, since_s=0, clock=time.time, recent=(), whole=(HANDOVER,)),
                store=store,
                clock=time.time,
                secret=secret(settings),
                lag=lag.rows,
                checks=checks(topology.admin(settings.kafka), store),
                limits=limits,
                site=site or Site(vendor=libraries(settings)),
                registry=Metrics().registry,
            )
        )
    finally:
        await inbox.close()
        await store.close()
        lag.close()


def access(settings: Settings) -> Access:
    return Access(
        settings.clickhouse_url,
        settings.clickhouse_database,
        settings.clickhouse_user,
        settings.clickhouse_password,
    )


def checks(client: AdminClient, store: ClickHouseStore) -> dict[str, Check]:
    """What readiness looks at beside the gateway itself."""
    return {
        "kafka": readiness.kafka(client),
        "clickhouse": readiness.clickhouse(store),
        "dialogue": readiness.group(client, DIALOGUE, INBOUND.name),
        "tools": readiness.group(client, TOOLS, TOOL_REQUESTS.name),
    }


def libraries(settings: Settings) -> Path:
    """The folder of the browser libraries that the set-up fetched."""
    return (settings.jars or Path(sys.prefix, "share", "kefu", "jars")) / "pages"
