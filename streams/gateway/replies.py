"""JSON answers, encoded as the events are."""

from typing import Any

import msgspec
from starlette.background import BackgroundTask
from starlette.responses import Response


def json_response(content: Any, status: int = 200, after: BackgroundTask | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, {"Cache-Control": "no-store"}, "application/json", after)
