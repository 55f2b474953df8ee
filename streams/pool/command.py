"""What ``kefu model`` does: reads the plan, changes it, writes it back."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import msgspec
import yaml

from agents.models import changes
from agents.models.plan import PLAN, Plan, plan_from
from schemas.errors import Misconfigured, Unavailable
from streams import control
from streams.pool.configured import plan_of, pool_of
from streams.pool.server import named
from streams.settings import Settings


def shown(settings: Settings) -> str:
    """The plan, as YAML."""
    return _said(_plan(settings))


def change(settings: Settings, how: str, arguments: Sequence[object], *, needs: str = "") -> str:
    """Make one of agents.models.changes; what the plan is then. Raises Rejected, and Misconfigured where no server has
    the model that the change ``needs``."""
    if needs:
        asyncio.run(_check(settings, needs))
    plan = getattr(changes, how)(_plan(settings), *arguments)
    control.put(settings, PLAN, plan)
    return _said(plan)


def options(given: Sequence[str]) -> dict[str, object]:
    """``name=value`` pairs as a change of options. Raises Misconfigured for what is no pair."""
    changed: dict[str, object] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Misconfigured(f"{pair!r} is no name=value, such as num_ctx=4096")
        changed[name] = yaml.safe_load(value) if value else None
    return changed


def _plan(settings: Settings) -> Plan:
    setting = control.current(settings).get(PLAN)
    return plan_from(setting.value if setting is not None else None, plan_of(settings))


def _said(plan: Plan) -> str:
    value: dict[str, Any] = msgspec.to_builtins(plan)
    return yaml.safe_dump({name: part for name, part in value.items() if part}, sort_keys=False, allow_unicode=True)


async def _check(settings: Settings, model: str) -> None:
    async with aclosing(pool_of(settings)) as pool:
        found = await asyncio.gather(*(server.models() for server in pool.servers), return_exceptions=True)
    for there in found:
        if isinstance(there, frozenset) and named(model) in there:
            return
    problems = [f"{server.url}: {problem}" for server, problem in zip(pool.servers, found, strict=True)
                if isinstance(problem, Unavailable)]  # fmt: skip
    raise Misconfigured(
        f"no server has the model {model}; run `ollama pull {model}` there, or use --force"
        + "".join(f"\n  {problem}" for problem in problems)
    )
