"""/v1/handover: the console of those who answer in person. Lists what waits, takes, replies, notes, returns."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from agents.understanding.mask import mask
from schemas import codec, times
from schemas.errors import Rejected, Unavailable
from schemas.operations import HandoverEvent, HandoverKind
from schemas.topics import HANDOVER
from streams.gateway import keys
from streams.gateway.board import Board, Watched
from streams.gateway.bodies import PersonBody, body_of
from streams.gateway.cases import Case
from streams.gateway.documents import described
from streams.gateway.intake import checked_id
from streams.gateway.ports import GatewayDeps
from streams.gateway.problems import Conflict
from streams.gateway.replies import json_response
from streams.gateway.state import State

ROUTE = "/v1/handover"
LONGEST = 5_000
"""Characters of a reply or a note."""
CONFIRMED_S = 5.0
"""Seconds within which an event must come back from the log."""
VERBS: dict[str, tuple[HandoverKind, str]] = {
    "take": ("taken", "Take a conversation; 409 says who has it."),
    "reply": ("replied", "Answer the customer in a conversation that you have."),
    "note": ("noted", "Leave a note that only colleagues see."),
    "return": ("returned", "Give a conversation back to the bot."),
}
Shown = Literal["open", "waiting", "taken", "closed"]
Limit = Annotated[int, Query(ge=1, le=1000)]


class Console:
    """The routes over the board and the inbox."""

    def __init__(self, state: State, deps: GatewayDeps, watched: Watched) -> None:
        self._state, self._deps, self._watched = state, deps, watched

    def router(self) -> APIRouter:
        router = APIRouter(tags=["handover"])
        router.add_api_route(
            ROUTE,
            self.list_cases,
            methods=["GET"],
            **described("Conversations that people were called to.", None, 422, 503),
        )
        for verb, (kind, summary) in VERBS.items():
            router.add_api_route(
                f"{ROUTE}/{{conversation_id:path}}/{verb}",
                self._doing(verb, kind),
                methods=["POST"],
                **described(summary, PersonBody, 404, 409, 422, 503, 504),
            )
        router.add_api_route(
            f"{ROUTE}/{{conversation_id:path}}",
            self.show_case,
            methods=["GET"],
            **described("A conversation with its summary, slots, turns and events.", None, 404, 503),
        )
        return router

    async def list_cases(
        self, status: Shown = "open", queue: str = "", skill: str = "", limit: Limit = 100
    ) -> Response:
        board = self._board()
        cases = board.closed() if status == "closed" else board.open()
        chosen = [
            case
            for case in cases
            if status in ("open", case.status) and queue in ("", case.queue) and skill in ("", case.skill)
        ]
        now = self._state.clock()
        told = [_told(case, now) for case in chosen[:limit]]
        return json_response({"generated_at": times.rfc3339(now), "total": len(chosen), "conversations": told})

    async def show_case(self, conversation_id: str) -> Response:
        case = self._known(conversation_id)
        whole = {"turns": case.turns, "events": [_event(event) for event in case.events]}
        return json_response(_told(case, self._state.clock()) | whole)

    def _doing(self, verb: str, kind: HandoverKind) -> Any:
        async def do(conversation_id: str, request: Request) -> Response:
            body = _checked(await body_of(request, PersonBody), conversation_id, kind)
            claim = self._state.keys.claim(f"{verb} {conversation_id}", request.headers.get(keys.HEADER), body)
            if claim.answer is None:
                event_id = claim.id("handover")
                self._board()
                if self._watched.board.owner_after(event_id) is None:
                    self._may(kind, conversation_id, body.agent_id)
                    await self._append(self._event(event_id, kind, conversation_id, body))
                claim.answer = await self._confirmed(event_id, kind, conversation_id, body.agent_id)
            return json_response(claim.answer)

        return do

    def _may(self, kind: HandoverKind, conversation_id: str, agent_id: str) -> None:
        """Raises Conflict where somebody else has the conversation, or nobody, or it is not known."""
        if kind == "taken":
            case = self._watched.board.case(conversation_id)
            if case is not None and case.status == "taken":
                _require(case.agent_id, agent_id)
            return
        case = self._known(conversation_id)
        if kind != "noted":
            _require(case.agent_id, agent_id)

    def _event(self, event_id: str, kind: HandoverKind, conversation_id: str, body: PersonBody) -> HandoverEvent:
        case = self._watched.board.case(conversation_id) or Case(conversation_id=conversation_id, channel="api")
        return HandoverEvent(
            event_id=event_id,
            kind=kind,
            conversation_id=conversation_id,
            tenant=case.tenant,
            channel=case.channel,
            user_id=case.user_id,
            language=case.language,
            agent_id=body.agent_id,
            text=mask(body.text).text,
            reason=mask(body.reason).text,
            queue=case.queue,
            skill=case.skill,
            occurred_at=times.rfc3339(self._state.clock()),
        )

    async def _append(self, event: HandoverEvent) -> None:
        await self._deps.inbox.append(HANDOVER, HANDOVER.key_of(event), codec.encode(event))

    async def _confirmed(
        self, event_id: str, kind: HandoverKind, conversation_id: str, agent_id: str
    ) -> dict[str, Any]:
        """Of two who take the same conversation, the first in the log has it. Raises Conflict for the other."""
        owner = await self._watched.owner_after(event_id, CONFIRMED_S)
        if owner is None:
            words = f"the log did not show it within {CONFIRMED_S:g} s; send it again with the same {keys.HEADER}"
            raise HTTPException(504, words)
        if kind == "taken":
            _require(owner, agent_id)
        return {"event_id": event_id, "conversation_id": conversation_id, "kind": kind, "agent_id": owner}

    def _known(self, conversation_id: str) -> Case:
        case = self._board().case(conversation_id)
        if case is None:
            raise HTTPException(404, f"nobody was called to conversation {conversation_id!r}; GET {ROUTE} lists them")
        return case

    def _board(self) -> Board:
        if not self._watched.caught_up:
            raise Unavailable("the handovers of the last days are still being read; ask again in a moment")
        return self._watched.board


def _require(owner: str, agent_id: str) -> None:
    if owner == agent_id:
        return
    if owner:
        raise Conflict(f"{owner} has this conversation; ask them to return it", agent_id=owner)
    raise Conflict("nobody has this conversation; take it first", agent_id="")


def _checked(body: PersonBody, conversation_id: str, kind: HandoverKind) -> PersonBody:
    for name, value in (("conversation_id", conversation_id), ("agent_id", body.agent_id)):
        checked_id(name, value)
        if not value.strip():
            raise Rejected(f"{name} is empty; send who you are" if name == "agent_id" else f"{name} is empty")
    if kind in ("replied", "noted") and not body.text.strip():
        raise Rejected("text is empty; send what is to be said")
    for name in ("text", "reason"):
        if len(getattr(body, name)) > LONGEST:
            raise Rejected(f"{name} has {len(getattr(body, name))} characters; send at most {LONGEST}")
    return body


def _told(case: Case, now: float) -> dict[str, Any]:
    """The case for the list; ``waiting_s`` are the seconds since somebody was called, or since the customer spoke."""
    told: dict[str, Any] = msgspec.structs.asdict(case)
    spoken = [event for event in case.events if event.kind in ("requested", "said")]
    told["last_text"] = spoken[-1].text if spoken else ""
    begins = case.since if case.status == "waiting" else spoken[-1].occurred_at if case.unanswered and spoken else ""
    told["waiting_s"] = round(max(now - _seconds(begins, now), 0.0), 1)
    for name in ("turns", "events"):
        del told[name]
    return told


def _seconds(moment: str, now: float) -> float:
    """A time as anybody may have written it; ``now`` where it is none."""
    try:
        return times.seconds(moment)
    except ValueError:
        return now


def _event(event: HandoverEvent) -> dict[str, Any]:
    names = ("event_id", "kind", "agent_id", "message_id", "text", "reason", "occurred_at")
    return {name: getattr(event, name) for name in names}
