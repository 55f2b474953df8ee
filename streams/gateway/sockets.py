"""WS /v1/ws: messages in; acceptance, pieces, replies and errors out."""

import asyncio
import logging
from collections.abc import AsyncIterator

import msgspec
from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from schemas import ids
from schemas.errors import KefuError, Rejected
from schemas.messages import InboundMessage
from streams.gateway import frames, problems
from streams.gateway.bodies import SocketMessage, read
from streams.gateway.intake import checked, checked_id, completed
from streams.gateway.keys import Claim
from streams.gateway.mailbox import Mailbox, Overrun
from streams.gateway.state import State

log = logging.getLogger("kefu.gateway")

POLICY_VIOLATION, TRY_AGAIN_LATER, INTERNAL_ERROR = 1008, 1013, 1011
TOO_SLOW = "you read too slowly; connect again to get what is missing"


class _Named(msgspec.Struct):
    message_id: str = ""


class Sockets:
    """The route over the gateway's state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_websocket_route("/v1/ws", self.talk)
        return router

    async def talk(self, socket: WebSocket, conversation_id: str = "") -> None:
        """One client, from its handshake to its end."""
        await socket.accept()
        try:
            checked_id("conversation_id", conversation_id)
        except Rejected as error:
            await socket.close(POLICY_VIOLATION, str(error))
            return
        with self._state.metrics.sockets.track_inprogress():
            await self._serve(socket, conversation_id or ids.fresh("conv"))

    async def _serve(self, socket: WebSocket, conversation_id: str) -> None:
        with self._state.hub.mailbox(conversation_id) as mailbox:
            works = [asyncio.create_task(work(socket, mailbox)) for work in (self._hear, self._speak)]
            try:
                await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for work in works:
                    work.cancel()
                outcomes = await asyncio.gather(*works, return_exceptions=True)
        await self._end(socket, [outcome for outcome in outcomes if isinstance(outcome, Exception)])

    async def _end(self, socket: WebSocket, failures: list[Exception]) -> None:
        for failure in failures:
            if isinstance(failure, Overrun | TimeoutError):
                self._state.metrics.overruns.inc()
                await self._close(socket, TRY_AGAIN_LATER, TOO_SLOW)
            elif not isinstance(failure, WebSocketDisconnect):
                log.error("a socket failed", exc_info=failure)
                await self._close(socket, INTERNAL_ERROR, "a bug of kefu; connect again")

    async def _close(self, socket: WebSocket, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(self._state.limits.send_timeout_s):
                await socket.close(code, reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            log.debug("a socket was gone before it was closed")

    async def _speak(self, socket: WebSocket, mailbox: Mailbox) -> None:
        while True:
            frame = await mailbox.next()
            async with asyncio.timeout(self._state.limits.send_timeout_s):
                await socket.send_text(frame.text)
            if frame.reply is not None and self._state.receipts.sent(frame.reply):
                self._state.metrics.deliveries.labels("socket").inc()

    async def _hear(self, socket: WebSocket, mailbox: Mailbox) -> None:
        async for text in _texts(socket):
            try:
                mailbox.tell(await self._taken(text, mailbox.conversation_id))
            except KefuError as error:
                mailbox.tell(frames.error(problems.of(error), _message_id(text)))

    async def _taken(self, text: str | bytes, conversation_id: str) -> str:
        now = self._state.clock()
        message: InboundMessage = read(SocketMessage, text)
        if message.conversation_id not in ("", conversation_id):
            raise Rejected(f"this socket is for conversation {conversation_id}; leave conversation_id out")
        message = msgspec.structs.replace(message, conversation_id=conversation_id)
        message = completed(checked(message, now), Claim(), now)
        await self._state.intake.take(message)
        return frames.accepted(message.message_id, conversation_id)


async def _texts(socket: WebSocket) -> AsyncIterator[str | bytes]:
    while (event := await socket.receive())["type"] == "websocket.receive":
        yield event.get("text") or event.get("bytes") or b""


def _message_id(text: str | bytes) -> str:
    try:
        return msgspec.json.decode(text, type=_Named).message_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
