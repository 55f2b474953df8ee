"""What the pool says of an address behind which no Ollama is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agents.models.options import Options
from schemas.inference import ModelMessage
from streams.pool.server import Limits, Server, ServerFailed


@asynccontextmanager
async def answering(said: bytes, *, stays: bool = False) -> AsyncIterator[str]:
    """A listener that says so much to whatever it is asked, and hangs up, or falls silent."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()
        if stays:
            await over.wait()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        over.set()
        listener.close()
        await listener.wait_closed()


async def refusal(url: str) -> str:
    server = Server(url, Limits(connect=1.0, first_token=0.5, silence=0.5, whole=5.0))
    try:
        with pytest.raises(ServerFailed) as raised:
            await server.ask("tiny", Options(), [ModelMessage(role="user", content="hi")], lambda text: None)
    finally:
        await server.aclose()
    return str(raised.value)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "the connection broke"),
        (HEAD, "the connection broke"),
        (HEAD + b"content-length: 500\r\n\r\n{}", "the connection broke"),
        (b"220 mail.example.org ESMTP\r\n", "does not speak as Ollama does"),
        (HEAD + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd", "does not speak as Ollama does"),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy", "answered 503: busy"),
    ],
)
async def test_an_address_that_answers_oddly(said: bytes, told: str) -> None:
    async with answering(said) as url:
        assert (await refusal(url)).startswith(told)


async def test_an_address_that_says_nothing() -> None:
    async with answering(b"", stays=True) as url:
        assert (await refusal(url)).startswith("no first token within 0.5 s")


async def test_a_name_that_nobody_has() -> None:
    assert (await refusal("http://nobody.invalid:11434")).startswith("cannot be reached; start it with `ollama serve`")
