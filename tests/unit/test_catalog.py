"""The sample catalogue is complete and consistent, and a broken one is refused in words that help."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import msgspec
import pytest
import yaml

from agents import catalog
from agents.catalog import SPOKEN, Catalog
from schemas.errors import Misconfigured

HOLDOUT = Path(__file__).parent / "data" / "intent_holdout.jsonl"
SCRIPTED = {"greeting", "thanks", "goodbye", "human_agent", "who_answers"}
OF_RULES = {"emergency", "crisis"}
CJK = re.compile(r"[\u3400-\u9fff]")
LANGUAGES = ("zh", "en")


class HeldOut(msgspec.Struct, frozen=True):
    """A text that no classifier has seen, with the intent that a person gave it."""

    text: str
    intent: str
    language: str


@pytest.fixture(scope="module")
def sample() -> Catalog:
    return catalog.load()


@pytest.fixture(scope="module")
def heldout() -> list[HeldOut]:
    return [msgspec.json.decode(line, type=HeldOut) for line in HOLDOUT.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample shop as a catalogue that stands alone: general and its own pack in one folder."""
    alone = Path(shutil.copytree(catalog.FOLDER, tmp_path / "catalog"))
    for name in ("scripts.yaml", "out_of_scope.yaml"):
        shutil.copy(catalog.PACKS / "general" / name, alone / name)
    both = (catalog.PACKS / "general" / "intents.yaml", catalog.FOLDER / "intents.yaml")
    (alone / "intents.yaml").write_text("\n".join(file.read_text(encoding="utf-8") for file in both), encoding="utf-8")
    general = yaml.safe_load((catalog.PACKS / "general" / "rules.yaml").read_text(encoding="utf-8"))
    own = yaml.safe_load((catalog.FOLDER / "rules.yaml").read_text(encoding="utf-8"))
    merged = {"rules": general["rules"] + own["rules"], "never_cached": own["never_cached"]}
    (alone / "rules.yaml").write_text(yaml.safe_dump(merged, allow_unicode=True), encoding="utf-8")
    return alone


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _written(sample: Catalog) -> Iterator[tuple[str, str, str]]:
    """Every text of the catalogue that customers or the desk would write: (where, language, text)."""
    for language in LANGUAGES:
        for intent in sample.intents:
            yield from ((intent.name, language, text) for text in getattr(intent.examples, language))
            yield intent.name, language, getattr(intent.about, language)
        for name, script in sample.scripts.by_name.items():
            yield from ((name, language, text) for text in getattr(script, language))
        yield from (("outside", language, text) for text in getattr(sample.outside, language))


def test_there_are_enough_intents_and_examples(sample: Catalog) -> None:
    assert len(sample.intents) >= 24
    few = {i.name for i in sample.intents if len(set(i.examples.zh)) < 20 or len(set(i.examples.en)) < 20}
    assert few == set()


def test_there_are_enough_texts_out_of_scope(sample: Catalog) -> None:
    assert min(len(set(sample.outside.zh)), len(set(sample.outside.en))) >= 80


def test_no_text_stands_twice_whatever_its_punctuation(sample: Catalog) -> None:
    texts = Counter(_plain(text) for text in (*dict(sample.examples), *sample.outside.all))
    repeated = [text for text, times in texts.items() if times > 1]
    assert repeated == []


def test_chinese_texts_hold_chinese_and_english_ones_do_not(sample: Catalog) -> None:
    wrong = [entry for entry in _written(sample) if bool(CJK.search(entry[2])) != (entry[1] == "zh")]
    assert wrong == []


def test_scripts_cover_the_dialogue_the_rules_and_the_intents_without_articles(sample: Catalog) -> None:
    assert set(sample.scripts.by_name) == SCRIPTED | OF_RULES | {*SPOKEN, "did_you_mean"}
    counts = [len(texts) for script in sample.scripts.by_name.values() for texts in (script.zh, script.en)]
    assert min(counts) >= 2
    assert max(counts) <= 4


def test_scripts_name_no_figures(sample: Catalog) -> None:
    scripts = sample.scripts.by_name.values()
    assert [text for script in scripts for text in script.zh + script.en if re.search(r"\d", text)] == []


def test_every_other_intent_has_an_article_in_both_languages(sample: Catalog) -> None:
    answered = {(name, article.language) for article in sample.articles for name in article.intents}
    wanted = {(i.name, language) for i in sample.intents if i.name not in SCRIPTED for language in LANGUAGES}
    assert wanted - answered == set()


def test_heldout_texts_cover_every_intent(sample: Catalog, heldout: list[HeldOut]) -> None:
    counts = Counter((row.intent, row.language) for row in heldout)
    names = {intent.name for intent in sample.intents}
    assert {name for name, _ in counts} == names | {"unknown"}
    assert [key for key in ((n, lang) for n in names for lang in LANGUAGES) if counts[key] < 5] == []
    assert min(counts["unknown", "zh"], counts["unknown", "en"]) >= 30
    assert [row for row in heldout if bool(CJK.search(row.text)) != (row.language == "zh")] == []


def test_heldout_texts_are_unique_and_no_examples(sample: Catalog, heldout: list[HeldOut]) -> None:
    learnt = {_plain(text) for text in (*dict(sample.examples), *sample.outside.all)}
    texts = [_plain(row.text) for row in heldout]
    assert [text for text in texts if text in learnt] == []
    assert len(set(texts)) == len(texts)


def test_heldout_texts_are_not_examples_with_a_word_changed(sample: Catalog, heldout: list[HeldOut]) -> None:
    by_intent = {intent.name: [_plain(text) for text in intent.examples.all] for intent in sample.intents}
    near = [
        (row.text, example)
        for row in heldout
        for example in by_intent.get(row.intent, ())
        if len(example) >= 8 and SequenceMatcher(None, _plain(row.text), example).ratio() > 0.9
    ]
    assert near == []


def test_examples_carry_their_intent(sample: Catalog) -> None:
    assert dict(sample.examples)["转人工"] == "human_agent"
    assert len(sample.examples) == sum(len(intent.examples.all) for intent in sample.intents)


def test_pick_is_stable_and_reaches_every_variant(sample: Catalog) -> None:
    greeting = sample.scripts.by_name["greeting"]
    seeds = [f"msg-{number}" for number in range(60)]
    picked = [sample.scripts.pick("greeting", "zh", seed) for seed in seeds]
    again = catalog.load().scripts
    assert picked == [again.pick("greeting", "zh", seed) for seed in seeds]
    assert set(picked) == set(greeting.zh)
    assert {sample.scripts.pick("greeting", "en", seed) for seed in seeds} == set(greeting.en)


def test_pick_of_a_seed_is_the_same_in_every_release(sample: Catalog) -> None:
    """Pinned: a reply that is made again after a crash must be the reply that was made before it."""
    variants = sample.scripts.by_name["unknown"].en
    assert [variants.index(sample.scripts.pick("unknown", "en", seed)) for seed in "abcdefgh"] == [
        1,
        2,
        2,
        2,
        0,
        2,
        1,
        1,
    ]


def test_scripts_say_whether_they_have_a_name(sample: Catalog) -> None:
    assert "greeting" in sample.scripts
    assert "order_status" not in sample.scripts
    with pytest.raises(KeyError):
        sample.scripts.pick("order_status", "en", "a")


def test_a_catalogue_without_articles_loads(folder: Path) -> None:
    shutil.rmtree(folder / "articles")
    assert catalog.load(folder).articles == ()


def test_blank_lines_between_articles_are_skipped(folder: Path) -> None:
    file = min((folder / "articles").glob("*.jsonl"))
    file.write_text(file.read_text(encoding="utf-8").replace("\n", "\n\n"), encoding="utf-8")
    assert len(catalog.load(folder).articles) == len(catalog.load().articles)


INTENT = "- {name: a, domain: d, about: {zh: 一, en: one}, examples: {zh: [%s], en: [%s]}}\n"
ARTICLE = '{"article_id": "x", "language": "en", "title": "t", "text": "%s", "intents": [%s]}\n'


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("intents.yaml", "a: [", r"intents.yaml: not YAML.*line 2.*quote texts"),
        ("intents.yaml", "just words", r"intents.yaml: no list; write entries"),
        ("intents.yaml", "- name: a\n", r"intents.yaml: entry 1 \(a\).*missing.*`domain`.*fields are name, domain"),
        ("intents.yaml", "- words\n", r"entry 1 \(no fields\).*fields are name"),
        (
            "intents.yaml",
            INTENT % ("你", 12),
            r"entry 1 \(a\): Expected `str`, got `int`.*examples.en\[0\].*quote numbers",
        ),
        ("intents.yaml", INTENT.replace("domain:", "domian:") % ("你", "hi"), r"entry 1 \(a\).*domian"),
        ("intents.yaml", INTENT % ("", ""), r"intents.yaml: a: no examples; write some"),
        ("intents.yaml", INTENT % ("''", "hi"), r"intents.yaml: a: an empty text"),
        ("intents.yaml", 2 * (INTENT % ("你", "hi")), r"intents.yaml: a stands twice; merge"),
        ("intents.yaml", INTENT.replace("name: a", "name: unknown") % ("你", "hi"), r"unknown: the name is kept"),
        (
            "intents.yaml",
            INTENT % ("你", "hi") + INTENT.replace("name: a", "name: b") % ("他", "' HI'"),
            r"intents.yaml: b: ' HI' is also in a; keep",
        ),
        ("intents.yaml", INTENT % ("你", "speed of light"), r"'speed of light' is also in out_of_scope.yaml"),
        ("out_of_scope.yaml", "- a\n", r"out_of_scope.yaml: zh and en: Expected `object`.*fields are zh, en"),
        ("out_of_scope.yaml", "zh: [' ']\n", r"out_of_scope.yaml: zh or en: an empty text"),
        ("scripts.yaml", "- {name: fallback, zh: [好], en: [ok]}\n", r"scripts.yaml: no script attachment, handover"),
        ("articles/x.jsonl", "\n{oops\n", r"x.jsonl: line 2: JSON is malformed.*one JSON object in a line"),
        ("articles/x.jsonl", '{"article_id": "x"}\n', r"x.jsonl: line 1: .*`language`.*fields are article_id"),
        ("articles/x.jsonl", ARTICLE % ("t", '"moon"'), r"x.jsonl: line 1: x: no intent moon; correct it"),
        ("articles/x.jsonl", ARTICLE % (" ", ""), r"x.jsonl: line 1: x: an empty text"),
        ("articles/x.jsonl", 2 * (ARTICLE % ("t", "")), r"x.jsonl: line 2: x is already in .*x.jsonl: line 1; rename"),
    ],
)
def test_a_broken_file_is_refused_with_file_entry_and_mend(folder: Path, name: str, text: str, said: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match=f"(?s){said}"):
        catalog.load(folder)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("- {name: moon, zh: [好], en: [ok]}\n", r"scripts.yaml: moon: no intent has this name"),
        ("- {name: complaint, zh: [], en: [ok]}\n", r"scripts.yaml: complaint: no variant in zh or en"),
        ("- {name: complaint, zh: [好], en: ['']}\n", r"scripts.yaml: complaint: an empty text"),
        ("- {name: greeting, zh: [好], en: [ok]}\n", r"scripts.yaml: greeting stands twice"),
    ],
)
def test_a_broken_script_is_refused(folder: Path, entry: str, said: str) -> None:
    with (folder / "scripts.yaml").open("a", encoding="utf-8") as file:
        file.write(entry)
    with pytest.raises(Misconfigured, match=said):
        catalog.load(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "scripts.yaml").unlink()
    with pytest.raises(Misconfigured, match=r"scripts.yaml: No such file or directory; copy"):
        catalog.load(folder)


def test_a_file_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "intents.yaml").write_bytes("- name: 退货".encode("gb18030"))
    with pytest.raises(Misconfigured, match=r"intents.yaml: not UTF-8 at byte 8; save it as UTF-8"):
        catalog.load(folder)
