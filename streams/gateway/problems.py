"""Errors as application/problem+json (RFC 9457): what went wrong and what to change."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import KefuError, Rejected

log = logging.getLogger("kefu.gateway")

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "2"
BUG = "this is a bug of kefu; the gateway's log says more at this time"

Problem = dict[str, Any]


def problem(status: int, detail: str, **more: Any) -> Problem:
    """The problem's members; ``type`` is a URN that follows from the status and is stable."""
    title = HTTPStatus(status).phrase
    kind = title.lower().replace(" ", "-")
    return {"type": f"urn:kefu:problem:{kind}", "title": title, "status": status, "detail": detail, **more}


class Conflict(HTTPException):
    """409 with members of its own beside the detail."""

    def __init__(self, detail: str, **more: Any) -> None:
        super().__init__(409, detail)
        self.more = more


def of(error: KefuError) -> Problem:
    """A Rejected is the sender's to mend (422), anything else a dependency's (503)."""
    return problem(422 if isinstance(error, Rejected) else 503, str(error))


def response(told: Problem, headers: Mapping[str, str] | None = None) -> Response:
    more = {"Retry-After": RETRY_AFTER_S} if told["status"] == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(msgspec.json.encode(told), told["status"], {**more, **(headers or {})}, MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Let every error of the application leave as a problem."""
    app.add_exception_handler(KefuError, _kefu_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _bug)


async def _kefu_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, KefuError)
    return response(of(error))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        404: f"there is no {request.url.path}; /docs lists what there is",
        405: f"{request.url.path} does not take {request.method}; /docs lists what it takes",
    }
    said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    more = error.more if isinstance(error, Conflict) else {}
    words = said or details.get(error.status_code, error.detail)
    return response(problem(error.status_code, words, **more), error.headers)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [{"parameter": str(each["loc"][-1]), "detail": each["msg"]} for each in error.errors()]
    words = "; ".join(f"{each['parameter']}: {each['detail']}" for each in errors)
    return response(problem(422, words, errors=errors))


async def _bug(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return response(problem(500, BUG))
