"""The pool that the settings name."""

from contextlib import aclosing

from agents.models.plan import Plan
from streams.pool.model_breakers import ModelBreakers
from streams.pool.pool import OllamaPool, PoolStatus
from streams.pool.server import Limits, Server
from streams.settings import Settings


def plan_of(settings: Settings) -> Plan:
    """The plan of models while ``control.settings.v1`` has none."""
    return Plan(default=settings.model, fallback=settings.fallback_model, vision=settings.vision_model)


def pool_of(settings: Settings, breakers: ModelBreakers | None = None) -> OllamaPool:
    """The pool."""
    limits = Limits(
        first_token=settings.model_first_token_s, silence=settings.model_silence_s, whole=settings.model_timeout_s
    )
    servers = [Server(url, limits) for url in settings.servers]
    return OllamaPool(servers, slots=settings.model_slots, breakers=breakers)


async def pool_status(settings: Settings) -> PoolStatus:
    """Ask the servers once whether models can be asked."""
    pool = pool_of(settings)
    async with aclosing(pool):
        return await pool.probe(plan_of(settings).models)
