"""The client of the business system: HTTP with a token, bounded answers, failures by their meaning."""

from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urljoin

import httpx
import msgspec

from schemas.errors import Misconfigured, Rejected, Unavailable

T = TypeVar("T")

LARGEST = 262_144
"""Bytes of an answer that are read."""
CONNECT_S = 2.0
BUSY = (408, 425, 429)
"""Statuses that mean: later."""


class Refused(NamedTuple):
    """A business rule said no: ``code`` for programs, ``message`` for people."""

    code: str
    message: str


class _No(msgspec.Struct):
    code: str
    message: str = ""


class Business:
    """Speaks to one business system. Every failure is Unavailable, Rejected or Misconfigured."""

    def __init__(self, url: str, token: str = "", *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(60.0, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            transport=transport,
            trust_env=False,
        )

    async def get(self, path: str, answer: type[T], *, language: str = "en", **query: str) -> T | Refused:
        """Read something."""
        return await self._told(
            self._client.build_request("GET", path, params=query, headers=_spoken(language)), answer
        )

    async def post(
        self, path: str, answer: type[T], body: dict[str, Any], *, key: str, language: str = "en"
    ) -> T | Refused:
        """Change something, once for each ``key``."""
        headers = _spoken(language) | {"Idempotency-Key": key}
        return await self._told(self._client.build_request("POST", path, json=body, headers=headers), answer)

    def link(self, path: str) -> str:
        """An address in the business system, absolute."""
        return urljoin(f"{self.url}/", path)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _told(self, request: httpx.Request, answer: type[T]) -> T | Refused:
        try:
            response = await self._client.send(request, stream=True)
            try:
                body = await _read(response)
            finally:
                await response.aclose()
        except httpx.TransportError as problem:
            said = str(problem) or type(problem).__name__
            raise Unavailable(f"the business system at {self.url} cannot be reached: {said}") from None
        except httpx.HTTPError as problem:
            raise Rejected(f"the business system's answer cannot be read: {type(problem).__name__}") from None
        return self._meaning(response.status_code, body, answer)

    def _meaning(self, status: int, body: bytes, answer: type[T]) -> T | Refused:
        if status >= 500 or status in BUSY:
            raise Unavailable(f"the business system at {self.url} answered {status}")
        if status == 401:
            raise Misconfigured("the business system refuses the token; set KEFU_BUSINESS_TOKEN to its own")
        if status < 400:
            return _decoded(body, answer, "the business system's answer is not what was asked for")
        no = _decoded(body, _No, f"the business system answered {status} without a reason")
        return Refused(no.code, no.message)


async def _read(response: httpx.Response) -> bytes:
    read = bytearray()
    async for piece in response.aiter_bytes():
        read += piece
        if len(read) > LARGEST:
            raise Rejected(f"the business system's answer has more than {LARGEST} bytes")
    return bytes(read)


def _decoded(body: bytes, kind: type[T], words: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Rejected(words) from None


def _spoken(language: str) -> dict[str, str]:
    return {"Accept-Language": "zh" if language == "zh" else "en"}


def place(text: str) -> str:
    """A text as one part of a path, whatever it holds."""
    return quote(text, safe="")
