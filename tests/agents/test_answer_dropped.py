"""An answer that somebody calls wrong is dropped on every level and not kept again from the same model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from agents.cache.entry import DROPPED
from agents.dialogue.doubt import calls_wrong
from schemas.inference import ModelRequest
from schemas.messages import Intent, Reply
from schemas.operations import Article, Feedback, Setting
from streams.cache.disk import Disk
from streams.cache.memory import Memory
from streams.desk import LiveDesk
from tests.agents.test_dialogue_cache import QUESTION, desk
from tests.samples import heard, result
from tests.talk import Talk

TEXT, MODEL = "By hand, in cold water.", "qwen"


class Shared:
    """A far level that two workers share."""

    name = "far"

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    def fetch(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put(self, key: bytes, value: bytes) -> None:
        self.kept[key] = value

    def drop(self, key: bytes) -> None:
        self.kept.pop(key, None)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    level = Disk(tmp_path / "disk", keep_s=86_400.0)
    yield level
    level.close()


def worker(far: Shared, *levels: Memory | Disk) -> LiveDesk:
    now = desk(*levels)
    assert now.cache is not None
    now.cache._far = far
    return now


def ask(now: LiveDesk, text: str = QUESTION) -> Talk:
    talk = Talk(now).say(heard(1, text))  # type: ignore[arg-type]
    for request in talk.all(ModelRequest):
        talk.say(result(request.request_id, text=TEXT, model=MODEL))
    return talk


def rated(talk: Talk, rating: str = "dislike", reply_id: str = "") -> Feedback:
    reply_id = reply_id or talk.all(Reply)[-1].reply_id
    return Feedback(feedback_id="f", reply_id=reply_id, conversation_id="c1", rating=rating, occurred_at="")  # type: ignore[arg-type]


def told(talk: Talk, *workers: LiveDesk) -> list[Setting]:
    """What the conversation has told all workers, who hear it."""
    settings = talk.all(Setting)
    for setting in settings:
        for each in workers:
            each.setting_changed(setting.name, setting)
    return settings


def source(talk: Talk) -> str:
    return talk.all(Reply)[-1].source


def test_a_disliked_answer_leaves_every_level_of_every_worker(disk: Disk) -> None:
    far, memory, other_memory = Shared(), Memory(), Memory()
    here, there = worker(far, memory, disk), worker(far, other_memory)
    assert (source(ask(here)), source(ask(here))) == ("model", "cache")
    other_memory.put(*next(iter(far.kept.items())))
    talk = ask(there)
    assert source(talk) == "cache"
    (setting,) = told(talk.say(rated(talk)), here, there)
    assert setting.name.startswith(DROPPED)
    assert (memory.size(), other_memory.size(), far.kept) == (0, 0, {})
    assert disk.get(bytes.fromhex(setting.value["key"])) is None


def test_it_is_not_kept_again_from_the_same_model_until_knowledge_changes() -> None:
    now = worker(Shared(), Memory())
    ask(now)
    talk = ask(now)
    told(talk.say(rated(talk)), now)
    assert [source(ask(now)) for _ in range(3)] == ["model"] * 3
    now.article_changed("kites", Article(article_id="kites", language="en", title="Kites", text="Paper."))
    assert [source(ask(now)) for _ in range(2)] == ["model", "cache"]


def test_another_model_may_answer_it_for_everybody() -> None:
    now = worker(Shared(), Memory())
    ask(now)
    talk = ask(now)
    told(talk.say(rated(talk)), now)
    better = Talk(now).say(heard(1, QUESTION))  # type: ignore[arg-type]
    (request,) = better.all(ModelRequest)
    better.say(result(request.request_id, text="In the bath.", model="larger"))
    assert source(ask(now)) == "cache"


def test_the_dislike_of_the_one_who_asked_the_model_counts_as_well() -> None:
    now = worker(Shared(), Memory())
    talk = ask(now)
    assert source(talk) == "model"
    told(talk.say(rated(talk)), now)
    assert source(ask(now)) == "model"


def test_likes_and_dislikes_of_other_replies_change_nothing_and_one_counts_once() -> None:
    now = worker(Shared(), Memory())
    ask(now)
    talk = ask(now)
    assert told(talk.say(rated(talk, "like")).say(rated(talk, reply_id="nobody's")), now) == []
    assert len(told(talk.say(rated(talk)).say(rated(talk)), now)) == 1


def test_feedback_to_a_forgotten_conversation_begins_none() -> None:
    talk = Talk(worker(Shared(), Memory()))  # type: ignore[arg-type]
    talk.say(rated(talk, reply_id="long ago"))
    assert talk.forgotten
    assert talk.out == []


def test_who_says_right_after_it_that_it_is_wrong_is_heard() -> None:
    now = worker(Shared(), Memory())
    ask(now)
    talk = ask(now).say(heard(2, "No, that is wrong."))
    assert len(told(talk, now)) == 1
    assert source(ask(now)) == "model"


def test_who_says_it_later_or_of_something_else_is_not() -> None:
    now = worker(Shared(), Memory())
    ask(now)
    scripted = Intent(name="offline", confidence=0.9)
    later = ask(now).say(heard(2, "hello", intent=scripted)).say(heard(3, "That is wrong."))
    assert told(later, now) == []
    assert told(ask(now).say(heard(2, "You sent me the wrong size.")), now) == []


@pytest.mark.parametrize(
    "text",
    ["答错了", "你回答错了", "不对", "答非所问", "这不是我问的", "没回答我的问题", "That's wrong", "not what I asked",
     "That doesn’t answer my question", "incorrect!"],
)  # fmt: skip
def test_these_call_an_answer_wrong(text: str) -> None:
    assert calls_wrong(text)


@pytest.mark.parametrize(
    "text",
    ["没答错", "尺码不对", "你们发错货了", "是不是错了?", "地址填错了怎么办", "I got the wrong size", "wrong order",
     "Is that wrong?", "thanks", "好的", "不对" + "而且还有别的很多事情" * 10],
)  # fmt: skip
def test_these_do_not(text: str) -> None:
    assert not calls_wrong(text)


def test_a_setting_that_cannot_be_read_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    now = worker(Shared(), Memory())
    name = f"{DROPPED}abc"
    now.setting_changed(name, Setting(name=name, value={"key": 3}, occurred_at=""))
    now.setting_changed(name, Setting(name=name, value={"key": "xy", "model": "", "knowledge": ""}, occurred_at=""))
    assert caplog.text.count(f"the setting {name}") == 2
    now.setting_changed(name, None)
