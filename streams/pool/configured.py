"""The pool that the settings name."""

from contextlib import aclosing

from streams.pool.pool import OllamaPool, PoolStatus
from streams.pool.server import Limits, Server
from streams.settings import Settings


def pool_of(settings: Settings) -> tuple[OllamaPool, list[Server]]:
    """The pool, and its servers for the metrics."""
    limits = Limits(first_token=settings.model_first_token_s, whole=settings.model_timeout_s)
    servers = [Server(url, limits) for url in settings.servers]
    pool = OllamaPool(servers, model=settings.model, fallback=settings.fallback_model, slots=settings.model_slots)
    return pool, servers


async def pool_status(settings: Settings) -> PoolStatus:
    """Ask the servers once whether models can be asked."""
    pool, _ = pool_of(settings)
    async with aclosing(pool):
        return await pool.probe()
