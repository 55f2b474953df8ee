"""Faults on command: what a business system does on a bad day, for tests. Off unless started with them."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.business.refusals import Malformed

Kind = Literal["latency", "error", "hang", "garbage", "reset"]
KINDS = ("latency", "error", "hang", "garbage", "reset")
ADMIN = "/admin/"


@dataclass(slots=True)
class Fault:
    """What happens to requests whose path begins with ``path``, the next ``count`` times.

    ``after``: the request is worked on first, and then its answer is lost. ``seconds`` is the latency, ``status`` the
    error's.
    """

    kind: Kind
    path: str = "/"
    count: int = 1_000_000_000
    after: bool = False
    seconds: float = 0.5
    status: int = 503


def fault(body: Any) -> Fault:
    """Raises Malformed."""
    try:
        made = Fault(**body)
    except TypeError as problem:
        raise Malformed(f"no fault: {problem}") from None
    if made.kind not in KINDS:
        raise Malformed(f"kind must be one of {', '.join(KINDS)}")
    if made.kind == "latency" and made.after:
        raise Malformed("an answer that comes late is not lost: leave after out")
    return made


class Faults:
    """ASGI round the service; ``now`` are the faults that are on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.now: list[Fault] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._taken(scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.after:
            await self._app(scope, receive, _unheard)
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
        elif fault.kind == "hang":
            await _until_gone(receive)
        else:
            await _broken(fault, send)

    def _taken(self, path: str) -> Fault | None:
        if path.startswith(ADMIN):
            return None
        found = next((fault for fault in self.now if path.startswith(fault.path) and fault.count > 0), None)
        if found is not None:
            found.count -= 1
        return found


async def _unheard(_: Message) -> None:
    """An answer that nobody gets."""


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _broken(fault: Fault, send: Send) -> None:
    """An answer that says less than it should; an incomplete one makes the server cut the connection."""
    whole = fault.kind != "reset"
    body = b"<html>502 Bad Gateway</html>" if whole else b'{"order'
    status = fault.status if fault.kind == "error" else 200
    length = str(len(body) if whole else 1000).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
