"""The live desk: what the followed topics say is what the next step sees."""

import msgspec
import pytest

from agents.cache import AnswerCache, Remembered, Terms
from agents.catalog import Catalog, Script, Scripts, Texts
from agents.dialogue.conversation import Question
from agents.models.plan import PLAN
from schemas import times
from schemas.inference import ToolCall
from schemas.messages import Intent, Sentiment
from schemas.operations import Article, Setting
from streams.cache.memory import Memory
from streams.desk import EDITION, MODELS, SYNCED, LiveDesk
from streams.tools import registry
from streams.tools.grants import Grants, scopes
from streams.tools.offers import Offers

GREETING = Script(name="greeting", zh=("您好",), en=("Hello",))
HERON = Article(article_id="mascot.en", language="en", title="Mascot", text="A heron.", questions=("Which bird?",))


def desk() -> LiveDesk:
    return LiveDesk(Catalog(intents=(), outside=Texts(), scripts=Scripts({"greeting": GREETING}), articles=()))


def question(text: str) -> Question:
    return Question(
        message_id="m",
        text=text,
        tenant="default",
        channel="web",
        user_id="u",
        language="en",
        intent=Intent(),
        entities=(),
        sentiment=Sentiment(),
        attachments=(),
        occurred_at="",
        written=0.0,
        input_hash="",
    )


def models(value: object) -> Setting:
    return Setting(name=MODELS, value=value, occurred_at="2026-03-02T09:15:30.250Z")


def test_a_script_is_picked_by_language_and_an_unknown_one_is_none() -> None:
    assert desk().script("greeting", "zh", "m1") == "您好"
    assert desk().script("greeting", "en", "m1") == "Hello"
    assert desk().script("nothing", "en", "m1") is None


def test_an_article_is_found_once_it_was_said_and_no_more_once_it_was_deleted() -> None:
    now = desk()
    assert now.search(question("Which bird?")) == ()
    now.article_changed("mascot.en", HERON)
    assert [hit.article.article_id for hit in now.search(question("Which bird?"))] == ["mascot.en"]
    now.article_changed("mascot.en", None)
    assert now.search(question("Which bird?")) == ()


def test_the_version_of_the_knowledge_follows_its_content() -> None:
    now = desk()
    empty = now.knowledge_version
    now.article_changed("mascot.en", HERON)
    filled = now.knowledge_version
    now.article_changed("mascot.en", HERON)
    assert now.knowledge_version == filled != empty
    now.article_changed("mascot.en", None)
    assert now.knowledge_version == empty


def test_the_deletion_of_what_is_not_there_changes_nothing() -> None:
    now = desk()
    before = now.knowledge_version
    now.article_changed("nothing", None)
    assert now.knowledge_version == before


def test_models_are_offline_until_they_say_otherwise() -> None:
    now = desk()
    seen = [now.models_online]
    for value in ({"status": "online"}, {"status": "offline"}, {"status": "online"}, "online", 3, {}, None):
        now.setting_changed(MODELS, models(value))
        seen.append(now.models_online)
    assert seen == [False, True, False, True, False, False, False, False]


def test_a_removed_status_means_offline_and_other_settings_mean_nothing() -> None:
    now = desk()
    now.setting_changed(MODELS, models({"status": "online"}))
    now.setting_changed("theme", models({"status": "offline"}))
    assert now.models_online
    now.setting_changed(MODELS, None)
    assert not now.models_online


def asked(text: str, written: float) -> Question:
    return msgspec.structs.replace(question(text), written=written)


def test_stock_is_as_old_as_the_last_reading_of_its_source_when_the_message_was_written() -> None:
    noon = times.seconds("2026-03-02T12:00:00Z")
    now = desk()
    stock = {"values": {"stock": "7"}, "as_of": "2026-03-02T09:00:00.000Z", "source": "shop", "stale_after_s": 1e6}
    now.article_changed("mascot.en", msgspec.structs.replace(HERON, text="{stock} left.", **stock))

    def answer() -> str:
        return now.search(asked("Which bird?", noon))[0].article.text

    assert answer() == "7 left. (as of 3 hours ago)"
    now.setting_changed(f"{SYNCED}shop", Setting(name="", value={"at": "2026-03-02T11:58:00.000Z"}, occurred_at=""))
    now.setting_changed(f"{SYNCED}other", Setting(name="", value={"at": "2026-03-02T12:00:00.000Z"}, occurred_at=""))
    assert answer() == "7 left. (as of 2 minutes ago)"
    now.setting_changed(f"{SYNCED}shop", None)
    assert answer() == "7 left. (as of 3 hours ago)"


def test_an_article_answers_the_messages_that_were_written_while_it_is_valid() -> None:
    now = desk()
    now.article_changed("mascot.en", msgspec.structs.replace(HERON, valid_until="2026-03-02T00:00:00Z"))
    ends = times.seconds("2026-03-02T00:00:00Z")
    assert [len(now.search(asked("Which bird?", at))) for at in (ends - 1, ends)] == [1, 0]


def test_an_article_with_a_time_that_is_none_is_passed_over_in_words(caplog: pytest.LogCaptureFixture) -> None:
    now = desk()
    now.article_changed("mascot.en", msgspec.structs.replace(HERON, valid_until="soon"))
    assert now.search(question("Which bird?")) == ()
    assert "passed over: article mascot.en" in caplog.text


def rules(*words: str) -> Setting:
    value = {"groups": [{"category": "c", "action": "block", "words": words}]}
    return Setting(name="", value=value, occurred_at="2026-03-02T09:15:30.250Z")


def test_sensitive_words_follow_their_settings_in_parts_and_come_back() -> None:
    now = desk()
    packaged = now.words
    now.setting_changed("sensitive_words", rules("甲乙"))
    now.setting_changed("sensitive_words.more", rules("丙丁"))
    assert [rule.word for rule in now.words.rules] == ["甲乙", "丙丁"]
    now.setting_changed("sensitive_words", None)
    assert [hit.rule for hit in now.words.find("甲乙丙丁")] == ["丙丁"]
    now.setting_changed("sensitive_words.more", None)
    assert now.words.rules == packaged.rules != ()


def test_rules_that_cannot_be_read_change_nothing() -> None:
    now = desk()
    now.setting_changed("sensitive_words", rules("甲乙"))
    now.setting_changed("sensitive_words", models({"groups": [{"words": 5}]}))
    assert [rule.word for rule in now.words.rules] == ["甲乙"]


def test_no_sensitive_words_is_a_setting_too() -> None:
    now = desk()
    now.setting_changed("sensitive_words", models({"groups": []}))
    assert now.words.rules == ()


def cached() -> LiveDesk:
    now = desk()
    now.article_changed("mascot.en", HERON)
    now.cache = AnswerCache(now, [Memory()], None, Terms("prompt-1"))
    now.remember(question("Which bird is the mascot?"), Remembered("A heron.", (), "qwen", now.knowledge_version))
    return now


def test_an_answer_is_recalled_until_its_article_changes() -> None:
    now = cached()
    assert now.recall(question("please, which bird is the mascot")) is not None
    now.article_changed(
        "other.en", msgspec.structs.replace(HERON, article_id="other.en", title="Opening", questions=())
    )
    assert now.recall(question("Which bird is the mascot?")) is not None
    now.article_changed("mascot.en", msgspec.structs.replace(HERON, text="A crane."))
    assert now.recall(question("Which bird is the mascot?")) is None


def test_a_new_edition_drops_every_answer() -> None:
    now = cached()
    now.setting_changed(EDITION, Setting(name=EDITION, value=2, occurred_at=""))
    assert now.recall(question("Which bird is the mascot?")) is None
    now.setting_changed(EDITION, None)
    assert now.recall(question("Which bird is the mascot?")) is not None


def test_a_desk_without_a_cache_recalls_nothing() -> None:
    now = desk()
    now.remember(question("Which bird is the mascot?"), Remembered("A heron.", (), "qwen", now.knowledge_version))
    assert now.recall(question("Which bird is the mascot?")) is None


def granting(*scopes: str) -> Setting:
    return Setting(name="tools.scopes.shop-7", value=list(scopes), occurred_at="2026-03-02T09:15:30.250Z")


def test_models_are_offered_the_installed_tools_that_only_read_and_that_the_tenant_grants_now() -> None:
    nothing = Catalog(intents=(), outside=Texts(), scripts=Scripts({}), articles=())
    now = LiveDesk(nothing, offers=Offers(registry.found().toolbox(), Grants(scopes("*"))))

    def names(tenant: str) -> list[str]:
        return [tool["function"]["name"] for tool in now.offered(tenant)]

    assert names("shop-7") == ["coupon_check", "order_lookup", "orders_of_customer", "refund_status", "weather"]
    now.setting_changed("tools.scopes.shop-7", granting("weather:read"))
    assert names("shop-7") == ["weather"]
    assert len(names("default")) == 5
    call = ToolCall(name="order_lookup", arguments={"order_number": "KF10000003"})
    (refused,), (good,) = now.wanted((call,), "shop-7"), now.wanted((call,), "default")
    assert "does not grant" in refused.problem
    assert good.problem == ""
    now.setting_changed("tools.scopes.shop-7", None)
    assert len(names("shop-7")) == 5
    assert desk().offered("default") == ()


def test_whether_a_model_sees_follows_the_plan_and_else_the_workers_own_settings() -> None:
    now = LiveDesk(Catalog(intents=(), outside=Texts(), scripts=Scripts({}), articles=()), sees=True)
    told = Setting(name=PLAN, value={"default": "qwen2.5:7b"}, occurred_at="")
    now.setting_changed(PLAN, told)
    assert not now.sees
    now.setting_changed(PLAN, msgspec.structs.replace(told, value={"default": "qwen2.5:7b", "vision": "llava"}))
    assert now.sees
    now.setting_changed(PLAN, None)
    assert now.sees
