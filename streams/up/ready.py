"""Waits, in words, until a message can be answered."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec

from streams.settings import Settings

Say = Callable[[str], None]
POLL_S = 0.25
TOOLS_S = 30.0
"""Seconds that the tools may take beyond everything else: without them the rest answers all the same."""


async def until_ready(settings: Settings, say: Say) -> None:
    """Returns once the gateway says that it is ready; says what it waits for meanwhile."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        await _until("the broker", lambda: _listens(settings.kafka.split(",")[0].strip()), say)
        await _until("ClickHouse", lambda: _status(client, f"{settings.clickhouse_url}/ping"), say)
        if "business" in settings.parts:
            await _until("the business system", lambda: _status(client, f"{settings.business_url}/health"), say)
        await _until("the gateway", lambda: _status(client, f"{address(settings)}/readyz"), say)
        with suppress(TimeoutError):
            async with asyncio.timeout(TOOLS_S):
                await _until("the tools", lambda: _ready(client, settings, "tools"), say)


async def until_monitored(log: Path, offset: int, say: Say) -> None:
    """Returns once the Flink job has said in its log, after ``offset``, that it watches."""
    say("monitoring (Flink) is still starting; answers do not wait for it")
    while "watching " not in _text(log, offset):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(1)
    say("monitoring runs")


async def say_models(settings: Settings, say: Say) -> None:
    """Says so where no model can be asked: the system then answers from scripts and knowledge alone."""
    from streams.pool.configured import pool_status

    status = await pool_status(settings)
    if status.status != "online":
        say(f"offline mode, answers come from scripts and knowledge: {status.reason}")


def address(settings: Settings) -> str:
    host = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
    return f"http://{host}:{settings.http_port}"


async def _until(name: str, missing: Callable[[], Awaitable[str]], say: Say) -> None:
    said = None
    while reason := await missing():
        if reason != said:
            say(f"waiting for {name}… ({reason})" if reason != _SILENT else f"waiting for {name}…")
            said = reason
        await asyncio.sleep(POLL_S)


_SILENT = "does not answer yet"


async def _listens(server: str) -> str:
    host, _, port = server.rpartition(":")
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host.strip("[]"), int(port)), 5)
    except (OSError, TimeoutError):
        return _SILENT
    writer.close()
    return ""


async def _status(client: httpx.AsyncClient, url: str) -> str:
    """Empty where the answer is 200, else the reason, as far as the answer tells one."""
    try:
        answer = await client.get(url)
    except httpx.HTTPError:
        return _SILENT
    return "" if answer.status_code == 200 else reason(answer.status_code, answer.content)


async def _ready(client: httpx.AsyncClient, settings: Settings, check: str) -> str:
    """Empty where one check of the gateway's readiness is well, or unknown."""
    try:
        answer = await client.get(f"{address(settings)}/readyz")
        told = msgspec.json.decode(answer.content, type=_Readiness).checks.get(check)
    except httpx.HTTPError:
        return _SILENT
    except msgspec.DecodeError:
        return ""
    return "" if told is None or told.ok else told.reason or _SILENT


def reason(status: int, body: bytes) -> str:
    """The first failed check of a ``/readyz`` answer in words, else the status."""
    try:
        checks = msgspec.json.decode(body, type=_Readiness).checks
    except msgspec.DecodeError:
        checks = {}
    failed = [f"{name}: {check.reason}" if check.reason else name for name, check in checks.items() if not check.ok]
    return failed[0] if failed else f"status {status}"


class _Check(msgspec.Struct, frozen=True):
    ok: bool
    reason: str = ""


class _Readiness(msgspec.Struct, frozen=True):
    checks: dict[str, _Check]


def _text(log: Path, offset: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(offset)
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
