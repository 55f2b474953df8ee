"""The dialogue with a real desk and cache: what a model answered one customer is not asked of it again for another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.cache import AnswerCache, Terms
from agents.catalog import Catalog, Script, Scripts, Texts
from schemas.inference import ModelRequest
from schemas.messages import Entity, Reply
from schemas.operations import Article, Setting
from streams.cache.disk import Disk
from streams.cache.memory import Memory
from streams.desk import MODELS, LiveDesk
from tests.samples import heard, result
from tests.talk import Talk

SCRIPTS = Scripts({name: Script(name=name, zh=("好",), en=("ok",)) for name in ("fallback", "offline", "handover")})
TENTS = Article(article_id="tents", language="en", title="Tents", text="Our tents are made of nylon, dry them first.")
QUESTION = "How do I wash a tent?"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    level = Disk(tmp_path / "disk", keep_s=86_400.0)
    yield level
    level.close()


def desk(*levels: Memory | Disk) -> LiveDesk:
    """A desk that has one article and asks the model, as a new worker has it."""
    now = LiveDesk(Catalog(intents=(), outside=Texts(), scripts=SCRIPTS, articles=()))
    now.article_changed("tents", TENTS)
    now.setting_changed(MODELS, Setting(name=MODELS, value={"status": "online"}, occurred_at=""))
    now.cache = AnswerCache(now, levels, None, Terms("prompt-1"))
    return now


def ask(now: LiveDesk, question: str) -> Talk:
    return Talk(now).say(heard(1, question))  # type: ignore[arg-type]


def taught(now: LiveDesk) -> None:
    talk = ask(now, QUESTION)
    (request,) = talk.all(ModelRequest)
    talk.say(result(request.request_id, text="By hand, in cold water.", model="qwen"))
    assert talk.all(Reply)[-1].source == "model"


def test_another_customer_gets_the_answer_from_the_cache() -> None:
    now = desk(Memory())
    taught(now)
    for question in (QUESTION, "Hello, how can I wash a tent please"):
        (reply,) = ask(now, question).all(Reply)
        assert (reply.source, reply.text, reply.model) == ("cache", "By hand, in cold water.", "qwen")


@pytest.mark.parametrize("question", ["How do I not wash a tent?", "How do I wash 2 tents?", "Why do I wash a tent?"])
def test_one_who_asks_something_else_gets_the_model(question: str) -> None:
    now = desk(Memory())
    taught(now)
    talk = ask(now, question)
    assert (len(talk.all(ModelRequest)), talk.all(Reply)) == (1, [])


def test_a_changed_article_sends_them_to_the_model_again() -> None:
    now = desk(Memory())
    taught(now)
    now.article_changed(
        "tents",
        Article(article_id="tents", language="en", title="Tents", text="Our tents are made of cotton, dry them first."),
    )
    assert len(ask(now, QUESTION).all(ModelRequest)) == 1


def test_a_worker_that_was_killed_finds_its_answers_on_disk(disk: Disk) -> None:
    taught(desk(Memory(), disk))
    (reply,) = ask(desk(Memory(), disk), QUESTION).all(Reply)
    assert reply.source == "cache"


def test_a_result_that_is_worked_on_again_after_a_kill_gives_the_same_reply(disk: Disk) -> None:
    """Killed after the disk had the answer and before the commit: the result comes again to the state before it."""
    talk = ask(desk(Memory(), disk), QUESTION)
    (request,) = talk.all(ModelRequest)
    before = talk.state
    told = result(request.request_id, text="By hand, in cold water.", model="qwen")
    first = talk.say(told).all(Reply)
    again = Talk(desk(Memory(), disk))  # type: ignore[arg-type]
    again.state = before
    (reply,) = again.say(told).all(Reply)
    assert (reply.reply_id, reply.text, reply.source) == (first[-1].reply_id, first[-1].text, "model")


def test_a_question_about_a_date_is_for_its_moment_alone() -> None:
    now, date = desk(Memory()), Entity(type="date", value="2026-03-07", start=0, end=1)
    for _ in range(2):
        talk = Talk(now).say(heard(1, QUESTION, entities=(date,)))  # type: ignore[arg-type]
        (request,) = talk.all(ModelRequest)
        talk.say(result(request.request_id, text="By hand.", model="qwen"))


def test_what_is_general_is_cached_although_it_says_my() -> None:
    now = desk(Memory())
    for source in ("model", "cache"):
        talk = ask(now, "How can I recover my password?")
        for request in talk.all(ModelRequest):
            talk.say(result(request.request_id, text="With the link.", model="qwen"))
        assert talk.all(Reply)[-1].source == source


PRODUCT = Entity(type="product", value="tent", start=14, end=18)


def test_what_the_question_itself_names_does_not_tie_it_to_its_conversation() -> None:
    now = desk(Memory())
    for source in ("model", "cache"):
        talk = Talk(now).say(heard(1, QUESTION, entities=(PRODUCT,)))  # type: ignore[arg-type]
        for request in talk.all(ModelRequest):
            talk.say(result(request.request_id, text="By hand.", model="qwen"))
        assert talk.all(Reply)[-1].source == source


def test_what_was_named_before_does() -> None:
    now, colour = desk(Memory()), Entity(type="colour", value="red", start=0, end=3)
    talk = Talk(now).say(heard(1, "hello", entities=(colour,)))  # type: ignore[arg-type]
    for request in talk.all(ModelRequest):
        talk.say(result(request.request_id, text="Hi.", model="qwen"))
    talk.say(heard(2, QUESTION, entities=(PRODUCT,)))
    talk.say(result(talk.all(ModelRequest)[-1].request_id, text="Red ones by hand.", model="qwen"))
    assert len(ask(now, QUESTION).all(ModelRequest)) == 1
