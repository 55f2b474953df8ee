"""Asks ClickHouse over HTTP."""

from dataclasses import dataclass

import httpx
import msgspec

from schemas.errors import Unavailable
from streams.gateway.ports import Question, Row

NOT_THERE = ("(UNKNOWN_TABLE)", "(UNKNOWN_DATABASE)")
REFUSED = ("(AUTHENTICATION_FAILED)", "(ACCESS_DENIED)", "(REQUIRED_PASSWORD)", "(WRONG_PASSWORD)")
FORMAT = {
    "default_format": "JSONEachRow",
    "date_time_output_format": "iso",
    "output_format_json_quote_64bit_integers": "0",
    "output_format_json_quote_denormals": "0",
}
MEANWHILE = "messages are answered all the same; history and figures come back with it"


@dataclass(frozen=True, slots=True)
class Access:
    """Where ClickHouse is and who asks."""

    url: str
    database: str = "kefu"
    user: str = "default"
    password: str = ""
    timeout_s: float = 10.0


class ClickHouseStore:
    """Implements Store."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client = httpx.AsyncClient(
            base_url=access.url,
            timeout=access.timeout_s,
            headers={"X-ClickHouse-User": access.user, "X-ClickHouse-Key": access.password},
            trust_env=False,
        )

    async def rows(self, question: Question) -> list[Row]:
        bound = {f"param_{name}": _escaped(value) for name, value in question.parameters.items()}
        try:
            answer = await self._client.post(
                "/", params={"database": self._access.database, **FORMAT, **bound}, content=question.sql
            )
        except httpx.TransportError as problem:
            why = str(problem) or type(problem).__name__
            raise Unavailable(f"ClickHouse at {self._access.url} does not answer ({why}); {MEANWHILE}") from None
        if answer.is_error:
            raise self._meaning(question.name, answer.text)
        return [msgspec.json.decode(line, type=Row) for line in answer.content.splitlines()]

    async def close(self) -> None:
        await self._client.aclose()

    def _meaning(self, name: str, text: str) -> Exception:
        if any(mark in text for mark in NOT_THERE):
            return Unavailable(
                "ClickHouse has no tables yet; the sinks make them at their start, or run `kefu migrate`"
            )
        if any(mark in text for mark in REFUSED):
            return Unavailable("ClickHouse refuses KEFU_CLICKHOUSE_USER with its KEFU_CLICKHOUSE_PASSWORD; mend them")
        return RuntimeError(
            f"ClickHouse could not answer {name}: {text.splitlines()[0] if text else 'no reason given'}"
        )


def _escaped(value: str | float) -> str:
    """A parameter as the HTTP interface reads it: in the escapes of its TabSeparated format."""
    text = str(value)
    for plain, escape in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\0")):
        text = text.replace(plain, escape)
    return text
