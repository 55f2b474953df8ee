"""An exchange: one query over HTTP, from its request to the last byte of its answer."""

import asyncio
import os
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from infra.clickhouse.body import Body
from infra.clickhouse.compression import Plain
from infra.clickhouse.engine import Engine
from infra.clickhouse.errors import Failure
from infra.clickhouse.pipe import Pipe
from infra.clickhouse.query import Answer, Query
from infra.clickhouse.request import Request
from infra.clickhouse.response import Opened, Response, complete, late, opened, progressed, so_far, summary
from infra.clickhouse.workers import Workers

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BUFFER = 1 << 20
"""Bytes of an answer that are held back, so that what goes wrong early still gets its own status."""

_PART = 1 << 18
_HELD = 2
"""Parts that are held back to the end: a format that ends its document, or its file, does so after a failure too."""
_SPOOL = 8 << 20
_REPORTS = 10
_SEND_SECONDS = 60


class Exchange:
    """A query that has been read, with the connection that its answer goes to."""

    def __init__(self, engine: Engine, workers: Workers, request: Request, body: Body, send: Send) -> None:
        """Take the parts of it; nothing happens yet."""
        self._engine, self._workers = engine, workers
        self._request, self._body, self._send = request, body, send
        self._reports: list[dict[str, int]] = []
        self._gone = False
        self.asked = self.begun = False

    async def run(self, query: Query) -> None:
        """Run the query and send its answer. Raises Failure before anything has been sent."""
        self.asked = True
        channel = Pipe()
        job = self._workers.start(self._answer, query, channel.outlet)
        watch = asyncio.ensure_future(self._body.gone()) if self._body.complete else None
        if watch:
            watch.add_done_callback(lambda done: None if done.cancelled() else self._left(query))
        try:
            await self._respond(query, channel, job)
        finally:
            if watch:
                watch.cancel()
            job.add_done_callback(lambda done: None if done.cancelled() else done.exception())
            channel.close()

    def _answer(self, query: Query, outlet: int) -> Answer:
        try:
            return self._engine.run(query, outlet, self._reports.append)
        finally:
            os.close(outlet)

    async def _respond(self, query: Query, channel: Pipe, job: "asyncio.Future[Answer]") -> None:
        response = opened(self._engine, self._request, query)
        if self._request.on("wait_end_of_query") or query.switched_on("http_wait_end_of_query"):
            await self._wait_and_send(channel, job, response)
            return
        wanted = self._request.options.get("buffer_size", ""), query.settings.get("http_response_buffer_size", "")
        least = max(BUFFER, *map(_number, wanted))
        head = await channel.read(least)
        if len(head) < least:
            answer = await job
            await self.send(complete(response, answer, head, self._told()))
            return
        report = self._reports[-1] if self._reports else {}
        await self._start(response, so_far(report), report.get("result_bytes", 0))
        await self._stream(query, channel, job, response, head)

    async def _stream(
        self, query: Query, channel: Pipe, job: "asyncio.Future[Answer]", response: Opened, head: bytes
    ) -> None:
        held = deque([head])
        while not self._gone and (part := await channel.read(_PART)):
            held.append(part)
            if len(held) > _HELD:
                await self._more(await self._encoded(response, held.popleft()))
        if self._gone:
            channel.close()
            self._left(query, always=True)
            return
        try:
            await job
        except Failure as problem:
            await self._more(response.encoder.encode(late(problem, self._engine.version, response.tag)))
            return  # without the end of its encoding, nor of the body: a cut answer is read as whole by nobody
        for part in held:
            await self._more(await self._encoded(response, part))
        await self._more(response.encoder.finish(), last=True)

    async def _wait_and_send(self, channel: Pipe, job: "asyncio.Future[Answer]", response: Opened) -> None:
        with tempfile.SpooledTemporaryFile(_SPOOL) as file:
            while part := await channel.read(_PART):
                file.write(part)
            answer, size = await job, file.tell()
            file.seek(0)
            if size <= BUFFER:
                await self.send(complete(response, answer, file.read(), self._told()))
                return
            await self._start(response, answer, size)
            while part := file.read(_PART):
                await self._more(await self._encoded(response, part))
            await self._more(response.encoder.finish(), last=True)

    async def _encoded(self, response: Opened, part: bytes) -> bytes:
        if isinstance(response.encoder, Plain):
            return part
        return await self._workers.aside(response.encoder.encode, part)

    def _told(self) -> list[dict[str, int]]:
        """What is told about the progress: a few reports, with the last one."""
        if not self._request.on("send_progress_in_http_headers"):
            return []
        step = max(1, len(self._reports) // _REPORTS)
        return self._reports[::-step][::-1]

    def _left(self, query: Query, always: bool = False) -> None:
        """The client has gone: its query is stopped, if it asked for that, and when its answer has nowhere to go."""
        self._gone = True
        asked = query.switched_on("cancel_http_readonly_queries_on_client_close") and query.statement.outlet >= 0
        ticket = self._engine.running.found(query.user.name, query.id)
        if ticket and (asked or always):
            self._workers.post(self._engine.running.stop, ticket, _SEND_SECONDS)

    async def _start(self, response: Opened, answer: Answer, size: int = 0) -> None:
        self.begun = True
        told = [*progressed(self._told()), ("X-ClickHouse-Summary", summary(answer, size))]
        await self._send(start(Response(200, headers=(*response.headers.items(), *told))))

    async def _more(self, part: bytes, last: bool = False) -> None:
        if part or last:
            async with asyncio.timeout(_SEND_SECONDS):
                await self._send({"type": "http.response.body", "body": part, "more_body": not last})

    async def send(self, response: Response) -> None:
        """Send a whole response."""
        self.begun = True
        await respond(self._send, response)


async def respond(send: Send, response: Response) -> None:
    """Send a whole response."""
    sized = (*response.headers, ("Content-Length", str(len(response.body))))
    await send(start(Response(response.status, headers=sized)))
    await send({"type": "http.response.body", "body": response.body})


def start(response: Response) -> dict[str, Any]:
    """The message that begins a response."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
    return {"type": "http.response.start", "status": response.status, "headers": headers}


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
