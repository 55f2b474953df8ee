"""Requests: what a request to ClickHouse's HTTP interface asks for, as the real server reads it."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from infra.clickhouse import compression, multipart
from infra.clickhouse.access import User
from infra.clickhouse.errors import INVALID_SESSION_TIMEOUT, QUERY_IS_TOO_LARGE, Failure, failure
from infra.clickhouse.framing import unframed
from infra.clickhouse.multipart import External
from infra.clickhouse.query import Query, Session
from infra.clickhouse.statement import Statement, parse

MIB = 1 << 20
MAX_QUERY = 16 * MIB
"""Bytes of a query without its rows; the setting max_query_size bounds it further."""

MAX_EXTERNAL = 256 * MIB
"""Bytes of a body with external data, which is held in memory."""

_HEAD = MIB // 4
_MAX_SESSION_TIMEOUT = 3600

# Parameters of the interface itself (src/Server/HTTPHandler.cpp); every other one is a setting of the query.
_RESERVED_NAMES = (
    "query query_id database default_format user password quota_key role stacktrace buffer_size wait_end_of_query "
    "compress decompress session_id session_timeout session_check close_session client_protocol_version"
)
_RESERVED = frozenset(_RESERVED_NAMES.split())
_PARAMETER = "param_"
_NO_TEXT = re.compile("[\udc80-\udcff]")
"""Bytes of an address that are no UTF-8, as Python keeps them."""
_ABOUT_TABLES = ("_structure", "_types", "_format")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: `options` of its address, header names in lower case, the body's parts still encoded.

    `roles` are those of its address, of which there may be several.
    """

    method: str
    options: Mapping[str, str]
    headers: Mapping[str, str]
    body: Iterable[bytes] = ()
    roles: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether there is a query, rather than a look at whether the server is there."""
        return self.method == "POST" or bool(self.options)

    def on(self, name: str) -> bool:
        """Whether an option of the interface is on."""
        return self.options.get(name, "0").lower() not in {"", "0", "false"}


def query(request: Request, user: User, query_id: str) -> Query:
    """The query of the request. Raises Failure when it cannot be read."""
    body = _plain(request, user)
    options = dict(request.options)
    files: list[multipart.Part] = []
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        files = _form(kind, body, options)
        body = iter(())
    statement, rows = _parted(options.get("query", ""), body)
    return Query(
        statement,
        id=query_id,
        user=user,
        rows=rows,
        default_format=request.headers.get("x-clickhouse-format") or options.get("default_format") or "TabSeparated",
        database=request.headers.get("x-clickhouse-database") or options.get("database", ""),
        settings=_settings(options, files),
        parameters=_parameters(options),
        external=_external(files, options),
        session=_session(request),
        read_only=request.method != "POST" or user.reads_only,
        roles=request.roles,
        protocol=_whole_number(options.get("client_protocol_version", "")),
    )


def _plain(request: Request, user: User) -> Iterator[bytes]:
    """The body as it was before it was compressed, in one way or in two."""
    body = _limited(request.body, user.max_body)
    body = compression.decoded(body, request.headers.get("content-encoding", ""))
    return unframed(body) if request.on("decompress") else body


def _settings(options: Mapping[str, str], files: Iterable[multipart.Part]) -> dict[str, str]:
    about = {file.name + ending for file in files for ending in _ABOUT_TABLES}
    return {
        name: value
        for name, value in options.items()
        if name not in _RESERVED and name not in about and not name.startswith(_PARAMETER)
    }


def _parameters(options: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(_PARAMETER): _NO_TEXT.sub(lambda byte: f"\\x{ord(byte[0]) - 0xDC00:02X}", value)
        for name, value in options.items()
        if name.startswith(_PARAMETER)
    }


def _form(kind: str, body: Iterable[bytes], options: dict[str, str]) -> list[multipart.Part]:
    """The files of a form; its fields join the options."""
    found = list(multipart.parts(kind, b"".join(_limited(body, MAX_EXTERNAL))))
    options |= {part.name: part.contents.decode(errors="replace") for part in found if not part.is_file}
    return [part for part in found if part.is_file]


def _external(files: Iterable[multipart.Part], options: Mapping[str, str]) -> tuple[External, ...]:
    return tuple(multipart.external(file, options) for file in files)


def _parted(text: str, body: Iterator[bytes]) -> tuple[Statement, Iterator[bytes]]:
    """The statement, and the rows behind it, of which only the first part has been read."""
    head = text.encode("utf-8", "surrogateescape") + b"\n" if text else b""
    for part in body:
        head += part
        if len(head) > _HEAD:
            break
    statement = _insert(head)
    if statement and statement.rows is not None:
        return statement, (part for part in itertools.chain([statement.rows], body) if part)
    return parse(b"".join([head, *_limited(body, MAX_QUERY)])), iter(())


def _insert(head: bytes) -> Statement | None:
    """The INSERT that the body may begin with."""
    try:
        return parse(head) if b"INSERT" in head.upper() else None
    except Failure:
        return None


def _limited(parts: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > limit:
            raise failure(QUERY_IS_TOO_LARGE, f"The body is larger than {limit} bytes: send it in several requests.")
        yield part


def _session(request: Request) -> Session | None:
    name = request.options.get("session_id", "")
    if not name:
        return None
    asked = request.options.get("session_timeout", "60")
    if not asked.isdecimal() or int(asked) > _MAX_SESSION_TIMEOUT:
        text = f"Invalid session timeout: '{asked}'; it is a number of seconds up to {_MAX_SESSION_TIMEOUT}"
        raise failure(INVALID_SESSION_TIMEOUT, text)
    return Session(name, int(asked), request.on("session_check"), request.on("close_session"))


def _whole_number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
