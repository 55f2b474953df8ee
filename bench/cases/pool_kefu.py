"""kefu's pool over Ollama servers: ``python -m bench.cases.pool_kefu SEED SECONDS RATE URL …``."""

import asyncio
import logging
import sys
from itertools import count

from agents.inference import Question
from agents.models.options import Options
from agents.models.plan import Candidate, Chosen
from bench.cases.pool_load import Turn, play, turns
from schemas.inference import ModelMessage, ModelRequest
from streams.pool.pool import OllamaPool
from streams.pool.server import Limits, Server
from tests.servers.pool_desk import Shown


def main() -> None:
    logging.getLogger("kefu.pool").setLevel(logging.ERROR)
    seed, seconds, rate, *urls = sys.argv[1:]
    numbers, chosen = count(), Chosen((Candidate("tiny", Options()),))

    async def run() -> None:
        pool = OllamaPool([Server(url, Limits()) for url in urls], slots=4)

        async def ask(turn: Turn) -> bool:
            done = await pool.complete(Question(_request(turn, f"q{next(numbers)}"), chosen, within=60.0), Shown())
            return done.outcome == "answered"

        await play(turns(int(seed), float(seconds), float(rate)), ask)
        await pool.aclose()

    asyncio.run(run())


def _request(turn: Turn, name: str) -> ModelRequest:
    messages = tuple(ModelMessage(role=role, content=text) for role, text in turn.messages)  # type: ignore[arg-type]
    return ModelRequest(
        request_id=name, reply_id=name, message_id=name, conversation_id=turn.conversation, prompt_version="",
        messages=messages, deadline="", occurred_at="",
    )  # fmt: skip


if __name__ == "__main__":
    main()
