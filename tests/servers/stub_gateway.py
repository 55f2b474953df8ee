"""A stand-in for the gateway: the pages under the same Content-Security-Policy, with answers that a test chooses."""

import asyncio
import json
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from streams.gateway.guards import HEADERS

PAGES = Path(__file__).parents[2] / "streams" / "gateway" / "pages"
ECHARTS = "META-INF/resources/webjars/echarts/5.5.0/echarts.min.js"

Json = dict[str, Any]
Script = Callable[[Json], list[Json | float]]
"""What a message is answered with: frames, and between them pauses in seconds."""


def silent(_message: Json) -> list[Json | float]:
    return []


@dataclass
class StubGateway:
    """What the pages did, and what they are told. Frames and drops may be asked for from any thread."""

    echarts: bytes = b""
    script: Script = silent
    accepts: bool = True
    refuses_connections: bool = False
    greeting: Json = field(default_factory=lambda: {"type": "status", "models": "online", "reason": ""})
    conversations: dict[str, list[Json]] = field(default_factory=dict)
    ops: dict[str, Json] = field(default_factory=dict)
    failing: dict[str, Json] = field(default_factory=dict)
    received: list[Json] = field(default_factory=list)
    feedback: list[Json] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None

    def push(self, frame: Json) -> None:
        """Send a frame to every open page; returns when it left."""
        self._run(self._send_all(frame))

    def drop(self) -> None:
        """Close every page's connection as a restart of the gateway does."""
        self._run(self._close_all())

    def _run(self, work: Any) -> None:
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(work, self.loop).result(5)

    async def _send_all(self, frame: Json) -> None:
        for socket in list(self.sockets):
            await socket.send_json(frame)

    async def _close_all(self) -> None:
        for socket in list(self.sockets):
            await socket.close(1012)

    async def talk(self, socket: WebSocket) -> None:
        self.loop = asyncio.get_running_loop()
        if self.refuses_connections:
            await socket.close(1013)
            return
        await socket.accept()
        self.sockets.append(socket)
        try:
            await socket.send_json(self.greeting)
            while True:
                await self._answer(socket, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.sockets.remove(socket)

    async def _answer(self, socket: WebSocket, message: Json) -> None:
        self.received.append(message)
        if self.accepts:
            await socket.send_json({"type": "accepted", "message_id": message["message_id"]})
        for each in self.script(message):
            if isinstance(each, float):
                await asyncio.sleep(each)
            else:
                await socket.send_json(each)

    async def api(self, request: Request) -> Response:
        path = request.url.path.removeprefix("/v1/")
        self.requests.append(str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""))
        failure = self.failing.get(path)
        if failure:
            return JSONResponse(failure, failure["status"], HEADERS, media_type="application/problem+json")
        if path == "feedback":
            self.feedback.append(json.loads(await request.body()) | {"key": request.headers["Idempotency-Key"]})
            return JSONResponse({"feedback_id": "f-1"}, 202, HEADERS)
        if path.startswith("conversations/"):
            id_ = path.removeprefix("conversations/")
            return JSONResponse({"conversation_id": id_, "turns": self.conversations.get(id_, [])}, headers=HEADERS)
        return JSONResponse(self.ops[path], headers=HEADERS)

    async def echarts_js(self, _request: Request) -> Response:
        return Response(self.echarts, 200 if self.echarts else 404, HEADERS, "text/javascript")

    def application(self) -> Starlette:
        return Starlette(routes=self._routes())

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/", page("chat.html")),
            Route("/ops", page("ops.html")),
            Route("/static/{name}", static),
            Route("/vendor/echarts.min.js", self.echarts_js),
            Route("/v1/{path:path}", self.api, methods=["GET", "POST"]),
            WebSocketRoute("/v1/ws", self.talk),
        ]


def page(name: str) -> Callable[[Request], Response]:
    return lambda _request: FileResponse(PAGES / name, headers=HEADERS)


def static(request: Request) -> Response:
    path = PAGES / request.path_params["name"]
    return FileResponse(path, headers=HEADERS) if path.is_file() else Response(status_code=404, headers=HEADERS)


def read_echarts(folder: Path) -> bytes:
    """The library out of its webjar in ``folder``; empty when no such jar lies there."""
    for jar in folder.glob("echarts-*.jar"):
        with zipfile.ZipFile(jar) as archive:
            return archive.read(ECHARTS)
    return b""


@contextmanager
def serving(application: ASGIApp, port: int = 0) -> Iterator[str]:
    """Run ``application`` on a thread; gives its address."""
    config = uvicorn.Config(
        application,
        "127.0.0.1",
        port,
        log_level="warning",
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError(f"the stub could not listen on port {port}: take another")
        threading.Event().wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)


def demonstrate() -> None:
    """Serve sample answers for the development of the pages, until Ctrl-C."""
    from tests.servers import stub_answers as answers

    jars = Path(sys.prefix) / "share" / "kefu" / "jars" / "pages"
    stub = StubGateway(echarts=read_echarts(jars), script=answers.demonstration, ops=answers.sample_ops())
    stub.conversations["web-1"] = [answers.turn("1", "退款三天了还没到，怎么回事？", "退款一般 1–3 个工作日到账。")]
    with serving(stub.application(), 8765) as address:
        print(f"{address}/ and {address}/ops, until Ctrl-C")
        threading.Event().wait()


if __name__ == "__main__":
    demonstrate()
