"""POST /v1/messages and POST /v1/query: a message in, and for a query its answer out."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from schemas.messages import InboundMessage, Reply
from streams.gateway import keys, problems
from streams.gateway.bodies import QueryBody, body_of
from streams.gateway.documents import described
from streams.gateway.intake import checked, completed
from streams.gateway.replies import json_response
from streams.gateway.state import State

MESSAGES, QUERY = "/v1/messages", "/v1/query"


class Messages:
    """The routes over the gateway's state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def router(self) -> APIRouter:
        router = APIRouter(tags=["messages"])
        router.add_api_route(
            MESSAGES,
            self.post_message,
            methods=["POST"],
            status_code=202,
            **described("Append a message; 202 once Kafka has it.", InboundMessage, 422, 503),
        )
        router.add_api_route(
            QUERY,
            self.post_query,
            methods=["POST"],
            **described("Append a question and wait for its Reply.", QueryBody, 422, 503, 504),
        )
        return router

    async def post_message(self, request: Request) -> Response:
        now = self._state.clock()
        message = checked(await body_of(request, InboundMessage), now)
        claim = self._state.keys.claim(MESSAGES, request.headers.get(keys.HEADER), message)
        if claim.answer is None:
            message = completed(message, claim, now)
            await self._state.intake.take(message)
            claim.answer = {"message_id": message.message_id, "conversation_id": message.conversation_id}
        return json_response(claim.answer, 202)

    async def post_query(self, request: Request) -> Response:
        now = self._state.clock()
        body = await body_of(request, QueryBody)
        message = checked(_asked(body), now)
        claim = self._state.keys.claim(QUERY, request.headers.get(keys.HEADER), body)
        message = completed(message, claim, now)
        reply = claim.answer or await self._answer(message)
        if reply is None:
            return problems.response(self._late(message))
        claim.answer = reply
        gone = await request.is_disconnected()
        return json_response(_answered(reply), after=None if gone else BackgroundTask(self._delivered, reply))

    async def _answer(self, message: InboundMessage) -> Reply | None:
        with self._state.hub.answer_to(message.message_id) as reply:
            if not reply.done():
                await self._state.intake.take(message)
            await asyncio.wait([reply], timeout=self._state.limits.query_timeout_s)
            return reply.result() if reply.done() else None

    async def _delivered(self, reply: Reply) -> None:
        if self._state.receipts.sent(reply):
            self._state.metrics.deliveries.labels("query").inc()

    def _late(self, message: InboundMessage) -> dict[str, Any]:
        waited = f"{self._state.limits.query_timeout_s:g} s"
        where = f"GET /v1/conversations/{message.conversation_id}"
        return problems.problem(
            504,
            f"no answer within {waited}; it is not lost: {where} will show it, and so does the same Idempotency-Key",
            message_id=message.message_id,
            conversation_id=message.conversation_id,
        )


def _asked(body: QueryBody) -> InboundMessage:
    context = body.context
    return InboundMessage(text=body.query, user_id=context.user_id, conversation_id=context.session_id)


def _answered(reply: Reply) -> dict[str, Any]:
    response = {"intent": reply.intent, "entities": reply.entities, "answer": reply.text}
    return {"response": response, "reply": reply}
