"""Whether messages can be answered now: each check with its reason."""

import asyncio
from collections.abc import Mapping
from typing import Any

from confluent_kafka.admin import AdminClient

from schemas.errors import Unavailable
from streams import topology
from streams.gateway.groups import Group, groups
from streams.gateway.ports import Check, Question, Store


async def examine(checks: Mapping[str, Check], optional: frozenset[str], timeout_s: float) -> dict[str, Any]:
    """Run all checks at once: ``status`` is ready, degraded (an optional one failed) or not ready."""
    reasons = await asyncio.gather(*(_reason(check, timeout_s) for check in checks.values()))
    failed = {name: reason for name, reason in zip(checks, reasons, strict=True) if reason is not None}
    status = "not ready" if set(failed) - optional else "degraded" if failed else "ready"
    return {"status": status, "checks": {name: _told(failed.get(name)) for name in checks}}


def _told(reason: str | None) -> dict[str, Any]:
    return {"ok": True} if reason is None else {"ok": False, "reason": reason}


async def _reason(check: Check, timeout_s: float) -> str | None:
    try:
        return await asyncio.wait_for(check(), timeout_s)
    except TimeoutError:
        return f"no answer within {timeout_s:g} s"
    except Unavailable as problem:
        return str(problem)


def kafka(client: AdminClient) -> Check:
    """Whether a broker answers."""

    async def check() -> str | None:
        await asyncio.to_thread(topology.existing, client)
        return None

    return check


def clickhouse(store: Store) -> Check:
    """Whether the store answers."""

    async def check() -> str | None:
        await store.rows(Question("alive", "SELECT 1 AS one"))
        return None

    return check


def group(client: AdminClient, name: str, topic: str) -> Check:
    """Whether every partition of a topic is assigned to a member of a consumer group, as after its start."""

    async def check() -> str | None:
        return await asyncio.to_thread(unassigned, client, name, topic)

    return check


def unassigned(client: AdminClient, name: str, topic: str) -> str | None:
    """What is missing until the group reads the whole topic; None when nothing is. Raises Unavailable."""
    wanted = topology.existing(client).get(topic, 0)
    found = next(iter(groups(client, name)), Group(name, "Dead", frozenset()))
    if found.state != "Stable":
        return f"group {name} is {found.state.lower()}; its worker is starting or gone"
    read = sum(place[0] == topic for place in found.assigned)
    return None if wanted and read == wanted else f"group {name} reads {read} of {wanted} partitions of {topic}"
