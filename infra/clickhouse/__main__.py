"""Start the embedded ClickHouse: ``python -m infra.clickhouse --data DIR --host 127.0.0.1 --port 8123``.

The user ``default`` owns it and has no password. ``viewer`` reads, for dashboards, within the limits that the options
give; its password is the environment variable KEFU_VIEWER_PASSWORD, none where that is empty.
"""

import argparse
import logging
import os
import signal
import socket
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.clickhouse import address
from infra.clickhouse.access import OWNER, USERS, VIEWER, User
from infra.clickhouse.errors import Unusable
from infra.clickhouse.folder import claimed
from infra.clickhouse.profiles import MIB, Limits

if TYPE_CHECKING:
    from infra.clickhouse.engine import Engine

GRACE = 4
"""Seconds that running queries have to end in after a signal, with one more for their threads."""

_HTTP: dict[str, Any] = {
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "lifespan": "off",
    "ws": "none",
    "timeout_keep_alive": 300,
    "timeout_graceful_shutdown": GRACE,
}
_CUT = "ASGI callable returned without completing response."


def main() -> int:
    """Serve until a signal comes; 0 after a clean end, 1 with one line on stderr when the start is impossible."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    options = _options()
    try:
        _serve(options)
    except Unusable as problem:
        sys.stderr.write(f"clickhouse: {problem}\n")
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.clickhouse", description="ClickHouse in one process.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of its data; made when missing")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=8123, help="port to listen on; 0 takes a free one")
    parser.add_argument("--max-body", type=int, default=OWNER.max_body // MIB, metavar="MIB", help="of a request")
    limits = Limits()
    for name, value, text in (
        ("memory", limits.memory // MIB, "MiB of memory that a query of the user viewer may use"),
        ("seconds", limits.seconds, "seconds that it may run"),
        ("rows", limits.rows, "rows that it may answer"),
        ("result", limits.result // MIB, "MiB that it may answer"),
        ("read-rows", limits.read_rows, "rows that it may read"),
        ("body", VIEWER.max_body // MIB, "MiB of body that its request may have"),
    ):
        parser.add_argument(f"--viewer-{name}", type=int, default=value, metavar="N", help=text)
    return parser.parse_args()


def _limits(options: argparse.Namespace) -> Limits:
    return Limits(
        memory=options.viewer_memory * MIB,
        seconds=options.viewer_seconds,
        rows=options.viewer_rows,
        result=options.viewer_result * MIB,
        read_rows=options.viewer_read_rows,
    )


def _users(options: argparse.Namespace) -> dict[str, User]:
    password = os.environ.get("KEFU_VIEWER_PASSWORD", "")
    viewer = replace(VIEWER, password=password, max_body=options.viewer_body * MIB)
    return {**USERS, OWNER.name: replace(OWNER, max_body=options.max_body * MIB), VIEWER.name: viewer}


def _serve(options: argparse.Namespace) -> None:
    folder = options.data.absolute()
    with closing(address.listening(options.host, options.port)) as listener, claimed(folder):
        # chDB loads PyArrow when it finds it: 40 MB and 0.4 s for formats of its Python API, which nobody calls here.
        sys.modules["pyarrow"] = None  # type: ignore[assignment]
        from infra.clickhouse.engine import Engine

        engine = Engine(folder, _limits(options))
        sys.stdout.write(f"ClickHouse {engine.version} at {address.url(listener)} on {folder}\n")
        sys.stdout.flush()
        _run(engine, listener, _users(options))


def _run(engine: "Engine", listener: socket.socket, users: dict[str, User]) -> None:
    import uvicorn

    from infra.clickhouse.server import MAX_ADDRESS, Application
    from infra.clickhouse.workers import Workers

    workers = Workers()
    options = _HTTP | {"h11_max_incomplete_event_size": MAX_ADDRESS}
    server = uvicorn.Server(uvicorn.Config(Application(engine, workers, users), **options))
    # An answer that fails on its way is left without an end on purpose.
    logging.getLogger("uvicorn.error").addFilter(lambda record: record.getMessage() != _CUT)
    # uvicorn raises the signal that ended it once more; without this it would count as a death by signal.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    server.run(sockets=[listener])
    engine.running.stop_all()
    if not workers.finish(seconds=1):
        # The end of the interpreter waits for the query's thread; what was acknowledged is in the folder either way.
        os._exit(0)
    engine.close()


if __name__ == "__main__":
    sys.exit(main())
