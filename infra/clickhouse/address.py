"""The address: loopback only, because there are no passwords behind it."""

import socket
from ipaddress import ip_address

from infra.clickhouse.errors import Unusable


def is_loopback(host: str) -> bool:
    """Whether the name or address can only be this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises Unusable."""
    if not is_loopback(host):
        raise Unusable(f"--host {host} is not a loopback address and there are no passwords here; use 127.0.0.1")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as problem:
        listener.close()
        reason = getattr(problem, "strerror", None) or problem
        raise Unusable(
            f"port {port} of {host} is not free ({reason}); stop its user or choose another --port"
        ) from None
    return listener


def url(listener: socket.socket) -> str:
    """Where clients reach it."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
