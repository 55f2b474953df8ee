"""The business system over HTTP: routes, who may call, and that the same request twice is one."""

import asyncio
import datetime
import hmac
import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from infra.business import desk, orders
from infra.business.bodies import body_of, text, texts
from infra.business.desk import Asked
from infra.business.faults import Faults, fault
from infra.business.refusals import Malformed, Refusal
from infra.business.store import Answer, Store
from infra.business.weather import weather

KEY = "Idempotency-Key"
Verb = Callable[[sqlite3.Connection, Asked, dict[str, Any]], dict[str, Any]]
Endpoint = Callable[[Request], Awaitable[Response]]

READS: dict[str, Verb] = {
    "/v1/orders": lambda db, who, _: {"orders": orders.of_customer(db, who.customer, who.language)},
    "/v1/orders/{order_number:path}": lambda db, who, it: orders.told(
        db, orders.found(db, it["order_number"], who.customer), who.language
    ),
    "/v1/refunds/{order_number:path}": lambda db, who, it: desk.refund_status(db, who, it["order_number"]),
    "/v1/coupons/{code:path}": lambda db, who, it: desk.coupon_check(db, who, it["code"]),
    "/v1/weather": lambda _, who, it: weather(text(it, "place"), text(it, "day", least=0), who.today, who.language),
}
WRITES: dict[str, Verb] = {
    "/v1/orders": lambda db, _, it: orders.create(db, it),
    "/v1/returns": lambda db, who, it: desk.create_return(
        db, who, desk.Return(text(it, "order_number"), text(it, "reason"), texts(it, "items"))
    ),
    "/v1/exchanges": lambda db, who, it: desk.create_exchange(
        db, who, desk.Exchange(text(it, "order_number"), text(it, "reason"), text(it, "wanted"))
    ),
    "/v1/invoices": lambda db, who, it: desk.request_invoice(
        db, who, desk.Invoice(text(it, "order_number"), text(it, "title"),
                              text(it, "tax_number", least=0), text(it, "email", least=0))
    ),
    "/v1/addresses": lambda db, who, it: desk.change_address(
        db, who, text(it, "order_number"), text(it, "address", least=4)
    ),
    "/v1/complaints": lambda db, who, it: desk.register_complaint(
        db, who, text(it, "order_number", least=0), text(it, "text")
    ),
}  # fmt: skip


class Service:
    """The routes over a store. ``token`` empty lets everybody in, ``clock`` gives the time in RFC 3339."""

    def __init__(self, store: Store, *, token: str, clock: Callable[[], str]) -> None:
        self._store, self._token, self._clock = store, token, clock

    def app(self) -> Starlette:
        """The application without faults."""
        return self._with()

    def with_faults(self) -> Faults:
        """The application with the admin's route, that makes it fail on command."""

        async def admin(request: Request) -> Response:
            faults.now = [fault(body) for body in (await body_of(request)).get("faults", [])]
            return JSONResponse({"faults": len(faults.now)})

        faults = Faults(self._with(Route("/admin/faults", admin, methods=["POST"])))
        return faults

    def _with(self, *more: Route) -> Starlette:
        reads = [Route(path, self._reading(verb), methods=["GET"]) for path, verb in READS.items()]
        writes = [Route(path, self._writing(verb), methods=["POST"]) for path, verb in WRITES.items()]
        label = Route("/labels/{number}", self.label, methods=["GET"])
        health = Route("/health", lambda _: PlainTextResponse("ok"), methods=["GET"])
        handlers: Any = {Malformed: _malformed, KeyError: _malformed}
        return Starlette(routes=[*reads, *writes, label, health, *more], exception_handlers=handlers)

    async def label(self, request: Request) -> Response:
        """A return label, for whoever has its whole address."""

        def work() -> str | None:
            number = request.path_params["number"]
            with self._store.transaction() as db:
                if not hmac.compare_digest(desk.label_key(db, number), request.query_params.get("key", "")):
                    return None
                return desk.label(db, number)

        shown = await asyncio.to_thread(work)
        return PlainTextResponse(shown or "no such label", 200 if shown else 404)

    def _reading(self, verb: Verb) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            asked = self._asked(request, dict(request.query_params))
            said = {**request.query_params, **request.path_params}

            def work() -> Answer:
                with self._store.transaction() as db:
                    return _answer(db, verb, asked, said)

            return await self._told(request, work)

        return endpoint

    def _writing(self, verb: Verb) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            said = await body_of(request)
            asked, key = self._asked(request, said), request.headers.get(KEY, "")
            if not 0 < len(key) <= 255:
                raise Malformed(f"{KEY} must be 1 to 255 characters")
            same = f"{request.url.path} {json.dumps(said, sort_keys=True)}"

            def work() -> Answer:
                return self._store.once(key, same, asked.now, lambda db: _answer(db, verb, asked, said))

            return await self._told(request, work)

        return endpoint

    async def _told(self, request: Request, work: Callable[[], Answer]) -> Response:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token.encode()) and self._token:
            return JSONResponse({"message": "the token is missing or wrong"}, 401)
        status, body = await asyncio.to_thread(work)
        return Response(body, status, media_type="application/json")

    def _asked(self, request: Request, said: dict[str, Any]) -> Asked:
        language = "zh" if request.headers.get("Accept-Language", "").startswith("zh") else "en"
        return Asked(str(said.get("customer") or ""), language, self._clock())


def now() -> str:
    """The time in RFC 3339 in UTC."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _answer(db: sqlite3.Connection, verb: Verb, asked: Asked, said: dict[str, Any]) -> Answer:
    try:
        return 200, json.dumps(verb(db, asked, said), ensure_ascii=False)
    except Refusal as refusal:
        return refusal.status, json.dumps(refusal.told(asked.language), ensure_ascii=False)


async def _malformed(_: Request, problem: Exception) -> Response:
    words = f"{problem.args[0]} is missing" if isinstance(problem, KeyError) else str(problem)
    return JSONResponse({"message": words}, 422)
