"""A fake Ollama in the test's own loop: the chat, embed, tags and version routes, with failures on command."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import msgspec

from tests.servers.ollama_lines import Json, embedding, line, whole


class Fault(Enum):
    """What goes wrong with an answer."""

    NONE = auto()
    BROKEN = auto()
    """Status 500."""
    SILENT = auto()
    """Nothing before ``release`` is set, then the answer."""
    STUCK = auto()
    """The first word; the rest once ``release`` is set."""
    GARBAGE = auto()
    """A line that is no JSON, at once."""
    STRANGE = auto()
    """JSON, but not an object."""
    GARBAGE_LATER = auto()
    """The first word, then a line that is no JSON."""
    ERROR_LATER = auto()
    """The first word, then Ollama's own error line."""
    EMPTY = auto()
    """Status 200 and the end, properly closed."""
    UNFINISHED = auto()
    """The first word and the end, properly closed, without ``done``."""
    CUT = auto()
    """The first word, then the connection is gone in the middle of the body."""
    SLOW = auto()
    """A word every ``pause`` seconds."""


@dataclass
class FakeOllama:
    """A server that answers with ``words``. ``faults`` are for the next questions, ``fault`` for those after."""

    words: Sequence[str] = ("您好", ",", "the ", "parcel ", "is ", "在路上。")
    models: tuple[str, ...] = ("tiny:latest",)
    calls: tuple[Json, ...] = ()
    """Functions that it asks for, in place of words, where tools are offered and none has answered yet."""
    toolless: frozenset[str] = frozenset()
    """Models that take no tools: offered some, they are refused as Ollama refuses it."""
    fault: Fault = Fault.NONE
    faults: deque[Fault] = field(default_factory=deque)
    pause: float = 0.05
    questions: list[Json] = field(default_factory=list)
    hung_up: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Condition = field(default_factory=asyncio.Condition)
    port: int = 0
    loaded: list[str] = field(default_factory=list)
    embedded: list[list[str]] = field(default_factory=list)
    """The texts of each call that asked for embeddings."""
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; after a stop on the same port again."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections from now on, and drop those that are open."""
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def until(self, true: Callable[["FakeOllama"], bool]) -> None:
        """Wait until something is true of the server's questions and hang-ups."""
        async with self.asked:
            await self.asked.wait_for(lambda: true(self))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            ahead: bytes | None = b""
            while ahead is not None:
                ahead = await self._serve(ahead, reader, writer)
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve(self, ahead: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """Answer the connection's next request, of which ``ahead`` was read.

        Returns what was read of the one after it, None if there is to be none.
        """
        head = (ahead + await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        answers: dict[str, Callable[[], Awaitable[bytes | None]]] = {
            "/api/version": lambda: whole(writer, 200, {"version": "0.9.6"}),
            "/api/tags": lambda: whole(writer, 200, {"models": [{"model": m, "name": m} for m in self.models]}),
            "/api/chat": lambda: self._chat(msgspec.json.decode(body), reader, writer),
            "/api/embed": lambda: self._embed(msgspec.json.decode(body), writer),
        }
        return await answers[head.split(" ")[1]]()

    async def _embed(self, asked: Json, writer: asyncio.StreamWriter) -> bytes:
        """The vectors of the texts."""
        if not self._has(asked["model"]):
            return await whole(writer, 404, {"error": f"model '{asked['model']}' not found"})
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        self.embedded.append(texts)
        await self._tell()
        fault = self.faults.popleft() if self.faults else self.fault
        if fault is Fault.BROKEN:
            return await whole(writer, 500, {"error": "llama runner process has terminated"})
        if fault is Fault.SILENT:
            await self.release.wait()
        vectors = [] if fault is Fault.EMPTY else await self.vectors(asked["model"], texts)
        return await whole(writer, 200, {"model": asked["model"], "embeddings": vectors})

    async def vectors(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """What the texts are embedded as."""
        return [embedding(text) for text in texts]

    async def _load(self, model: str, writer: asyncio.StreamWriter) -> bytes:
        if not self._has(model):
            return await whole(writer, 404, {"error": f"model '{model}' not found"})
        self.loaded.append(model)
        return await whole(writer, 200, {"model": model, "message": {"role": "assistant", "content": ""}, "done": True})

    def _has(self, model: str) -> bool:
        return model in (known for name in self.models for known in (name, name.removesuffix(":latest")))

    async def _chat(self, question: Json, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        if not question["messages"]:
            return await self._load(question["model"], writer)
        self.questions.append(question)
        await self._tell()
        fault = self.faults.popleft() if self.faults else self.fault
        speaking = asyncio.create_task(self._speak(question, fault, writer))
        gone = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait((speaking, gone), return_when=asyncio.FIRST_COMPLETED)
            if not speaking.done():
                self.hung_up += 1
                await self._tell()
        finally:
            for task in (speaking, gone):
                task.cancel()
            spoken, ahead = await asyncio.gather(speaking, gone, return_exceptions=True)
        if isinstance(spoken, BaseException) or fault is Fault.CUT or ahead == b"":
            return None
        return ahead if isinstance(ahead, bytes) else b""

    async def _tell(self) -> None:
        async with self.asked:
            self.asked.notify_all()

    async def _speak(self, question: Json, fault: Fault, writer: asyncio.StreamWriter) -> bytes | None:
        model = question["model"]
        if not self._has(model):
            return await whole(writer, 404, {"error": f"model '{model}' not found"})
        if model in self.toolless and question.get("tools"):
            return await whole(writer, 400, {"error": f"registry.ollama.ai/library/{model} does not support tools"})
        if fault is Fault.BROKEN:
            return await whole(writer, 500, {"error": "llama runner process has terminated"})
        if fault is Fault.SILENT:
            await self.release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        async for said in self.lines(question, fault):
            writer.write(b"%x\r\n%s\r\n" % (len(said), said))
            await writer.drain()
        if fault is not Fault.CUT:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return None

    async def lines(self, question: Json, fault: Fault) -> AsyncIterator[bytes]:
        """The lines of an answer, each ended."""
        model = question["model"]
        at_once = {Fault.GARBAGE: b"<html>busy</html>\n", Fault.STRANGE: b"[1, 2]\n", Fault.EMPTY: b""}
        later = {Fault.GARBAGE_LATER: b"{broken\n", Fault.ERROR_LATER: b'{"error":"out of memory"}\n'}
        if fault in at_once:
            for said in filter(None, [at_once[fault]]):
                yield said
            return
        if self.calls and question.get("tools") and question["messages"][-1]["role"] != "tool":
            yield line(model, "", tool_calls=[{"function": call} for call in self.calls])
            yield line(model, "", done=True, done_reason="stop", prompt_eval_count=7, eval_count=3)
            return
        for index, word in enumerate(self.words):
            yield line(model, word)
            if index == 0 and fault is Fault.STUCK:
                await self.release.wait()
            if fault is Fault.SLOW:
                await asyncio.sleep(self.pause)
            if fault in later:
                yield later[fault]
            if fault in later or fault in (Fault.CUT, Fault.UNFINISHED):
                return
        yield line(model, "", done=True, done_reason="stop", prompt_eval_count=7, eval_count=len(self.words))


@asynccontextmanager
async def fake_ollama(**fields: Any) -> AsyncIterator[FakeOllama]:
    """A running fake with these fields."""
    server = FakeOllama(**fields)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
