"""GET /livez, /readyz and /metrics."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from streams.gateway.ports import GatewayDeps
from streams.gateway.readiness import examine
from streams.gateway.replies import json_response
from streams.gateway.state import State


class Health:
    """The routes over the checks and the registry."""

    def __init__(self, state: State, deps: GatewayDeps) -> None:
        self._deps = deps
        self._checks = {"outbox": state.hub.problem, **deps.checks}

    def router(self) -> APIRouter:
        router = APIRouter(tags=["health"])
        router.add_api_route("/livez", self.live, methods=["GET"], summary="Whether the gateway runs.")
        router.add_api_route("/readyz", self.ready, methods=["GET"], summary="Whether messages can be answered.")
        router.add_api_route("/metrics", self.metrics, methods=["GET"], summary="Metrics for Prometheus.")
        return router

    async def live(self) -> Response:
        return json_response({"status": "alive"})

    async def ready(self) -> Response:
        found = await examine(self._checks, self._deps.optional, self._deps.limits.check_timeout_s)
        return json_response(found, 503 if found["status"] == "not ready" else 200)

    async def metrics(self) -> Response:
        return Response(generate_latest(self._deps.registry), media_type=CONTENT_TYPE_LATEST)
