"""Users: the owner, who needs no password on loopback, and a reader for dashboards."""

import hmac
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.clickhouse.address import is_loopback
from infra.clickhouse.errors import ACCESS_DENIED, AUTHENTICATION_FAILED, failure

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class User:
    """Who asks: what the password is, and how many bytes of body a request may bring."""

    name: str
    password: str = ""
    reads_only: bool = False
    max_body: int = 4096 * MIB


OWNER = User("default")
VIEWER = User("viewer", reads_only=True, max_body=16 * MIB)
USERS: Mapping[str, User] = {user.name: user for user in (OWNER, VIEWER)}


def authenticated(users: Mapping[str, User], options: Mapping[str, str], headers: Mapping[str, str]) -> User:
    """The user that the request's credentials name; the owner when they name nobody. Raises Failure."""
    name, password = _credentials(options, headers)
    user = users.get(name or OWNER.name)
    if user is None or not hmac.compare_digest(user.password.encode(), password.encode()):
        text = f"{name}: Authentication failed: password is incorrect, or there is no user with such name."
        raise failure(AUTHENTICATION_FAILED, text)
    return user


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
    named = {name for name in ("x-clickhouse-user", "x-clickhouse-key") if name in headers}
    if ((scheme or named) and ("user" in options or "password" in options)) or (scheme and named):
        text = "Invalid authentication: it is not allowed to use several ways of authentication in one request."
        raise failure(AUTHENTICATION_FAILED, text)
    if scheme.lower() == "basic":
        return _basic(secret)
    if scheme:
        return scheme, secret
    if named:
        return headers.get("x-clickhouse-user", ""), headers.get("x-clickhouse-key", "")
    return options.get("user", ""), options.get("password", "")


def _basic(secret: str) -> tuple[str, str]:
    try:
        user, _, password = b64decode(secret, validate=True).decode().partition(":")
    except ValueError:
        return "", "unreadable"
    return user, password


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
