"""A view of the pool for people: servers, models, slots, rates, breakers, the plan."""

import msgspec

from agents.models.plan import Plan
from streams.pool.pool import OllamaPool
from streams.pool.server import Server

VIEW = "models.pool."
"""Settings of this prefix and a worker's name hold its view of the pool."""


class ServerView(msgspec.Struct, frozen=True):
    """One server as a worker sees it. ``first_ms``: a hundred prompt tokens read anew; ``tokens_per_s``: one answer."""

    url: str
    state: str
    slots: int
    in_flight: int
    models: tuple[str, ...]
    conversations: int
    first_ms: float | None
    tokens_per_s: float | None
    problem: str


class PoolView(msgspec.Struct, frozen=True):
    """The pool as one inference worker sees it; ``waiting`` are questions without a slot."""

    worker: str
    waiting: int
    servers: tuple[ServerView, ...]
    breakers: dict[str, str]
    plan: Plan


def view(worker: str, pool: OllamaPool, plan: Plan) -> PoolView:
    """What is known now."""
    breakers: dict[str, str] = {model: str(state) for model, state in pool.breakers.states().items()}
    return PoolView(worker, pool.admission.waiting, tuple(map(_server, pool.servers)), breakers, plan)


def _server(server: Server) -> ServerView:
    rates = server.load.rates
    return ServerView(
        url=server.url,
        state=server.breaker.state,
        slots=server.load.slots,
        in_flight=server.in_flight,
        models=tuple(sorted(server.load.models)),
        conversations=len(server.load.cached),
        first_ms=None if rates.prefill is None else round(rates.prefill * 100_000, 1),
        tokens_per_s=None if not rates.decode else round(1 / rates.decode, 1),
        problem=server.problem,
    )
