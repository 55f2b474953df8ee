"""A pool over fake servers and a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import msgspec

from agents.inference import Completion, Question
from agents.models.plan import Plan, choose
from schemas.inference import ModelMessage, ModelRequest
from streams.pool.pool import OllamaPool, PoolStatus
from streams.pool.server import Limits, Server
from tests.servers.fake_ollama import FakeOllama, fake_ollama

AMPLE = Limits(connect=5.0, first_token=30.0, silence=30.0, drip=60.0, whole=60.0)


def request(number: int = 0, **fields: Any) -> ModelRequest:
    """Question ``q<number>``."""
    return ModelRequest(
        request_id=f"q{number}",
        reply_id=f"r{number}",
        message_id=f"m{number}",
        conversation_id=f"c{number}",
        prompt_version="p1",
        messages=(ModelMessage(role="system", content="Be brief."), ModelMessage(role="user", content="包裹 where?")),
        deadline="2026-03-02T09:17:00.000Z",
        occurred_at="2026-03-02T09:15:31.000Z",
        **fields,
    )


def question(number: int = 0, plan: Plan | None = None, *, model: str = "", **fields: Any) -> Question:
    """Question ``q<number>`` with who may answer it: ``tiny`` unless a plan or the question says otherwise."""
    said = {name: fields.pop(name) for name in ("messages", "tools") if name in fields}
    asked = msgspec.structs.replace(request(number), **said)
    chosen = choose(plan or Plan(default="tiny"), asked.conversation_id, model=model)
    return Question(asked, chosen, **fields)


class Shown:
    """A listener that shows every piece at once, to ``on_text`` as well."""

    def __init__(self, on_text: Callable[[str], None] = lambda text: None) -> None:
        self.pieces, self._on_text = list[str](), on_text

    @property
    def shown(self) -> bool:
        return bool(self.pieces)

    def heard(self, piece: str) -> None:
        self.pieces.append(piece)
        self._on_text(piece)

    def restart(self, *, in_thought: bool) -> None:
        """Nothing is kept that a person has not seen."""


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A pool over fake servers, and what was shown."""

    def __init__(self, fakes: list[FakeOllama], pool: OllamaPool, clock: Clock, plan: Plan) -> None:
        self.fakes, self.servers, self.pool, self.clock = fakes, pool.servers, pool, clock
        self.plan, self.shown = plan, list[str]()

    async def ask(self, number: int = 0, *, model: str = "", **fields: Any) -> Completion:
        asked = question(number, self.plan, model=model, **fields)
        return await self.pool.complete(asked, Shown(self.shown.append))

    def asking(self, number: int = 0, **fields: Any) -> asyncio.Task[Completion]:
        return asyncio.create_task(self.ask(number, **fields))

    async def probe(self) -> PoolStatus:
        return await self.pool.probe(self.plan.models)

    @property
    def asked(self) -> list[int]:
        return [len(fake.questions) for fake in self.fakes]


@asynccontextmanager
async def desk(*fakes: dict[str, Any], slots: int = 4, fallback: str = "") -> AsyncIterator[Desk]:
    """A desk over fakes with these fields; ``limits`` among them are those of its server."""
    async with AsyncExitStack() as stack:
        limits = [fields.pop("limits", AMPLE) for fields in fakes]
        up = [await stack.enter_async_context(fake_ollama(**fields)) for fields in fakes]
        servers = [Server(fake.url, each) for fake, each in zip(up, limits, strict=True)]
        clock = Clock()
        pool = OllamaPool(servers, slots=slots, ticks=clock)
        await stack.enter_async_context(aclosing(pool))
        yield Desk(up, pool, clock, Plan(default="tiny", fallback=fallback))
        assert [server.in_flight for server in servers] == [0] * len(servers)
