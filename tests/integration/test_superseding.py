"""A question that the customer has gone on from is taken back from the model server: its connection is closed."""

import asyncio
import time
from contextlib import aclosing

from agents.inference import Inference
from agents.ports import When
from schemas import times
from schemas.inference import ModelMessage, ModelRequest, ModelResult
from schemas.topics import Send
from streams.pool.configured import plan_of, pool_of
from streams.pool.model_breakers import ModelBreakers
from streams.pool.rules import LiveRules
from streams.settings import Settings
from tests.servers.fake_ollama import Fault, fake_ollama


def request(request_id: str, *said: str, supersedes: str = "") -> ModelRequest:
    now = time.time()
    return ModelRequest(
        request_id=request_id,
        reply_id=f"r-{request_id}",
        message_id=f"m-{request_id}",
        conversation_id="c1",
        prompt_version="p1",
        messages=tuple(ModelMessage(role="user", content=text) for text in said),
        deadline=times.rfc3339(now + 60),
        occurred_at=times.rfc3339(now),
        supersedes=supersedes,
    )


def outcomes(sends: list[Send]) -> list[str]:
    return [send.event.outcome for send in sends if isinstance(send.event, ModelResult)]


async def test_the_server_stops_and_answers_the_question_that_holds_both() -> None:
    async with fake_ollama() as fake:
        fake.faults.append(Fault.STUCK)
        settings = Settings(ollama_urls=fake.url, model="tiny")
        rules = LiveRules(plan_of(settings), ModelBreakers(time.monotonic))
        async with aclosing(pool_of(settings)) as pool:
            ask, when = Inference(pool, rules, lambda _: None, time.time).ask, When(time.time(), time.time())
            first = asyncio.ensure_future(ask(request("q1", "may I paint it?"), when))
            await fake.until(lambda server: len(server.questions) == 1)
            both = request("q2", "may I paint it?", "in blue I mean", supersedes="q1")
            assert outcomes(await ask(both, when)) == ["answered"]
            assert outcomes(await first) == ["superseded"]
            await fake.until(lambda server: server.hung_up == 1)
        assert fake.questions[-1]["messages"] == [
            {"role": message.role, "content": message.content} for message in both.messages
        ]
