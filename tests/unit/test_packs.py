"""Packs: complete by themselves, merged with checks, chosen by tenants."""

import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from agents import catalog
from agents.catalog import Catalog
from agents.rules.matcher import Matcher
from agents.rules.tenants import in_order
from agents.understanding import Understander, understander
from schemas.errors import Misconfigured
from schemas.operations import Setting
from streams.desk import PACKS, LiveDesk
from streams.settings import Settings
from tests.unit.test_desk import question

SHIPPED = ("ecommerce", "finance", "medicine")
HELDOUT = yaml.safe_load((Path(__file__).parent / "data" / "packs_heldout.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def everything() -> Catalog:
    return catalog.load(packs=SHIPPED)


@pytest.fixture(scope="module")
def readers() -> dict[str, Understander]:
    return {pack: understander(catalog.load(packs=(pack,))) for pack in SHIPPED}


@pytest.fixture
def desk(everything: Catalog) -> LiveDesk:
    desk = LiveDesk(everything)
    for article in everything.articles:
        desk.article_changed(article.article_id, article)
    return desk


def chosen(value: object) -> Setting:
    return Setting(name=PACKS, value=value, occurred_at="")


def test_all_packs_load_alone_and_together(everything: Catalog) -> None:
    parts = [catalog.load(packs=(name,)) for name in SHIPPED]
    general = {pack.name: pack for pack in everything.packs}["general"].intents
    assert sum(len(part.intents) - len(general) for part in parts) + len(general) == len(everything.intents)
    assert [pack.name for pack in everything.packs] == ["general", *SHIPPED]


def test_every_pack_has_enough_examples_and_an_article_for_each_intent(everything: Catalog) -> None:
    answered = {(name, article.language) for article in everything.articles for name in article.intents}
    for pack in everything.packs[2:]:
        to_people = {name for rule in pack.rules.rules if rule.queue for name in rule.intents}
        for intent in (intent for intent in everything.intents if intent.name in pack.intents - to_people):
            assert len(set(intent.examples.zh)) >= 15
            assert len(set(intent.examples.en)) >= 15
            assert {(intent.name, "zh"), (intent.name, "en")} <= answered


def test_a_packs_script_takes_the_place_of_the_general_one() -> None:
    def greeting(*packs: str) -> str:
        return catalog.load(packs=packs).scripts.by_name["greeting"].zh[0]

    assert "就医服务台" in greeting("medicine")
    assert "售后" in greeting("ecommerce")
    assert greeting("finance", "medicine") == greeting("finance")


def test_what_is_a_packs_business_is_not_out_of_its_scope() -> None:
    assert "股票" in "".join(catalog.load(packs=("ecommerce",)).outside.zh)
    assert "股票" not in "".join(catalog.load(packs=("finance",)).outside.zh)


@pytest.mark.parametrize("pack", ["finance", "medicine"])
def test_the_intents_of_a_pack_are_told_apart(readers: dict[str, Understander], pack: str) -> None:
    """Texts that nothing was tuned on; half of what is not right is said to be unknown."""
    told = [(text, name) for name, texts in HELDOUT["intents"][pack].items() for text in texts]
    found = readers[pack].understand([text for text, _ in told])
    right = [understood.intents[0].name == name for understood, (_, name) in zip(found, told, strict=True)]
    wrong = [
        understood.intent.name not in (name, "unknown")
        for understood, (_, name) in zip(found, told, strict=True)
        if understood.intent.confidence > 0.7
    ]
    assert sum(right) / len(right) > 0.5
    assert sum(wrong) / len(told) < 0.1


def _risks() -> Iterator[tuple[str, str, str]]:
    for pack, by_name in HELDOUT["risks"].items():
        yield from ((pack, name, text) for name, texts in by_name.items() for text in texts)


def test_risks_are_found_in_texts_that_nothing_was_tuned_on(
    everything: Catalog, readers: dict[str, Understander]
) -> None:
    packs = {pack.name: pack for pack in everything.packs}
    found = dict[str, list[bool]]()
    matchers = {pack: Matcher(in_order((packs["general"], packs[pack]))) for pack in SHIPPED}
    for pack, name, text in _risks():
        (understood,) = readers[pack].understand([text])
        risk = matchers[pack].risk(text, understood.intent.name, understood.language)
        urgent_too = {"emergency", "self_harm"} if name in ("emergency", "self_harm") else {name}
        found.setdefault(name, []).append((risk.name if risk and risk.queue else "-") in urgent_too)
    shares = {name: sum(right) / len(right) for name, right in found.items()}
    assert shares["emergency"] > 0.8
    assert shares["-"] > 0.9
    assert sum(map(sum, found.values())) / sum(map(len, found.values())) > 0.7, shares


def test_a_tenant_has_the_rules_of_the_packs_that_it_has_chosen(desk: LiveDesk) -> None:
    def risk(tenant: str, text: str) -> str:
        found = desk.risk(msgspec.structs.replace(question(text), tenant=tenant, language="zh"))
        return found.name if found is not None else "-"

    assert risk("shop", "我胸痛") == "emergency"
    desk.setting_changed(PACKS, chosen({"shop": ["ecommerce"], "bank": ["finance"]}))
    assert [risk(tenant, "我胸痛") for tenant in ("shop", "bank", "clinic")] == [
        "danger_to_life",
        "danger_to_life",
        "emergency",
    ]
    assert [risk(tenant, "转人工") for tenant in ("shop", "bank", "clinic")] == ["human"] * 3
    desk.setting_changed(PACKS, chosen({"default": "medicine"}))
    assert risk("shop", "我胸痛") == "emergency"
    assert risk("shop", "推荐几只股票") == "-"
    desk.setting_changed(PACKS, None)
    assert risk("shop", "推荐几只股票") == "investment_advice"


def test_a_tenant_sees_the_articles_of_its_packs_only(desk: LiveDesk) -> None:
    asked = msgspec.structs.replace(question("How do I redeem a fund?"), tenant="shop")
    assert desk.search(asked)[0].article.article_id == "finance-fund-redemption.en"
    desk.setting_changed(PACKS, chosen({"shop": ["ecommerce"]}))
    assert not any(hit.article.article_id.startswith("finance") for hit in desk.search(asked))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["finance"], "no object of tenants"),
        ({"bank": ["finanse"]}, "bank: no pack 'finanse' is loaded, there are general, ecommerce.*KEFU_PACKS"),
        ({"bank": 3}, "bank: no pack 3 is loaded"),
        ("x", "no object"),
    ],
)
def test_a_choice_that_cannot_be_is_said_and_changes_nothing(
    desk: LiveDesk, caplog: pytest.LogCaptureFixture, value: object, said: str
) -> None:
    with caplog.at_level(logging.WARNING):
        desk.setting_changed(PACKS, chosen(value))
    assert len(caplog.records) == 1
    caplog.clear()
    assert desk.risk(msgspec.structs.replace(question("我胸痛"), tenant="bank", language="zh")) is not None


def test_the_packs_of_the_settings_are_a_list() -> None:
    assert Settings(packs=" finance, medicine,").chosen_packs == ("finance", "medicine")


OWN = "- {name: opening, domain: d, about: {zh: 一, en: one}, examples: {zh: [几点开门], en: [when do you open]}}\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a pack of one's own, school."""
    (tmp_path / "school").mkdir()
    (tmp_path / "school" / "intents.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "school" / "rules.yaml").write_text("rules: []\n")
    return tmp_path


def test_a_pack_of_ones_own_stands_beside_those_of_kefu(own: Path) -> None:
    known = catalog.load(own, ("school", "finance"))
    assert [pack.name for pack in known.packs] == ["general", "school", "finance"]
    assert "opening" in dict(known.examples).values()


RULE = "rules: [{name: a, about: {zh: 一, en: one}, words: {zh: [火]}, %s}]\n"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("rules.yaml", RULE % "queu: a", r"rules.yaml: .*queu"),
        ("rules.yaml", RULE % "reason: r", r"rules.yaml: a: nothing follows from it; write a queue"),
        ("rules.yaml", RULE % "queue: q, script: s", r"rules.yaml: a: no script s; add it to scripts.yaml"),
        ("rules.yaml", RULE % "queue: q, intents: [i]", r"rules.yaml: a: no intent i; correct it"),
        ("rules.yaml", RULE % "disclaimer: {zh: 一}", r"rules.yaml: a: the disclaimer is in one language only"),
        ("rules.yaml", RULE % "queue: q, unless: {zh: ['']}", r"rules.yaml: a: an empty text"),
        (
            "rules.yaml",
            RULE.replace("火", '"(火|灾*"') % "queue: q",
            r"rules.yaml: a: '\(火\|灾\*' is no phrase; write",
        ),
        ("rules.yaml", "rules: [{name: a, about: {zh: 一, en: one}, queue: q}]\n", r"a: nothing finds it; write words"),
        ("rules.yaml", "never_cached: [i]\n", r"rules.yaml: never_cached: no intent i; correct it"),
        ("rules.yaml", "rules: [{name: human, about: {}, words: {zh: [火]}, queue: q}]\n", r"human stands twice"),
        ("intents.yaml", OWN.replace("opening", "greeting"), r"greeting stands twice, also in .*general"),
        ("intents.yaml", OWN.replace("几点开门", "你好"), r"opening: '你好' is also in greeting; keep it in one"),
        ("scripts.yaml", "- {name: b, zh: [好], en: [ok]}\n", r"scripts.yaml: b: no intent has this name"),
    ],
)
def test_a_broken_pack_is_refused_with_file_entry_and_mend(own: Path, file: str, text: str, said: str) -> None:
    (own / "school" / file).write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match=f"(?s){said}"):
        catalog.load(own, ("school",))


def test_a_pack_that_there_is_not_is_refused_with_those_that_there_are(own: Path) -> None:
    with pytest.raises(Misconfigured, match=r"no pack 'schol' .*ecommerce, finance, general, medicine, school"):
        catalog.load(own, ("schol",))
    with pytest.raises(Misconfigured, match=r"no pack '../x'"):
        catalog.load(packs=("../x",))
