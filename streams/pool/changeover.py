"""Changeover: a new plan comes into force when its models stand in the servers' memory; till then the old one holds."""

import asyncio
import logging
from collections.abc import Sequence

from agents.models.plan import Plan
from schemas.errors import Unavailable
from streams.pool.rules import LiveRules
from streams.pool.server import Server, named

log = logging.getLogger("kefu.pool")

LOOK_S = 0.5
"""Seconds between two looks at what the settings want."""


async def change_over(rules: LiveRules, servers: Sequence[Server]) -> None:
    """Bring each plan that the settings want into force, for ever."""
    while True:
        if rules.wanted is not rules.plan:
            wanted = rules.wanted
            await _preload(rules.plan, wanted, servers)
            rules.plan = wanted
            log.info("models now: %s", _said(wanted))
        await asyncio.sleep(LOOK_S)


async def _preload(old: Plan, new: Plan, servers: Sequence[Server]) -> None:
    """Load what the plan puts before more people: one server after the other, so that the rest go on answering."""
    for model in _grown(old, new):
        there = [server for server in servers if named(model) not in server.lacking]
        for server in there:
            try:
                await server.preload(model, new.options_of(model))
            except Unavailable as problem:
                log.warning("%s: %s: %s", model, server.url, problem)


def _grown(old: Plan, new: Plan) -> list[str]:
    """Models that now answer for everybody. One that gets a share is loaded by its first question."""
    full = [new.release.model] if new.release is not None and new.release.percent >= 100 else []
    return [model for model in dict.fromkeys((new.default, *full)) if model != old.default]


def _said(plan: Plan) -> str:
    parts = [plan.default]
    parts += [f"fallback {plan.fallback}"] if plan.fallback else []
    parts += [f"images {plan.vision}"] if plan.vision else []
    parts += [f"{plan.release.model} for {plan.release.percent:g} % as {plan.release.name}"] if plan.release else []
    parts += [f"{plan.shadow.model} in the shadow of {plan.shadow.percent:g} %"] if plan.shadow else []
    return ", ".join(parts)
