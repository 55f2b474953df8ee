"""Requests: what a request to ClickHouse's HTTP interface asks for, as the real server reads it."""

import email
import email.policy
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from infra.clickhouse import compression
from infra.clickhouse.address import is_loopback
from infra.clickhouse.errors import ACCESS_DENIED, AUTHENTICATION_FAILED, NOT_IMPLEMENTED, failure
from infra.clickhouse.query import Query
from infra.clickhouse.statement import parse

# Parameters of the interface itself (src/Server/HTTPHandler.cpp); every other one is a setting of the query.
_RESERVED_NAMES = (
    "query query_id database default_format user password quota_key role stacktrace buffer_size wait_end_of_query "
    "compress decompress session_id session_timeout session_check close_session client_protocol_version"
)
_RESERVED = frozenset(_RESERVED_NAMES.split())
_PARAMETER = "param_"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: `options` of its address, header names in lower case, the body still encoded."""

    method: str
    options: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def asks(self) -> bool:
        """Whether there is a query, rather than a look at whether the server is there."""
        return self.method == "POST" or "query" in self.options


def query(request: Request) -> Query:
    """The query of the request. Raises Failure when it may not be asked, cannot be read, or is not served yet."""
    check_origin(request.headers)
    check_user(request.options, request.headers)
    options = dict(request.options)
    body = compression.decoded(request.body, request.headers.get("content-encoding", ""))
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        options |= _form(kind, body)
        body = b""
    _check_served(options)
    text = options.get("query", "")
    return Query(
        parse(text.encode() + b"\n" + body if text else body),
        default_format=options.get("default_format") or request.headers.get("x-clickhouse-format") or "TabSeparated",
        database=options.get("database") or request.headers.get("x-clickhouse-database", ""),
        settings={name: value for name, value in options.items() if not _is_reserved(name)},
        parameters={
            name.removeprefix(_PARAMETER): value for name, value in options.items() if name.startswith(_PARAMETER)
        },
        read_only=request.method != "POST",
    )


def check_user(options: Mapping[str, str], headers: Mapping[str, str]) -> None:
    """Let `default` in without a password, as a fresh server does. Raises Failure for everybody else."""
    user, password = _credentials(options, headers)
    if user not in {"", "default"} or password:
        text = f"{user}: Authentication failed: password is incorrect, or there is no user with such name."
        raise failure(AUTHENTICATION_FAILED, text)


def check_origin(headers: Mapping[str, str]) -> None:
    """Refuse what a page of another site sends through the user's browser, which reaches loopback too."""
    for name, prefix in (("host", "//"), ("origin", "")):
        address = headers.get(name, "")
        if address and not is_loopback(_host(prefix + address)):
            raise failure(
                ACCESS_DENIED, f"The {name} {address} is not this machine: ask through 127.0.0.1 or localhost."
            )


def _credentials(options: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = b64decode(secret, validate=True).decode().partition(":")
        except ValueError:
            return "", "unreadable"
        return user, password
    if scheme:
        return scheme, secret
    user = headers.get("x-clickhouse-user") or options.get("user", "")
    return user, headers.get("x-clickhouse-key") or options.get("password", "")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_reserved(name: str) -> bool:
    return name in _RESERVED or name.startswith(_PARAMETER)


def _check_served(options: Mapping[str, str]) -> None:
    for name in ("compress", "decompress"):
        if options.get(name, "0") not in {"0", ""}:
            raise failure(NOT_IMPLEMENTED, f"{name}=1 is not served: use Content-Encoding and Accept-Encoding.")


def _form(kind: str, body: bytes) -> dict[str, str]:
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=email.policy.HTTP)
    return dict(_field(part) for part in message.iter_parts() if isinstance(part, EmailMessage))


def _field(part: EmailMessage) -> tuple[str, str]:
    if part.get_filename() is not None:
        raise failure(NOT_IMPLEMENTED, "External data is not served: insert it into a table first.")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return str(part.get_param("name", "", "content-disposition")), content.decode(errors="replace")
