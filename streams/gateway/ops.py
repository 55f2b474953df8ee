"""The operations API and the conversations' history: JSON for the pages, out of the store."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from schemas import times
from streams.gateway import queries
from streams.gateway.documents import described
from streams.gateway.ports import GatewayDeps, Row
from streams.gateway.replies import json_response
from streams.gateway.state import State

DAY_MS = 86_400_000
LOOK_BACK_MS = 7 * DAY_MS
"""How far back the list of conversations looks."""
TURNS = 200
LISTS = {"sources": "source", "intents": "intent", "channels": "channel", "sentiment": "label"}

NOTHING: Row = {"messages": 0, "replies": 0, "negative_share": None, "p50_ms": None, "p95_ms": None, "p99_ms": None}

Limit = Annotated[int, Query(ge=1, le=500)]


class Ops:
    """The routes over the gateway's state and the store."""

    def __init__(self, state: State, deps: GatewayDeps) -> None:
        self._state, self._deps = state, deps

    def router(self) -> APIRouter:
        router = APIRouter(tags=["operations"])
        routes: dict[str, tuple[Callable[..., Any], str]] = {
            "/v1/conversations/{conversation_id:path}": (self.conversation, "A conversation's turns, oldest first."),
            "/v1/ops/summary": (self.summary, "Volume, latency, mood, sources and intents of the last minutes."),
            "/v1/ops/pool": (self.pool, "The model servers as each inference worker sees them."),
            "/v1/ops/lag": (self.lag, "Records not yet worked on, by consumer group and topic."),
            "/v1/ops/alerts": (self.alerts, "The newest alerts."),
            "/v1/ops/conversations": (self.conversations, "The conversations of the last days, newest first."),
            "/v1/ops/trace/{message_id:path}": (self.trace, "A message's steps, in order."),
        }
        for path, (endpoint, summary) in routes.items():
            router.add_api_route(path, endpoint, methods=["GET"], **described(summary, None, 422, 503))
        return router

    async def conversation(self, conversation_id: str) -> Response:
        rows = await self._deps.store.rows(queries.turns(conversation_id, TURNS))
        return json_response({"conversation_id": conversation_id, "turns": [_opened(row, "citations") for row in rows]})

    async def summary(self, minutes: Annotated[int, Query(ge=1, le=10_080)] = 60) -> Response:
        since = self._now_ms() - minutes * 60_000
        asked = (queries.figures(since), queries.counts(since))
        figures, counts = await asyncio.gather(*(self._deps.store.rows(question) for question in asked))
        minutely = [row for row in figures if row["per_minute"]]
        models = msgspec.to_builtins(self._state.hub.models)
        lists = {name: _counted(counts, dimension) for name, dimension in LISTS.items()}
        return self._dated({"totals": _totals(figures), "series": minutely, **lists, "models": models})

    async def pool(self) -> Response:
        views = sorted(self._state.hub.pools.items())
        workers = [{**told.value, "seen_at": told.occurred_at} for _, told in views if isinstance(told.value, dict)]
        return self._dated({"workers": workers})

    async def lag(self) -> Response:
        return self._dated({"groups": await self._deps.lag()})

    async def alerts(self, limit: Limit = 20) -> Response:
        return self._dated({"alerts": await self._deps.store.rows(queries.alerts(limit))})

    async def conversations(self, limit: Limit = 20) -> Response:
        question = queries.conversations(self._now_ms() - LOOK_BACK_MS, limit)
        return self._dated({"conversations": await self._deps.store.rows(question)})

    async def trace(self, message_id: str) -> Response:
        rows = await self._deps.store.rows(queries.trace(message_id))
        return json_response({"message_id": message_id, "events": [_opened(row, "detail") for row in rows]})

    def _now_ms(self) -> int:
        return int(self._state.clock() * 1000)

    def _dated(self, content: dict[str, Any]) -> Response:
        return json_response({"generated_at": times.rfc3339(self._state.clock()), **content})


def _totals(figures: list[Row]) -> Row:
    """The figures over the whole time; where nothing happened, shares and latencies are null."""
    totals = next((row for row in figures if not row["per_minute"]), NOTHING)
    messages, replies = totals["messages"], totals["replies"]
    share = min(1.0, replies / messages) if messages else None
    return {name: totals.get(name) for name in NOTHING} | {"answered_share": share}


def _counted(counts: list[Row], dimension: str) -> list[Row]:
    return [{dimension: row["name"], "count": row["count"]} for row in counts if row["dimension"] == dimension]


def _opened(row: Row, name: str) -> Row:
    """The row with a column of JSON text as the value that it stands for."""
    text = row[name]
    return {**row, name: msgspec.json.decode(text) if text else ([] if name == "citations" else {})}
