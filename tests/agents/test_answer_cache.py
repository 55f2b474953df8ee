"""The answer cache: given what was remembered, when a question comes, then its answer or none."""

from collections.abc import Mapping, Sequence

import pytest

from agents.cache import AnswerCache, Recalled, Remembered, Terms
from agents.dialogue.conversation import Question
from agents.understanding.mask import mask
from schemas.messages import Citation, Entity, Intent, Sentiment
from streams.cache.memory import Memory
from tests.cache_pairs import framed

DAY_S = 86_400.0
COUNTS = list[tuple[str, str]]


class Knowledge:
    """Material that a test changes: one article about returns, another about refunds."""

    def __init__(self) -> None:
        self.knowledge_version = "v1"
        self.found: tuple[str, ...] = ("returns",)
        self.prints: dict[str, str] = {"returns": "r1", "refunds": "f1"}

    def shown(self, question: Question) -> tuple[tuple[str, str], ...]:
        return tuple((article, self.prints[article]) for article in self.found)

    def best(self, question: Question) -> str | None:
        return next(iter(self.found), None)

    def fingerprint(self, article_id: str, at: float) -> str | None:
        return self.prints.get(article_id)


class Elsewhere:
    """A far level that counts how often it was asked."""

    name = "redis"

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.fetches = 0

    def fetch(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        self.fetches += 1
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put(self, key: bytes, value: bytes) -> None:
        self.kept[key] = value

    def drop(self, key: bytes) -> None:
        self.kept.pop(key, None)


def asked(text: str, language: str = "en", **changes: object) -> Question:
    values = {
        "message_id": "m",
        "text": mask(text).text,
        "tenant": "default",
        "channel": "web",
        "user_id": "u",
        "language": language,
        "intent": Intent(name="return_policy", confidence=0.9),
        "entities": (),
        "sentiment": Sentiment(),
        "attachments": (),
        "occurred_at": "",
        "written": 1000.0,
        "input_hash": "",
    }
    return Question(**values | changes)  # type: ignore[arg-type]


ANSWER = Remembered("You have 30 days.", (Citation(article_id="returns", title="Returns"),), "qwen", "v1")
POLICY = "How long do I have to return an item?"


@pytest.fixture
def knowledge() -> Knowledge:
    return Knowledge()


@pytest.fixture
def counts() -> COUNTS:
    return []


@pytest.fixture
def cache(knowledge: Knowledge, counts: COUNTS) -> AnswerCache:
    terms = Terms("prompt-1", frozenset({"order_status"}), keep_s=DAY_S)
    return AnswerCache(knowledge, [Memory()], None, terms, lambda *outcome: counts.append(outcome))


def test_the_same_words_get_the_same_answer_whatever_their_case_and_marks(cache: AnswerCache, counts: COUNTS) -> None:
    assert cache.recall(asked("How do I return an item?")) is None
    key = cache.remember(asked("How do I return an item?"), ANSWER)
    found = cache.recall(asked("  how do I return an item "))
    assert found == Recalled(ANSWER.text, ANSWER.citations, "en", "qwen", 1.0, "process", key)
    assert counts == [("process", "miss"), ("process", "kept"), ("process", "hit")]


def test_the_same_meaning_gets_the_same_answer(cache: AnswerCache, counts: COUNTS) -> None:
    cache.remember(asked("How do I return an item?"), ANSWER)
    found = cache.recall(asked("Hello, what is the process for returning a product please"))
    assert found is not None
    assert 0 < found.similarity < 1
    assert counts[-1] == ("process", "near")


@pytest.mark.parametrize(
    "changed",
    [
        asked("How do I return an item?", tenant="other"),
        asked("How do I return an item?", intent=Intent(name="exchange_request", confidence=0.9)),
        asked("How do I return an item?", "zh"),
        asked("How do I not return an item?"),
        asked("How do I return 2 items?"),
        asked("Can I return an item?"),
    ],
)
def test_another_tenant_language_intent_or_meaning_gets_none(cache: AnswerCache, changed: Question) -> None:
    cache.remember(asked("How do I return an item?"), ANSWER)
    assert cache.recall(changed) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (asked("How do I return an item? I am Ann, 13800138000"), ANSWER),
        (asked("How do I return order SO20260001234?"), ANSWER),
        (
            asked("How do I return A1?", entities=(Entity(type="order_number", value="A1", start=16, end=18),)),
            ANSWER,
        ),
        (asked("Where is my parcel?"), ANSWER),
        (asked("Can I return it?"), ANSWER),
        (asked("And for shoes?"), ANSWER),
        (asked("shoes"), ANSWER),
        (asked("I bought shoes and want to return them, how long does that take?"), ANSWER),
        (asked("Do you deliver shoes today?"), ANSWER),
        (asked("What shoes do you sell?", intent=Intent(name="order_status")), ANSWER),
        (asked("What shoes do you sell?", attachments=("image",)), ANSWER),
        (asked("What shoes do you sell?", sentiment=Sentiment(score=-0.9)), ANSWER),
        (asked("¿Cómo devuelvo un artículo?", "es"), ANSWER),
        (asked("我的快递到哪了", "zh"), ANSWER),
        (asked("我买的鞋子坏了怎么退货", "zh"), ANSWER),
        (asked("这个多少钱", "zh"), ANSWER),
        (asked("红色的呢", "zh"), ANSWER),
        (asked("那换货怎么换", "zh"), ANSWER),
        (asked("今天发货吗", "zh"), ANSWER),
        (asked("帮我取消订单", "zh"), ANSWER),
        (asked("我要退货", "zh"), ANSWER),
        (asked("[PHONE_1] 可以退货吗", "zh"), ANSWER),
        (asked(POLICY), Remembered("Call 13800138000.", (), "qwen", "v1")),
        (asked(POLICY), Remembered("Your order SO20260001234 can go back.", (), "qwen", "v1")),
        (asked(POLICY), Remembered("As I said, 30 days.", (), "qwen", "v1")),
        (asked(POLICY), Remembered("[NAME_1], you have 30 days.", (), "qwen", "v1")),
        (asked(POLICY), Remembered(" ", (), "qwen", "v1")),
        (asked(POLICY), Remembered("You have 30 days.", (), "", "v1")),
        (asked(POLICY), Remembered("You have 30 days.", (), "qwen", "v0")),
    ],
)
def test_what_is_personal_or_belongs_to_a_conversation_is_never_kept(
    cache: AnswerCache, question: Question, answer: Remembered
) -> None:
    cache.remember(question, answer)
    assert cache.recall(question) is None


def test_an_intent_that_is_not_sure_tells_nothing_apart(cache: AnswerCache) -> None:
    cache.remember(asked("How do I return an item?"), ANSWER)
    assert cache.recall(asked("How do I return an item?", intent=Intent(name="exchange_request", confidence=0.3)))


def test_an_answer_goes_with_the_article_that_it_rests_on(
    cache: AnswerCache, knowledge: Knowledge, counts: COUNTS
) -> None:
    cache.remember(asked(POLICY), ANSWER)
    knowledge.knowledge_version, knowledge.prints["refunds"] = "v2", "f2"
    assert cache.recall(asked(POLICY)) is not None
    knowledge.prints["returns"] = "r2"
    assert cache.recall(asked(POLICY)) is None
    assert counts[-1] == ("process", "stale")
    knowledge.prints["returns"] = "r1"
    assert cache.recall(asked(POLICY)) is None


def test_an_answer_goes_with_a_deleted_article_and_with_a_better_one(cache: AnswerCache, knowledge: Knowledge) -> None:
    cache.remember(asked(POLICY), ANSWER)
    knowledge.found = ("refunds", "returns")
    assert cache.recall(asked(POLICY)) is None
    knowledge.found = ("returns",)
    cache.remember(asked(POLICY), ANSWER)
    del knowledge.prints["returns"]
    knowledge.found = ()
    assert cache.recall(asked(POLICY)) is None


def test_what_rests_on_values_of_the_moment_is_not_kept(cache: AnswerCache, knowledge: Knowledge) -> None:
    knowledge.prints["returns"] = ""
    cache.remember(asked(POLICY), ANSWER)
    assert cache.recall(asked(POLICY)) is None


def test_an_answer_without_material_goes_when_there_is_some(cache: AnswerCache, knowledge: Knowledge) -> None:
    knowledge.found = ()
    cache.remember(asked(POLICY), Remembered("I do not know.", (), "qwen", "v1"))
    assert cache.recall(asked(POLICY)) is not None
    knowledge.found = ("returns",)
    assert cache.recall(asked(POLICY)) is None


def test_an_answer_grows_old(cache: AnswerCache) -> None:
    cache.remember(asked(POLICY), ANSWER)
    assert cache.recall(asked(POLICY, written=1000 + DAY_S)) is not None
    assert cache.recall(asked(POLICY, written=1001 + DAY_S)) is None


def test_another_prompt_has_answers_of_its_own(knowledge: Knowledge) -> None:
    level = Memory()
    AnswerCache(knowledge, [level], None, Terms("prompt-1")).remember(asked(POLICY), ANSWER)
    assert AnswerCache(knowledge, [level], None, Terms("prompt-1")).recall(asked(POLICY)) is not None
    assert AnswerCache(knowledge, [level], None, Terms("prompt-2")).recall(asked(POLICY)) is None


def test_an_entry_that_cannot_be_read_is_a_miss_and_gone(knowledge: Knowledge) -> None:
    level = Memory()
    cache = AnswerCache(knowledge, [level], None, Terms("1"))
    cache.remember(asked(POLICY), ANSWER)
    (key,) = level._kept
    level.put(key, b"\xff")
    assert cache.recall(asked(POLICY)) is None
    assert level.size() == 0


def test_the_same_twice_is_one_entry(cache: AnswerCache, knowledge: Knowledge) -> None:
    level = Memory()
    cache = AnswerCache(knowledge, [level], None, Terms("1"))
    for _ in range(2):
        cache.remember(asked(POLICY), ANSWER)
    assert level.size() == 1


def test_a_batch_asks_the_far_level_once_and_only_for_what_is_not_here(knowledge: Knowledge, counts: COUNTS) -> None:
    far, terms = Elsewhere(), Terms("1")
    AnswerCache(knowledge, [Memory()], far, terms).remember(asked(POLICY), ANSWER)
    here = AnswerCache(knowledge, [Memory()], far, terms, lambda *outcome: counts.append(outcome))
    assert here.recall(asked(POLICY)) is None
    here.expect([asked(POLICY), asked("Do you ship to Spain?"), asked("Where is my parcel?")])
    found = here.recall(asked(POLICY))
    assert found is not None
    assert (found.level, far.fetches) == ("redis", 1)
    here.expect([asked(POLICY)])
    found = here.recall(asked(POLICY))
    assert found is not None
    assert (found.level, far.fetches) == ("process", 1)


def test_what_is_stale_goes_from_every_level(knowledge: Knowledge) -> None:
    far, near, far_down = Elsewhere(), Memory(), Memory()
    cache = AnswerCache(knowledge, [near, far_down], far, Terms("1"))
    cache.remember(asked(POLICY), ANSWER)
    knowledge.prints["returns"] = "r2"
    assert cache.recall(asked(POLICY)) is None
    assert (near.size(), far_down.size(), far.kept) == (0, 0, {})


def test_what_a_lower_level_has_comes_up(knowledge: Knowledge) -> None:
    upper, lower = Memory(), Memory()
    AnswerCache(knowledge, [lower], None, Terms("1")).remember(asked(POLICY), ANSWER)
    cache = AnswerCache(knowledge, [upper, lower], None, Terms("1"))
    assert cache.recall(asked(POLICY)) is not None
    assert upper.size() == 1


def test_no_question_of_the_frames_gets_the_answer_of_one_that_only_looks_alike(knowledge: Knowledge) -> None:
    cache = AnswerCache(knowledge, [Memory(100_000)], None, Terms("1"))
    for number, pair in enumerate(pair for pair in framed() if not pair.same):
        own = f"tenant-{number}"
        cache.remember(asked(pair.a, pair.language, tenant=own), ANSWER)
        assert cache.recall(asked(pair.b, pair.language, tenant=own)) is None, pair
