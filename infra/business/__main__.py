"""Runs the business system: ``python -m infra.business --data FOLDER``. Its token comes from KEFU_BUSINESS_TOKEN."""

import argparse
import datetime
import fcntl
import os
import socket
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from infra.business.app import Service, now
from infra.business.store import Store

FAREWELL_S = 3


class Unusable(Exception):
    """It cannot start like this; the text says what to change."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.business", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of its data")
    parser.add_argument("--host", default="127.0.0.1", help="address; loopback only without a token")
    parser.add_argument("--port", type=int, default=8010, help="port; 0 chooses a free one")
    parser.add_argument("--faults", action="store_true", help="let POST /admin/faults make it fail, for tests")
    given = parser.parse_args(arguments)
    try:
        lock = claimed(given.data)
        address = listening(given.host, given.port, os.environ.get("KEFU_BUSINESS_TOKEN", ""))
        store = Store(given.data / "business.sqlite", datetime.datetime.now(datetime.UTC).date())
    except (Unusable, OSError, sqlite3.Error) as problem:
        sys.stderr.write(f"business: {problem}\n")
        return 1
    serve(store, address, faults=given.faults)
    store.close()
    os.close(lock)
    return 0


def claimed(folder: Path) -> int:
    """Own the folder until this process ends, kill -9 included; the open file of the lock. Raises Unusable."""
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / "business.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Unusable(f"{folder} is in use by another one; stop it or choose another --data") from None
    return file


def listening(host: str, port: int, token: str) -> socket.socket:
    """A bound socket. Raises Unusable where the address cannot or must not be taken."""
    if host not in ("127.0.0.1", "localhost", "::1") and not token:
        raise Unusable(f"--host {host}: without KEFU_BUSINESS_TOKEN it binds to loopback only")
    address = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    address.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        address.bind((host, port))
    except OSError as problem:
        address.close()
        raise Unusable(
            f"port {port} of KEFU_BUSINESS_URL cannot be taken on {host} ({problem.strerror}): stop its user, or name "
            "another port there"
        ) from None
    return address


def serve(store: Store, address: socket.socket, *, faults: bool) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    service = Service(store, token=os.environ.get("KEFU_BUSINESS_TOKEN", ""), clock=now)
    host, port = address.getsockname()[:2]
    sys.stdout.write(f"listening on http://{host}:{port}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        service.with_faults() if faults else service.app(),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=FAREWELL_S,
    )
    uvicorn.Server(config).run(sockets=[address])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
