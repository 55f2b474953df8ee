"""Examines the system from outside and says what is wrong and how to mend it."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from schemas.errors import KefuError
from streams import store, topology
from streams.pool.configured import pool_status
from streams.settings import Settings
from streams.up import failing, preflight
from streams.up.leftovers import SUPERVISOR, Roster

LITTLE_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``wrong`` findings say the mend; ``note`` ones are good to know."""

    what: str
    wrong: bool
    text: str

    def line(self) -> str:
        return f"{'✗' if self.wrong else '✓'} {self.what}: {self.text}"


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed."""
    looks: list[tuple[str, Callable[[Settings], str]]] = [
        ("disk", _disk),
        ("processes", _processes),
        ("Kafka", _kafka),
        ("ClickHouse", _clickhouse),
        ("gateway", _gateway),
        ("models", _models),
        ("tools", _tools),
    ]
    return [_look(what, look, settings) for what, look in looks]


def _look(what: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what, False, look(settings))
    except KefuError as problem:
        return Finding(what, True, str(problem))


class Wrong(KefuError):
    """Something to mend; the text says how."""


def _disk(settings: Settings) -> str:
    home = settings.home.absolute()
    free = shutil.disk_usage(next(folder for folder in (home, *home.parents) if folder.is_dir())).free
    if free < LITTLE_DISK:
        raise Wrong(f"{free / 1024**3:.1f} GiB free under {settings.home}; make room for at least 2 GiB")
    return f"{free / 1024**3:.0f} GiB free"


def _processes(settings: Settings) -> str:
    running = Roster(settings.home.absolute()).alive()
    if SUPERVISOR not in running:
        return f"none that `kefu up` has started on {settings.home}"
    for name, how in failing.noted(settings.home.absolute()).items():
        raise Wrong(f"{name} fails again and again ({how}); {settings.home / 'logs' / name}.log says why")
    return f"{len(running) - 1} of `kefu up` run"


def _kafka(settings: Settings) -> str:
    try:
        there = topology.existing(topology.admin(settings.kafka))
    except KefuError as problem:
        raise Wrong(f"no broker at KEFU_KAFKA={settings.kafka} ({problem}); start one with `make run`") from None
    missing = [name for name in topology.wanted() if name not in there]
    if missing:
        raise Wrong(f"{len(missing)} topics are missing, such as {missing[0]}; run `kefu migrate`")
    return f"{settings.kafka}, all {len(topology.wanted())} topics are there"


def _clickhouse(settings: Settings) -> str:
    try:
        with store.connect(settings) as client:
            rows = client.command("SELECT count() FROM conversation_log")
            missing = client.command("SELECT sum(missing) FROM reconciliation")
    except Exception as problem:
        first = (str(problem) or type(problem).__name__).splitlines()[0]
        raise Wrong(f"{settings.clickhouse_url}: {first}; start it with `make run`, then `kefu migrate`") from None
    if str(missing) not in ("0", "\\N", ""):
        raise Wrong(f"{missing} log records are missing: the view `reconciliation` shows which")
    return f"{settings.clickhouse_url}, {rows} log rows, none missing"


def _gateway(settings: Settings) -> str:
    host = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
    address = f"http://{host}:{settings.http_port}"
    try:
        answer = httpx.get(f"{address}/readyz", timeout=5, trust_env=False)
    except httpx.HTTPError as problem:
        raise Wrong(f"{address} does not answer ({problem}); start it with `make run`") from None
    if answer.status_code != 200:
        raise Wrong(f"{address} is not ready: {answer.text[:300]}")
    return f"{address} is ready"


def _tools(settings: Settings) -> str:
    from streams.tools import registry

    found = registry.installed()
    if found.problems:
        raise Wrong("; ".join(f"the plugin {name} is left out: {why}" for name, why in found.problems.items()))
    url = preflight.business_url(settings)
    try:
        httpx.get(url, timeout=5, trust_env=False)
    except httpx.HTTPError as problem:
        reason = f"no business system at KEFU_BUSINESS_URL={url} ({problem}); tools say so meanwhile"
        if "business" in settings.parts:
            raise Wrong(f"{reason}; start it with `make run`") from None
        return reason
    return f"{len(found.plugins)}, with the business system at {url}"


def _models(settings: Settings) -> str:
    status = asyncio.run(pool_status(settings))
    if status.status != "online":
        return f"offline: {status.reason}. kefu answers from scripts and knowledge; start Ollama for more"
    return f"{settings.model} at {', '.join(status.servers)}"
