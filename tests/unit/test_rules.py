"""Rules of the packs: what they find in messages as people write them, and what they must not find."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from agents import catalog
from agents.rules.denial import denied
from agents.rules.matcher import Matcher
from agents.rules.rule import Rule, Spoken, Told
from agents.rules.tenants import in_order

MESSAGES = yaml.safe_load((Path(__file__).parent / "data" / "risks.yaml").read_text(encoding="utf-8"))
CATALOG = catalog.load(packs=("ecommerce", "finance", "medicine"))
PACKS = {pack.name: pack for pack in CATALOG.packs}


def matcher(name: str) -> Matcher:
    return Matcher(in_order((PACKS["general"], PACKS[name])))


MATCHERS = {name: matcher(name) for name in ("ecommerce", "finance", "medicine")}


def language(text: str) -> str:
    return "en" if text.isascii() else "zh"


def _told() -> Iterator[tuple[str, str, str]]:
    for pack, by_name in MESSAGES.items():
        for name, texts in by_name.items():
            yield from ((pack, name, text) for text in texts)


@pytest.mark.parametrize(("pack", "name", "text"), list(_told()))
def test_a_message_is_found_for_what_it_is(pack: str, name: str, text: str) -> None:
    risk = MATCHERS[pack].risk(text, "unknown", language(text))
    assert (risk.name if risk is not None else "-") == name


def test_finance_has_its_twelve_classes_each_with_people_for_it() -> None:
    classes = [rule for rule in PACKS["finance"].rules.rules if rule.queue]
    assert len(classes) == 12
    assert all(rule.script and rule.skill for rule in classes)
    assert {rule.name for rule in classes} == {name for name in MESSAGES["finance"] if name != "-"}


def test_emergencies_are_urgent_and_speak_in_both_languages() -> None:
    for name in ("emergency", "self_harm"):
        (rule,) = (rule for rule in PACKS["medicine"].rules.rules if rule.name == name)
        assert rule.urgent
        script = CATALOG.scripts.by_name[rule.script]
        assert script.zh and script.en


@pytest.mark.parametrize("pack", ["ecommerce", "finance", "medicine"])
def test_ordinary_questions_of_a_pack_seldom_call_for_a_person(pack: str) -> None:
    """Every example of the pack's own intents, those aside that are about the risk itself."""
    about_risk = {"human_agent", "complaint", "card_lost", "damaged_item"}
    about_risk |= {name for rule in PACKS[pack].rules.rules if rule.queue for name in rule.intents}
    ordinary = [
        (text, risk.name)
        for intent in CATALOG.intents
        if intent.name in PACKS[pack].intents and intent.name not in about_risk
        for text in intent.examples.all
        if (risk := MATCHERS[pack].risk(text, "unknown", language(text))) is not None
    ]
    assert len(ordinary) <= 2, ordinary


def test_every_way_to_ask_for_a_person_that_the_catalogue_knows_is_found() -> None:
    (intent,) = (intent for intent in CATALOG.intents if intent.name == "human_agent")
    missed = [text for text in intent.examples.all if MATCHERS["ecommerce"].risk(text, "unknown", "zh") is None]
    assert missed == []


def test_a_disclaimer_stands_by_its_intent_in_the_language_of_the_message() -> None:
    risk = MATCHERS["finance"].risk("what do you have?", "wealth_products", "en")
    assert risk is not None
    assert (risk.queue, risk.urgent) == ("", False)
    assert "no deposits" in risk.disclaimer
    told = MATCHERS["finance"].risk("推荐几只基金", "wealth_products", "zh")
    assert told is not None
    assert told.name == "investment_advice"
    assert told.disclaimer.count("\n") == 1


def test_an_intent_finds_what_no_word_has_unless_something_is_denied() -> None:
    matcher = MATCHERS["medicine"]
    assert matcher.risk("他的样子很吓人快来", "unknown", "zh") is None
    found = matcher.risk("他的样子很吓人快来", "emergency", "zh")
    assert found is not None
    assert found.urgent
    assert matcher.risk("没有哪里不对，他的样子很吓人", "emergency", "zh") is None
    assert matcher.risk("no chest pain at all", "emergency", "en") is None


def test_the_urgent_rule_counts_before_all_others() -> None:
    risk = MATCHERS["medicine"].risk("转人工！我胸痛，是不是心梗，吃什么药", "unknown", "zh")
    assert risk is not None
    assert (risk.name, risk.urgent, risk.script) == ("emergency", True, "emergency")


@pytest.mark.parametrize(
    ("text", "word", "is_denied"),
    [
        ("我没有胸痛", "胸痛", True),
        ("我有胸痛", "胸痛", False),
        ("没有咳嗽、发烧、胸痛", "胸痛", True),
        ("没有咳嗽，胸痛", "胸痛", False),
        ("没有咳嗽但是胸痛", "胸痛", False),
        ("有没有胸痛", "胸痛", False),
        ("不是没有胸痛", "胸痛", False),
        ("否认胸痛", "胸痛", True),
        ("i do not have chest pain", "chest pain", True),
        ("no fever, cough or chest pain", "chest pain", True),
        ("no fever, and chest pain", "chest pain", False),
        ("i can't sleep because of chest pain", "chest pain", False),
        ("not only chest pain", "chest pain", False),
        ("i don't know, chest pain maybe", "chest pain", False),
    ],
)
def test_what_is_denied(text: str, word: str, is_denied: bool) -> None:
    assert denied(text, text.index(word)) is is_denied


RULE = Rule(name="r", about=Told("一", "one"), words=Spoken(("火*灾", "=火"), ("on fire", "fire*house")), queue="q")


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("火灾", True),
        ("火好大的灾", True),
        ("火。灾", False),
        ("火", True),
        ("火！", True),
        ("火车", False),
        ("It is ON FIRE", True),
        ("upon firewood", False),
        ("fire in my house", True),
        ("fire in my greenhouse", False),
        ("", False),
    ],
)
def test_how_phrases_are_found(text: str, is_found: bool) -> None:
    assert (Matcher([RULE]).risk(text, "unknown", "en") is not None) is is_found


def test_without_rules_nothing_is_found() -> None:
    assert Matcher([]).risk("我胸痛", "unknown", "zh") is None
