"""Start the embedded ClickHouse: ``python -m infra.clickhouse --data DIR --host 127.0.0.1 --port 8123``."""

import argparse
import os
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from infra.clickhouse import address
from infra.clickhouse.errors import Unusable
from infra.clickhouse.folder import claimed

if TYPE_CHECKING:
    from infra.clickhouse.engine import Engine

GRACE = 4
"""Seconds that running queries have to end in after a signal, with one more for their threads."""


def main() -> int:
    """Serve until a signal comes; 0 after a clean end, 1 with one line on stderr when the start is impossible."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    options = _options()
    try:
        _serve(options.data.absolute(), options.host, options.port)
    except Unusable as problem:
        sys.stderr.write(f"clickhouse: {problem}\n")
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.clickhouse", description="ClickHouse in one process.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of its data; made when missing")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=8123, help="port to listen on; 0 takes a free one")
    return parser.parse_args()


def _serve(folder: Path, host: str, port: int) -> None:
    with closing(address.listening(host, port)) as listener, claimed(folder):
        # chDB loads PyArrow when it finds it: 40 MB and 0.4 s for formats of its Python API, which nobody calls here.
        sys.modules["pyarrow"] = None  # type: ignore[assignment]
        from infra.clickhouse.engine import Engine

        engine = Engine(folder)
        sys.stdout.write(f"ClickHouse {engine.version} at {address.url(listener)} on {folder}\n")
        sys.stdout.flush()
        _run(engine, listener)


def _run(engine: "Engine", listener: socket.socket) -> None:
    import uvicorn

    from infra.clickhouse.server import MAX_ADDRESS, Workers, application

    workers = Workers()
    server = uvicorn.Server(
        uvicorn.Config(
            application(engine, workers),
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=300,
            timeout_graceful_shutdown=GRACE,
            h11_max_incomplete_event_size=MAX_ADDRESS,
        )
    )
    # uvicorn raises the signal that ended it once more; without this it would count as a death by signal.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    server.run(sockets=[listener])
    if not workers.finish(seconds=1):
        # The end of the interpreter waits for the query's thread; what was acknowledged is in the folder either way.
        os._exit(0)
    engine.close()


if __name__ == "__main__":
    sys.exit(main())
