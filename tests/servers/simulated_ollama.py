"""A simulated Ollama over HTTP, for load: the fake's routes and faults, with an engine that takes its time.

``python -m tests.servers.simulated_ollama --port 11500 [--slots 4 --decode 60 --slow 4 …]`` runs one.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from tests.servers.fake_ollama import FakeOllama, Fault
from tests.servers.ollama_lines import Json, line
from tests.servers.simulated_engine import Down, Engine, Job, Piece

CHARACTERS = 2.5
"""Characters of a prompt that make a token here."""
ANSWER = 80
"""Tokens of an answer, unless the question's ``num_predict`` is less."""


@dataclass
class SimulatedOllama(FakeOllama):
    """Answers as an Engine does. Conversations are known by how they begin, as a prompt cache knows them."""

    engine: Engine = field(default_factory=Engine)
    answer: int = ANSWER

    async def lines(self, question: Json, fault: Fault) -> AsyncIterator[bytes]:
        if fault is not Fault.NONE:
            async for faulty in super().lines(question, fault):
                yield faulty
            return
        job, model = self._job(question), question["model"]
        last = Piece(0, 0, 0.0)
        try:
            async for last in self.engine.answer(job):
                for _ in range(last.tokens):
                    yield line(model, "la ")
        except Down:
            raise ConnectionError("the server went down") from None
        yield line(
            model, "", done=True, done_reason="stop", prompt_eval_count=job.prompt, eval_count=job.answer,
            load_duration=int(last.load * 1e9),
        )  # fmt: skip

    async def vectors(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """The engine reads them and writes nothing."""
        tokens = int(sum(map(len, texts)) / CHARACTERS)
        try:
            async for _ in self.engine.answer(Job("\x1f".join(texts), model, tokens, 0)):
                pass
        except Down:
            raise ConnectionError("the server went down") from None
        return await super().vectors(model, texts)

    def _job(self, question: Json) -> Job:
        messages = [message["content"] for message in question["messages"]]
        system = messages[0] if question["messages"][0]["role"] == "system" else ""
        first = next((m["content"] for m in question["messages"] if m["role"] == "user"), "")
        answer = min(self.answer, question.get("options", {}).get("num_predict") or self.answer)
        tokens = int(sum(map(len, messages)) / CHARACTERS)
        return Job(f"{system}\x1f{first}", question["model"], tokens, answer, int(len(system) / CHARACTERS))


@asynccontextmanager
async def simulated_ollama(engine: Engine) -> AsyncIterator[SimulatedOllama]:
    """A running server."""
    server = SimulatedOllama(engine=engine)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def _serve(arguments: argparse.Namespace) -> None:
    engine = Engine(
        slots=arguments.slots, prefill=arguments.prefill, decode=arguments.decode, loading=arguments.loading,
        slow=arguments.slow,
    )  # fmt: skip
    models = tuple(name if ":" in name else f"{name}:latest" for name in arguments.models.split(","))
    server = SimulatedOllama(models=models, engine=engine, port=arguments.port, answer=arguments.answer)
    await server.start()
    print(msgspec.json.encode({"url": server.url}).decode(), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--models", default="tiny")
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--answer", type=int, default=ANSWER)
    for name, default in (("prefill", 2000.0), ("decode", 60.0), ("loading", 4.0), ("slow", 1.0)):
        parser.add_argument(f"--{name}", type=float, default=default)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
