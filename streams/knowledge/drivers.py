"""Connections to PostgreSQL and MySQL or MariaDB, read only, in one snapshot; errors in words without the password."""

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pg8000.dbapi
import pymysql

from schemas.errors import Misconfigured, Unavailable
from streams.knowledge.declared import Source

TIMEOUT_S = 30
"""Seconds that connecting, or one answer of the database, may take."""
PORTS = {"postgresql": 5432, "mysql": 3306}
ERRORS = (pg8000.dbapi.Error, pymysql.Error, OSError)


def connect(source: Source) -> Any:
    """A DB-API connection (paramstyle format) in a read-only transaction that sees one state of the database.

    Raises Unavailable where the database does not answer or refuses, Misconfigured where the password's variable is
    missing.
    """
    password = _password(source)
    port = source.port or PORTS[source.kind]
    with saying(source, password):
        opened = _OPEN[source.kind](source, port, password)
        try:
            cursor = opened.cursor()
            for statement in _BEGIN[source.kind]:
                cursor.execute(statement)
        except BaseException:
            opened.close()
            raise
        return opened


@contextmanager
def saying(source: Source, password: str = "") -> Iterator[None]:
    """Turns what a driver raises into Unavailable with the source's place, never with its password."""
    try:
        yield
    except ERRORS as problem:
        said = _reason(problem).replace(password, "***") if password else _reason(problem)
        place = f"{source.kind} {source.host}:{source.port or PORTS[source.kind]}/{source.database}"
        raise Unavailable(f"{place}: {said}") from None


def quoted(source: Source, name: str) -> str:
    """A table or column name, possibly with its schema before a dot, as SQL."""
    mark = '"' if source.kind == "postgresql" else "`"
    return ".".join(f"{mark}{part.replace(mark, mark * 2)}{mark}" for part in name.split("."))


def _password(source: Source) -> str:
    if not source.password_env:
        return ""
    password = os.environ.get(source.password_env)
    if password is None:
        raise Misconfigured(f"the environment variable {source.password_env} is not set; it holds the password")
    return password


def _reason(problem: Exception) -> str:
    """PostgreSQL's errors come as a map of fields, of which M is the message; MySQL's as (number, message)."""
    said = problem.args[0] if problem.args else problem
    if isinstance(said, dict):
        return str(said.get("M", said))
    return " ".join(map(str, problem.args)) or type(problem).__name__


def _postgresql(source: Source, port: int, password: str) -> Any:
    """The socket is ours, because the driver leaves its own open when the server refuses."""
    line = socket.create_connection((source.host, port), TIMEOUT_S)
    try:
        return pg8000.dbapi.connect(
            source.user,
            host=source.host,
            sock=line,
            database=source.database,
            password=password or None,
            ssl_context=ssl.create_default_context() if source.tls else None,
            application_name="kefu",
        )
    except BaseException:
        line.close()
        raise


def _mysql(source: Source, port: int, password: str) -> Any:
    return pymysql.connect(
        user=source.user,
        host=source.host,
        port=port,
        database=source.database,
        password=password.encode(),
        charset="utf8mb4",
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
        write_timeout=TIMEOUT_S,
        ssl=ssl.create_default_context() if source.tls else None,
    )


_OPEN: dict[str, Callable[[Source, int, str], Any]] = {"postgresql": _postgresql, "mysql": _mysql}
_BEGIN = {
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET LOCAL TIME ZONE 'UTC'"),
    "mysql": ("SET time_zone = '+00:00'", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"),
}
