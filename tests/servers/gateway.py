"""The gateway for tests: its application served on a free port, and other workers' answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from schemas import codec, ids
from schemas.messages import InboundMessage, Intent, Reply
from schemas.topics import INBOUND, OUTBOUND, Topic
from streams.gateway.fakes import MemoryKafka
from streams.gateway.main import listening, server_config


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The application on a real server of this event loop; gives its host and port."""
    with listening("127.0.0.1", 0) as address:
        server = uvicorn.Server(server_config(app))
        task = asyncio.create_task(server.serve(sockets=[address]))
        try:
            while not server.started:
                assert not task.done(), "the server did not start"
                await asyncio.sleep(0.01)
            yield f"127.0.0.1:{address.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def asking(app: FastAPI, host: str = "localhost") -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application without a server; its lifespan runs meanwhile."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as it,
    ):
        yield it


def answer(message: InboundMessage, text: str = "") -> Reply:
    """The reply that the dialogue worker would give."""
    return Reply(
        reply_id=ids.derived("reply", message.conversation_id, message.message_id),
        in_reply_to=message.message_id,
        conversation_id=message.conversation_id,
        channel=message.channel,
        user_id=message.user_id,
        text=text or f"you said: {message.text}",
        source="script",
        language="en",
        intent=Intent(name="greeting", confidence=0.9),
        personal=message.personal,
    )


def answering(kafka: MemoryKafka, topic: Topic, value: bytes) -> None:
    """Answers every message at once, and a message only once, as the dialogue worker does."""
    if topic is INBOUND:
        reply = answer(codec.decode(INBOUND, value))
        if reply not in kafka.events(OUTBOUND):
            kafka.put(OUTBOUND, OUTBOUND.key_of(reply), codec.encode(reply))
