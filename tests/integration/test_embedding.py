"""Embeddings of a real Ollama server; what the fake and the simulated one promise too is asked of all three."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing

import numpy as np
import pytest
from numpy.typing import NDArray

from schemas.errors import Unavailable
from streams.embedding.servers import EmbeddingServers
from tests.servers.fake_ollama import fake_ollama
from tests.servers.ollama import BUILD_S, ollama_server
from tests.servers.simulated_engine import Engine
from tests.servers.simulated_ollama import simulated_ollama

pytestmark = pytest.mark.timeout(BUILD_S + 300)
REAL = pytest.param("real", marks=pytest.mark.ollama)
AMPLE_S = 60.0


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ollama_server(tmp_path_factory.mktemp("ollama")) as url:
        yield url


@pytest.fixture(params=["fake", "simulated", REAL])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A server with the model ``tiny``."""
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            yield (await stack.enter_async_context(fake_ollama())).url
        elif request.param == "simulated":
            yield (await stack.enter_async_context(simulated_ollama(Engine(loading=0.1)))).url
        else:
            yield request.getfixturevalue("real")


async def embedded(url: str, *texts: str, model: str = "tiny") -> list[bytes]:
    with closing(EmbeddingServers([url], model)) as servers:
        return await asyncio.to_thread(servers.embed, texts, AMPLE_S)


def numbers(vector: bytes) -> NDArray[np.float32]:
    return np.frombuffer(vector[4:], "<f2").astype(np.float32)


async def test_each_text_has_a_vector_of_length_one_in_order(url: str) -> None:
    one, other, same = await embedded(url, "怎么退货?", "How long does a refund take?", "怎么退货?")
    assert one == same != other
    assert len({len(one), len(other)}) == 1
    assert np.linalg.norm(numbers(one)) == pytest.approx(1.0, abs=0.01)


async def test_a_text_has_the_same_vector_alone_and_among_others(url: str) -> None:
    (alone,) = await embedded(url, "tents")
    among, *_ = await embedded(url, "tents", "kites", "stamps")
    assert float(numbers(alone) @ numbers(among)) == pytest.approx(1.0, abs=0.01)


async def test_a_long_text_is_embedded_too(url: str) -> None:
    (vector,) = await embedded(url, "退货 " * 3_000)
    assert vector


async def test_an_unknown_model_is_named_in_the_refusal(url: str) -> None:
    with pytest.raises(Unavailable, match="nobody"):
        await embedded(url, "tents", model="nobody")
