"""OpenAPI: the events' own schemas in the description of the routes, and a page that shows it without scripts."""

from html import escape
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse

from schemas.messages import InboundMessage, Reply, ReplyChunk
from streams.gateway import problems
from streams.gateway.bodies import FeedbackBody, PersonBody, QueryBody

REF = "#/components/schemas/{name}"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what went wrong and what to change"},
    },
}
SOCKET = "WS /v1/ws?conversation_id= takes InboundMessage and sends status, accepted, chunk, reply and error objects."


def described(summary: str, body: type[Any] | None = None, *failures: int) -> dict[str, Any]:
    """Arguments of a route: its summary, its body's schema, the problems that it may answer with."""
    known: dict[int | str, dict[str, Any]] = {status: _failure() for status in failures}
    extra: dict[str, Any] = {}
    if body is not None:
        schema = {"$ref": REF.format(name=body.__name__)}
        extra = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    return {"summary": summary, "responses": known, "openapi_extra": extra}


def _failure() -> dict[str, Any]:
    schema = {"$ref": REF.format(name="Problem")}
    return {"description": "a problem and what to change", "content": {problems.MEDIA_TYPE: {"schema": schema}}}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application, computed once."""
    if not app.openapi_schema:
        found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        _, schemas = msgspec.json.schema_components(
            [InboundMessage, QueryBody, FeedbackBody, PersonBody, Reply, ReplyChunk], ref_template=REF
        )
        found.setdefault("components", {}).setdefault("schemas", {}).update(schemas | {"Problem": PROBLEM})
        app.openapi_schema = found
    return app.openapi_schema


async def page(request: Request) -> HTMLResponse:
    """The document for people: plain HTML, since the policy allows no scripts of others."""
    described_app = document(request.app)
    routes = "".join(
        _route(method, path, operation)
        for path, operations in described_app["paths"].items()
        for method, operation in operations.items()
    )
    schemas = "".join(_schema(name, schema) for name, schema in described_app["components"]["schemas"].items())
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>kefu API</title><link rel=stylesheet href='/static/base.css'><main><h1>kefu API</h1>"
        f"<p>{escape(SOCKET)} The same for programs: <a href='/openapi.json'>openapi.json</a>.</p>"
        f"<h2>Routes</h2>{routes}<h2>Values</h2>{schemas}</main></html>"
    )


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = ", ".join(parameter["name"] for parameter in operation.get("parameters", []))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
    takes = " · ".join(filter(None, [parameters, body.rpartition("/")[2] if body else ""]))
    words = f"{operation.get('summary', '')}{f' Takes {takes}.' if takes else ''}"
    return f"<h3><code>{method.upper()} {escape(path)}</code></h3><p>{escape(words)}</p>"


def _schema(name: str, schema: dict[str, Any]) -> str:
    fields = msgspec.json.format(msgspec.json.encode(schema.get("properties", {})), indent=2).decode()
    about = escape(schema.get("description", ""))
    return f"<details><summary>{escape(name)}</summary><p>{about}</p><pre>{escape(fields)}</pre></details>"
