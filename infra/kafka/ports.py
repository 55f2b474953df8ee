"""Ports: which are free, and who holds one that is not."""

import random
import socket
from collections.abc import Iterable
from contextlib import suppress

import psutil

from infra.kafka.refused import Refused

QUIET = range(21_000, 25_000)
"""Systems give ports from 32768 on to whoever asks for any; of these, nobody gets one between choice and use."""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now, and that the system gives to nobody else."""
    return first_free(random.sample(QUIET, len(QUIET)), host)


def first_free(ports: Iterable[int], host: str = "127.0.0.1") -> int:
    """The first of these ports that nobody listens on now. Raises OSError where there is none."""
    for port in ports:
        with socket.socket(_family(host)) as probe, suppress(OSError):
            probe.bind((host, port))
            return port
    raise OSError(f"none of the ports that were tried is free on {host}")


def require_free(host: str, port: int) -> None:
    """Raises Refused, naming the program that holds the port, where nobody else can listen on it."""
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise Refused(
                f"cannot listen on {host}:{port} ({problem.strerror}; held by {holder(port)}): "
                "stop that program, or set KEFU_KAFKA to another address, such as 127.0.0.1:19092"
            ) from None


def holder(port: int) -> str:
    """Name and pid of the program that listens on a TCP port, as far as this user may see it."""
    try:
        listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        known = [c.pid for c in listening if c.pid and c.laddr and c.laddr.port == port]
        return f"{psutil.Process(known[0]).name()}, pid {known[0]}" if known else "a program of another user"
    except psutil.Error:
        return "a program that cannot be seen from here"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
