"""POST /v1/feedback: what a person thought of a reply, to the learning loop and to the log."""

from typing import NamedTuple

import msgspec
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from agents.understanding.mask import mask
from schemas import codec, ids, times
from schemas.errors import Rejected, Unavailable
from schemas.operations import Feedback, LogEvent
from schemas.topics import FEEDBACK, LOG, Send
from streams.gateway import keys, queries
from streams.gateway.bodies import FeedbackBody, body_of
from streams.gateway.documents import described
from streams.gateway.intake import checked_id
from streams.gateway.ports import GatewayDeps
from streams.gateway.receipts import ACTOR
from streams.gateway.replies import json_response
from streams.gateway.state import State

ROUTE = "/v1/feedback"
LONGEST = 5_000


class About(NamedTuple):
    """Where a reply belongs."""

    conversation_id: str
    message_id: str = ""
    tenant: str = "default"
    channel: str = "api"


class FeedbackRoutes:
    """The route over the gateway's state and the store."""

    def __init__(self, state: State, deps: GatewayDeps) -> None:
        self._state, self._deps = state, deps

    def router(self) -> APIRouter:
        router = APIRouter(tags=["messages"])
        router.add_api_route(
            ROUTE,
            self.post_feedback,
            methods=["POST"],
            status_code=202,
            **described("Like, dislike or correct a reply.", FeedbackBody, 404, 422, 503),
        )
        return router

    async def post_feedback(self, request: Request) -> Response:
        body = await body_of(request, FeedbackBody)
        _check(body)
        claim = self._state.keys.claim(ROUTE, request.headers.get(keys.HEADER), body)
        if claim.answer is None:
            feedback, about = self._masked(body), await self._about(body)
            for send in told(feedback, about, times.rfc3339(self._state.clock())):
                await self._deps.inbox.append(send.topic, send.topic.key_of(send.event), codec.encode(send.event))
            claim.answer = {"feedback_id": feedback_id(feedback)}
        return json_response(claim.answer, 202)

    def _masked(self, body: FeedbackBody) -> FeedbackBody:
        comment, correction = mask(body.comment).text, mask(body.correction).text
        return msgspec.structs.replace(body, comment=comment, correction=correction)

    async def _about(self, body: FeedbackBody) -> About:
        reply = self._state.hub.ledger.get(body.reply_id)
        if reply is not None:
            return About(reply.conversation_id, reply.in_reply_to, reply.tenant, reply.channel)
        try:
            rows = await self._deps.store.rows(queries.about(body.reply_id))
        except Unavailable:
            if not body.conversation_id:
                raise
            return About(body.conversation_id)
        if not rows:
            raise HTTPException(404, f"no reply {body.reply_id!r} is known; send the reply_id of a Reply")
        return About(**rows[0])


def feedback_id(body: FeedbackBody) -> str:
    """Follows from what was said of which reply, so that saying it twice is one feedback."""
    return ids.derived("feedback", body.reply_id, body.rating, body.comment, body.correction)


def told(body: FeedbackBody, about: About, occurred_at: str) -> list[Send]:
    """The feedback, and its event in the log where the message is known."""
    feedback = Feedback(
        feedback_id=feedback_id(body),
        reply_id=body.reply_id,
        conversation_id=about.conversation_id,
        tenant=about.tenant,
        rating=body.rating,
        comment=body.comment,
        correction=body.correction,
        occurred_at=occurred_at,
    )
    event = LogEvent(
        event_id=ids.derived("log", "feedback", about.conversation_id, about.message_id),
        kind="feedback",
        conversation_id=about.conversation_id,
        message_id=about.message_id,
        tenant=about.tenant,
        channel=about.channel,
        occurred_at=occurred_at,
        actor=ACTOR,
        text=body.comment,
        detail={"reply_id": body.reply_id, "rating": body.rating, "feedback_id": feedback.feedback_id},
    )
    return [Send(FEEDBACK, feedback), *([Send(LOG, event)] if about.message_id else [])]


def _check(body: FeedbackBody) -> None:
    for name in ("reply_id", "conversation_id"):
        checked_id(name, getattr(body, name))
    if not body.reply_id:
        raise Rejected("reply_id is empty; send the reply_id of a Reply")
    for name in ("comment", "correction"):
        if len(getattr(body, name)) > LONGEST:
            raise Rejected(f"{name} has {len(getattr(body, name))} characters; send at most {LONGEST}")
