"""The pool on real Ollama servers; what the fake promises too is asked of both."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from agents.breaker import Breaker
from agents.models.options import Options
from agents.models.plan import Plan
from streams.pool.pool import OllamaPool
from streams.pool.server import Limits, Server, ServerFailed
from streams.pool.wire import Spoken
from tests.servers.fake_ollama import fake_ollama
from tests.servers.ollama import BUILD_S, Ollama, ollama_binary, running
from tests.servers.pool_desk import AMPLE, Shown, question, request
from tests.servers.simulated_engine import Engine
from tests.servers.simulated_ollama import simulated_ollama

pytestmark = pytest.mark.timeout(BUILD_S + 300)
QUESTION, PLAIN = request().messages, Options()
REAL = pytest.param("real", marks=pytest.mark.ollama)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ollama")


@pytest.fixture(scope="module")
def pair(folder: Path) -> Iterator[tuple[Ollama, Ollama]]:
    """Two real servers with the model; who kills one starts it again."""
    with running(folder / "a") as first, running(folder / "b") as second:
        yield first, second


@asynccontextmanager
async def pool_of(*urls: str, limits: Limits = AMPLE) -> AsyncIterator[OllamaPool]:
    async with aclosing(OllamaPool([Server(url, limits) for url in urls])) as pool:
        yield pool


@pytest.fixture(params=["fake", "simulated", REAL])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A server with the model ``tiny``: the fake, the simulated one, then the real one."""
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            url = (await stack.enter_async_context(fake_ollama())).url
        elif request.param == "simulated":
            url = (await stack.enter_async_context(simulated_ollama(Engine(loading=0.1, decode=400.0)))).url
        else:
            url = request.getfixturevalue("pair")[0].url
        yield await stack.enter_async_context(aclosing(Server(url, AMPLE)))


async def spoken(server: Server) -> tuple[Spoken, list[str]]:
    """An answer of several pieces, as a random model gives in nearly every try."""
    for _ in range(20):
        pieces: list[str] = []
        answer = await server.ask("tiny", PLAIN, QUESTION, pieces.append)
        if len(pieces) > 2:
            return answer, pieces
    raise AssertionError(f"the server says little: {answer}")


async def test_an_answer_is_streamed_and_is_what_its_pieces_make_together(server: Server) -> None:
    answer, pieces = await spoken(server)
    assert answer.text == "".join(pieces)
    assert all(pieces)


async def test_tokens_are_counted(server: Server) -> None:
    answer, pieces = await spoken(server)
    assert answer.prompt_tokens > 0
    assert answer.answer_tokens >= len(pieces)


async def test_models_are_listed_with_their_tags(server: Server) -> None:
    assert await server.models() == {"tiny:latest"}


async def test_an_unknown_model_is_refused_with_what_to_do(server: Server) -> None:
    with pytest.raises(ServerFailed, match="has no model nobody; run `ollama pull nobody` there"):
        await server.ask("nobody", PLAIN, QUESTION, lambda _: None)
    assert server.lacking == {"nobody:latest"}


async def test_leaving_an_answer_in_the_middle_leaves_the_server_usable(server: Server) -> None:
    begun = asyncio.Event()
    asking = asyncio.create_task(server.ask("tiny", PLAIN, QUESTION, lambda _: begun.set()))
    await begun.wait()
    asking.cancel()
    await asyncio.wait([asking])
    assert (await spoken(server))[0].text


async def test_the_probe_is_online_where_the_model_is_and_names_the_command_where_not(server: Server) -> None:
    async with pool_of(server.url) as pool:
        assert (await pool.probe(["tiny"])).servers == (server.url,)
        status = await pool.probe(["qwen2.5:7b"])
    assert (status.status, status.servers) == ("offline", ())
    assert status.reason == f"{server.url}: has no model qwen2.5:7b; run `ollama pull qwen2.5:7b` there"


async def test_the_fallback_model_answers_for_one_that_is_missing(server: Server) -> None:
    plan = Plan(default="qwen2.5:7b", fallback="tiny")
    async with pool_of(server.url) as pool:
        done = await pool.complete(question(0, plan), Shown())
    assert (done.outcome, done.model, done.attempts) == ("answered", "tiny", 2)


async def test_something_that_stopped_is_unreachable(tmp_path: Path) -> None:
    async with fake_ollama() as fake:
        url = fake.url
    async with pool_of(url) as pool:
        done, status = await pool.complete(question(), Shown()), await pool.probe(["tiny"])
    assert (done.outcome, status.status) == ("unavailable", "offline")
    assert "start it with `ollama serve`" in done.reason
    assert "start it with `ollama serve`" in status.reason


@pytest.mark.ollama
async def test_fifty_questions_survive_the_kill_of_one_of_two_servers(pair: tuple[Ollama, Ollama]) -> None:
    first, second = pair
    shown: dict[int, str] = dict.fromkeys(range(50), "")
    async with pool_of(first.url, second.url) as pool:

        def show(number: int, text: str) -> None:
            shown[number] += text
            if first.alive and sum(map(bool, shown.values())) >= 12 and pool.servers[0].in_flight:
                first.kill()

        done = await asyncio.gather(*(pool.complete(question(n), Shown(partial(show, n))) for n in shown))
        assert [server.in_flight for server in pool.servers] == [0, 0]
        assert not first.alive
        first.start()
        pool.servers[0].breaker, pool.servers[1].load.slots = Breaker(), 0
        back = await pool.complete(question(50), Shown())
    assert len(done) == 50
    broken = [number for number, completion in enumerate(done) if completion.outcome != "answered"]
    assert len(broken) <= first.parallel
    assert all(done[n].outcome == "failed" and shown[n] and done[n].reason.startswith(first.url) for n in broken)
    assert all(shown[n] == completion.text for n, completion in enumerate(done) if n not in broken)
    assert sum(completion.server == second.url for completion in done) >= 50 - 12 - first.parallel
    assert (back.outcome, back.server) == ("answered", first.url)


@pytest.mark.ollama
async def test_a_frozen_server_is_given_up_at_the_first_token_and_its_question_answered_elsewhere(
    pair: tuple[Ollama, Ollama],
) -> None:
    first, second = pair
    async with pool_of(first.url, second.url) as pool:
        pool.servers[0].limits = Limits(first_token=0.3)
        first.freeze()
        try:
            done = await pool.complete(question(), Shown())
        finally:
            first.thaw()
    assert (done.outcome, done.server, done.attempts) == ("answered", second.url, 2)
    assert pool.servers[0].problem.startswith("no first token within 0.3 s")


@pytest.mark.ollama
async def test_a_server_that_comes_back_is_found_by_the_next_probe(pair: tuple[Ollama, Ollama]) -> None:
    first, _ = pair
    async with pool_of(first.url) as pool:
        first.kill()
        assert (await pool.probe(["tiny"])).status == "offline"
        first.start()
        assert (await pool.probe(["tiny"])).status == "online"


@pytest.mark.ollama
def test_nothing_of_a_stopped_server_is_left(folder: Path) -> None:
    with running(folder / "c") as server:
        asyncio.run(_load(server.url))
        assert server.process is not None
        family = [server.process.pid, *(child.pid for child in psutil.Process(server.process.pid).children())]
        assert len(family) > 1
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in family)


def test_without_go_the_tests_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.ollama.BUILT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="no go here to build Ollama"):
        ollama_binary()


async def _load(url: str) -> None:
    async with aclosing(Server(url, AMPLE)) as server:
        await server.ask("tiny", PLAIN, QUESTION, lambda _: None)
