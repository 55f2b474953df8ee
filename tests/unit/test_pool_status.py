"""The pool's models and words: fallbacks, missing models, what a probe says, how text is paced."""

import asyncio
from collections import deque
from contextlib import aclosing

import pytest

from agents.output.pacing import CHUNK_S, Paced
from streams.pool.pool import OllamaPool, PoolStatus
from streams.pool.server import Server
from tests.servers.fake_ollama import Fault
from tests.servers.pool_desk import AMPLE, Clock, desk


async def test_without_servers_models_are_unavailable_with_the_setting_named() -> None:
    async with desk() as here:
        done = await here.ask()
        assert (done.outcome, done.attempts, done.model_ms) == ("unavailable", 0, 0.0)
        assert "KEFU_OLLAMA_URLS names no server" in done.reason
        assert await here.probe() == PoolStatus("offline", done.reason)


async def test_when_all_refuse_the_reason_says_what_to_do() -> None:
    async with desk({}) as here:
        await here.fakes[0].stop()
        done = await here.ask()
        assert done.outcome == "unavailable"
        assert "start it with `ollama serve`, or correct KEFU_OLLAMA_URLS" in done.reason
        await here.fakes[0].start()


async def test_the_fallback_answers_when_the_model_is_missing() -> None:
    async with desk({"models": ("small:latest",)}, fallback="small") as here:
        done = await here.ask()
    assert (done.outcome, done.model, done.attempts) == ("answered", "small", 2)
    assert [question["model"] for question in here.fakes[0].questions] == ["tiny", "small"]


async def test_the_fallback_answers_when_the_model_fails() -> None:
    async with desk({"faults": deque([Fault.BROKEN])}, fallback="small:latest") as here:
        here.fakes[0].models = ("tiny:latest", "small:latest")
        done = await here.ask()
    assert (done.outcome, done.model, done.attempts) == ("answered", "small:latest", 2)


async def test_a_model_named_in_the_request_goes_before_that_of_the_settings() -> None:
    async with desk({"models": ("tiny:latest", "big:70b")}) as here:
        assert (await here.ask(model="big:70b")).model == "big:70b"


async def test_a_server_that_lacks_the_model_is_passed_over_without_resting() -> None:
    async with desk({"models": ()}, {}) as here:
        first, second = await here.ask(0), await here.ask(1)
        assert (first.attempts, second.attempts, here.asked) == (2, 1, [1, 2])
        assert here.servers[0].passes(here.clock.now)
        assert here.servers[0].problem == "has no model tiny; run `ollama pull tiny` there"


async def test_the_probe_notices_a_pulled_model() -> None:
    async with desk({"models": ("other:latest",)}) as here:
        url = here.servers[0].url
        assert await here.probe() == PoolStatus("offline", f"{url}: has no model tiny; run `ollama pull tiny` there")
        here.fakes[0].models += ("tiny:latest",)
        assert await here.probe() == PoolStatus("online", servers=(url,))
        assert (await here.ask()).attempts == 1


async def test_the_probe_is_online_with_the_fallback_alone() -> None:
    async with desk({"models": ("small:latest",)}, fallback="small") as here:
        assert (await here.probe()).status == "online"


async def test_the_probe_names_the_servers_that_answer_and_what_to_do_about_the_others() -> None:
    async with desk({}, {}) as here:
        await here.fakes[0].stop()
        status = await here.probe()
        first, second = (server.url for server in here.servers)
        assert (status.status, status.servers) == ("online", (second,))
        assert status.reason.startswith(f"{first}: cannot be reached; start it with `ollama serve`")
        await here.fakes[0].start()


async def test_the_probe_says_that_something_else_listens_there() -> None:
    async def web_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")
        writer.close()

    async with await asyncio.start_server(web_page, "127.0.0.1", 0) as web:
        url = f"http://127.0.0.1:{web.sockets[0].getsockname()[1]}"
        async with aclosing(OllamaPool([Server(url, AMPLE)])) as pool:
            status = await pool.probe(["tiny"])
    assert status.status == "offline"
    assert "does not speak as Ollama does; look what listens there" in status.reason


@pytest.mark.parametrize(("gap", "words", "pieces"), [(0.0, 500, 2), (0.3, 40, 11), (2.0, 20, 20), (1.0, 0, 0)])
def test_pacing_keeps_text_and_order_and_shows_the_first_word_at_once(gap: float, words: int, pieces: int) -> None:
    clock, shown = Clock(), list[str]()
    said, paced = [f"{number} " for number in range(words)], Paced(shown.append, clock)
    for word in said:
        paced.add(word)
        clock.now += gap * CHUNK_S
    paced.flush()
    assert "".join(shown) == "".join(said)
    assert shown[:1] == said[:1]
    assert len(shown) == pieces
