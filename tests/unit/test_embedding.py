"""Embeddings at the rim: kept on disk once, waited for no longer than allowed, and left out where there are none."""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.catalog import Catalog, Script, Scripts, Texts
from agents.dialogue.hearing import Heard
from agents.dialogue.question import Question, question
from schemas.errors import Unavailable
from schemas.messages import Intent
from schemas.operations import Article
from streams.desk import LiveDesk
from streams.embedding.articles import ArticleEmbeddings
from streams.embedding.kept import KeptEmbeddings
from streams.embedding.questions import QuestionEmbeddings
from streams.embedding.servers import EmbeddingServers, TooSlow
from tests.samples import heard
from tests.servers.fake_ollama import FakeOllama, Fault, fake_ollama

TENTS = Article(article_id="tents", language="en", title="Tents", text="Nylon.", questions=("What are tents made of?",))
GREETING = Script(name="greeting", zh=("您好",), en=("Hello",))
AMPLE_S = 10.0
OPENED: list[EmbeddingServers] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """What a test has opened is closed after it."""
    yield
    while OPENED:
        OPENED.pop().close()


def servers_of(*urls: str, model: str = "tiny", ticks: Callable[[], float] = time.monotonic) -> EmbeddingServers:
    OPENED.append(EmbeddingServers(urls, model, ticks))
    return OPENED[-1]


def desk(*articles: Article) -> LiveDesk:
    now = LiveDesk(Catalog(intents=(), outside=Texts(), scripts=Scripts({"greeting": GREETING}), articles=()))
    for article in articles:
        now.article_changed(article.article_id, article)
    return now


class Counted(dict[str, int]):
    def __call__(self, outcome: str, count: int) -> None:
        if count:
            self[outcome] = self.get(outcome, 0) + count


class Asking:
    """Questions of a worker at servers; batches go through a thread, as the fake lives on this loop."""

    def __init__(self, *urls: str, wait_s: float = AMPLE_S, model: str = "tiny") -> None:
        self.now, self.counted = [0.0], Counted()
        self.servers = servers_of(*urls, model=model, ticks=lambda: self.now[0])
        self.questions = QuestionEmbeddings(self.servers, desk(), wait_s, self.counted)

    async def vectors(self, *events: Any) -> list[bytes | None]:
        prepared = self.questions.expecting(lambda ready: ready)
        return [getattr(event, "vector", None) for event in await asyncio.to_thread(prepared, events)]


async def test_the_questions_of_a_batch_are_embedded_in_one_call_each_text_once() -> None:
    async with fake_ollama() as fake:
        asking = Asking(fake.url)
        one, same, other = await asking.vectors(heard(1, "tents?"), heard(2, "tents?"), heard(3, "kites?"))
        assert one and one == same != other
        assert fake.embedded == [["tents?", "kites?"]]
        assert asking.counted == {"embedded": 2}
        assert await asking.vectors(heard(4, "tents?")) == [one]
        assert (len(fake.embedded), asking.counted["kept"]) == (1, 1)


async def test_only_what_knowledge_may_answer_is_embedded() -> None:
    async with fake_ollama() as fake:
        greeting = heard(1, "hi there", intent=Intent(name="greeting", confidence=0.9))
        assert await Asking(fake.url).vectors(greeting, heard(2, "  "), object()) == [b"", b"", None]
        assert fake.embedded == []


async def test_personal_data_never_reaches_the_server() -> None:
    async with fake_ollama() as fake:
        await Asking(fake.url).vectors(heard(1, "call me at 13912345678"))
        assert fake.embedded == [["call me at [PHONE_1]"]]


async def test_a_server_that_is_slow_is_not_waited_for_and_rests(caplog: pytest.LogCaptureFixture) -> None:
    async with fake_ollama(fault=Fault.SILENT) as fake:
        asking = Asking(fake.url, wait_s=0.05)
        began = time.monotonic()
        assert await asking.vectors(heard(1, "tents?")) == [b""]
        assert time.monotonic() - began < 5.0
        while not asking.servers.resting:
            await asyncio.sleep(0.01)
        assert await asking.vectors(heard(2, "kites?")) == [b""]
        assert asking.counted == {"slow": 1, "resting": 1}
        assert len(fake.embedded) == 1
        fake.release.set()
        fake.fault, asking.now[0] = Fault.NONE, 1.5
        asking.questions._wait_s = AMPLE_S
        assert all(await asking.vectors(heard(3, "kites?")))
    said = [record.getMessage() for record in caplog.records if record.name == "kefu.embedding"]
    assert len([line for line in said if "searched without them" in line]) == 1


@pytest.mark.parametrize(("model", "fault"), [("nobody", Fault.NONE), ("tiny", Fault.BROKEN), ("tiny", Fault.EMPTY)])
async def test_a_server_without_the_model_or_with_nonsense_is_done_without_and_said_once(
    model: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "kefu.embedding")
    async with fake_ollama(fault=fault) as fake:
        asking = Asking(fake.url, model=model)
        for number in range(3):
            assert await asking.vectors(heard(number, f"tents {number}?")) == [b""]
            asking.now[0] += 100.0
    assert asking.counted == {"failed": 3}
    assert len(caplog.records) == 1
    assert f"ollama pull {model}" in caplog.text


async def test_another_server_is_asked_while_the_first_rests() -> None:
    async with fake_ollama() as gone, fake_ollama() as fake:
        await gone.stop()
        asking = Asking(gone.url, fake.url)
        assert await asking.vectors(heard(1, "tents?")) == [b""]
        assert all(await asking.vectors(heard(2, "tents?")))
        await gone.start()


async def test_a_call_raises_in_words_what_went_wrong() -> None:
    async with fake_ollama() as fake:
        with pytest.raises(Unavailable, match="model 'nobody' not found"):
            await asyncio.to_thread(servers_of(fake.url, model="nobody").embed, ["a"], AMPLE_S)
        fake.fault = Fault.SILENT
        with pytest.raises(TooSlow):
            await asyncio.to_thread(servers_of(fake.url).embed, ["a"], 0.05)
        fake.release.set()


class Embedder:
    """Gives each text its own bytes, and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[bytes]:
        self.asked += texts
        return [text.encode() for text in texts]


def test_nothing_is_embedded_twice_by_one_model(tmp_path: Path) -> None:
    file, embed = tmp_path / "home" / "e.sqlite", Embedder()
    assert KeptEmbeddings(file, "a").of(["x", "y", "x"], embed) == [b"x", b"y", b"x"]
    assert KeptEmbeddings(file, "a").of(["y", "z"], embed) == [b"y", b"z"]
    assert embed.asked == ["x", "y", "z"]
    KeptEmbeddings(file, "b").of(["x"], embed)
    assert embed.asked[-1] == "x"


def test_workers_that_need_the_same_at_once_have_it_embedded_once(tmp_path: Path) -> None:
    file, embed, slowly = tmp_path / "e.sqlite", Embedder(), threading.Event()

    def slow(texts: Sequence[str]) -> list[bytes]:
        slowly.wait(5.0)
        return embed(texts)

    threads = [threading.Thread(target=KeptEmbeddings(file, "a").of, args=(["x"], slow)) for _ in range(3)]
    for thread in threads:
        thread.start()
    slowly.set()
    for thread in threads:
        thread.join()
    assert embed.asked == ["x"]


def test_a_call_that_failed_leaves_nothing_behind_and_the_next_one_works(tmp_path: Path) -> None:
    kept = KeptEmbeddings(tmp_path / "e.sqlite", "a")

    def fails(texts: Sequence[str]) -> list[bytes]:
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        kept.of(["x"], fails)
    assert kept.of(["x"], Embedder()) == [b"x"]


def test_a_file_that_is_none_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "e.sqlite"
    file.write_bytes(b"nonsense" * 1000)
    assert KeptEmbeddings(file, "a").of(["x"], Embedder()) == [b"x"]
    with closing(sqlite3.connect(file)) as opened:
        assert opened.execute("SELECT count(*) FROM embeddings").fetchone() == (1,)


async def kept_up(embeddings: ArticleEmbeddings) -> None:
    """Let it work until nothing is lacking."""
    task = asyncio.create_task(embeddings.keep_up())
    while embeddings._lacking:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


def embeddings_of(fake: FakeOllama, folder: Path, now: LiveDesk) -> ArticleEmbeddings:
    return ArticleEmbeddings(servers_of(fake.url), KeptEmbeddings(folder / "e.sqlite", "tiny"), now)


async def test_articles_are_embedded_when_they_change_and_found_by_their_meaning(tmp_path: Path) -> None:
    now = desk(TENTS)
    async with fake_ollama() as fake:
        embeddings = embeddings_of(fake, tmp_path, now)
        embeddings.changed("tents", TENTS)
        embeddings.changed("gone", None)
        await kept_up(embeddings)
        assert fake.embedded == [["Tents\nWhat are tents made of?"]]
        (vector,) = await Asking(fake.url).vectors(heard(1, "tentz mad off"))
        asked = msgspec.structs.replace(question_of(heard(1, "qqq")), vector=vector)
        assert [hit.article.article_id for hit in now.search(asked)] == ["tents"]
        again = embeddings_of(fake, tmp_path, desk(TENTS))
        again.changed("tents", TENTS)
        await kept_up(again)
        assert len(fake.embedded) == 2


def question_of(event: Heard) -> Question:
    return question(event.message, event.understanding, 0.0)


async def test_articles_wait_for_a_server_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.embedding.articles.REST_S", 0.01)
    now = desk(TENTS)
    async with fake_ollama() as fake:
        fake.faults.extend([Fault.BROKEN])
        embeddings = embeddings_of(fake, tmp_path, now)
        embeddings.changed("tents", TENTS)
        await kept_up(embeddings)
        assert len(fake.embedded) == 2
