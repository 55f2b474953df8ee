"""What is learned from reviews: which texts it is heard in, how far it goes, and its file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.understanding.sentiment import explain, normalised, score
from agents.understanding.sentiment_learned import FILE, Learned, learned
from agents.understanding.sentiment_learned import packaged as packaged_weights
from agents.understanding.sentiment_training import fitted, written
from agents.understanding.sentiment_zh import judged, lexicon, packaged, valence
from schemas.errors import Misconfigured

DATA = Path(__file__).parent / "data"
PRAISE = "东边西边南边北边左边右边"
BLAME = "春天夏天秋天冬天昨天明天"
FILLER = "一二三四五六七八九十"
GRAMS = [PRAISE[start : start + 2] for start in range(11)]
BAD = [BLAME[start : start + 2] for start in range(11)]
SOURCE = {"bias": 0, "weights": {200: " ".join(GRAMS), -200: " ".join(BAD)}}
WORDS = {"words": {1.0: "甜", -1.0: "苦", -3.0: "臭", 3.0: "香", -1.5: "苦不堪言"}, "requests": "请"}
OWN = replace(lexicon(WORDS), learned=learned(SOURCE))


def alone(text: str) -> float:
    return valence(text, OWN)


@pytest.mark.parametrize(("said", "mood"), [(PRAISE, "苦"), (BLAME, "甜")])
def test_a_doubtful_text_is_turned_round(said: str, mood: str) -> None:
    text = f"{FILLER},{said},{mood}"
    assert alone(text) * judged(text, OWN) < 0


@pytest.mark.parametrize(("said", "mood"), [(PRAISE, "臭"), (BLAME, "香")])
def test_a_clear_verdict_stands(said: str, mood: str) -> None:
    text = f"{FILLER},{said},{mood}"
    assert judged(text, OWN) == alone(text) != 0


@pytest.mark.parametrize(("said", "sign"), [(PRAISE, 1), (BLAME, -1)])
def test_without_a_word_of_mood_it_gives_no_label(said: str, sign: int) -> None:
    found = score(f"{FILLER},{said}", "zh", OWN)
    assert found.label == "neutral"
    assert found.score * sign > 0.04


@pytest.mark.parametrize("text", [f"请{PRAISE},{FILLER}", f"请{BLAME},{FILLER}"])
def test_what_asks_without_a_word_of_mood_is_left_alone(text: str) -> None:
    assert judged(text, OWN) == alone(text)


def test_it_is_not_heard_in_a_short_text() -> None:
    assert judged(f"苦,{PRAISE}", OWN) == -1.0
    assert judged(f"苦,{PRAISE},{FILLER}", OWN) > 0


def test_it_is_not_heard_where_long_phrases_tell_most() -> None:
    assert judged(f"{FILLER},{PRAISE},苦不堪言", OWN) == -1.5


def test_the_longer_it_speaks_the_further_it_goes() -> None:
    said = [f"{FILLER},{PRAISE[:size]},苦" for size in (3, 5, 6, 8, 10)]
    moved = [judged(text, OWN) for text in said]
    assert moved == sorted(moved)
    assert moved[0] == -1.0 < moved[2] < moved[3] < moved[4]


def test_what_it_is_unsure_of_moves_nothing() -> None:
    unsure = replace(OWN, learned=learned({"bias": 0, "weights": {1: " ".join(GRAMS)}}))
    assert judged(f"{FILLER},{PRAISE},苦", unsure) == -1.0


@pytest.mark.parametrize("text", [f"{FILLER},{BLAME * 9},苦", f"{FILLER},{BLAME * 9},甜"])
def test_alone_it_never_decides_a_lane(text: str) -> None:
    loud = learned(
        {"bias": 0, "weights": {-900: " ".join(BLAME[at : at + size] for size in (2, 3) for at in range(6))}}
    )
    assert -0.3 < score(text, "zh", replace(OWN, learned=loud)).score < 0


def test_no_score_of_the_tests_reviews_passes_a_limit_by_what_is_learned() -> None:
    bare = replace(packaged(), learned=None)
    moved = 0
    for file in DATA.glob("reviews_zh*.txt"):
        for line in file.read_text(encoding="utf-8").splitlines():
            now, before = score(line[2:], "zh").score, score(line[2:], "zh", bare).score
            moved += now != before
            assert now == before or (abs(before) <= 0.5 and abs(now) <= max(0.3, abs(before)))
    assert moved > 30


def test_reasons_are_those_of_the_lexicon() -> None:
    text = f"{FILLER},{PRAISE},苦"
    assert [reason.word for reason in explain(text, "zh", OWN)] == ["苦"]
    assert score(text, "zh", OWN).score == round(normalised(judged(text, OWN)), 4)


def test_what_a_shop_answers_is_not_heard() -> None:
    shop = replace(lexicon(WORDS | {"replies": "商家回复"}), learned=learned(SOURCE))
    assert judged(f"{FILLER}{FILLER},苦\n商家回复:{PRAISE}", shop) == -1.0


def test_traditional_characters_are_heard_like_simplified_ones() -> None:
    assert (
        judged("一二三四五六七八九十,東邊西邊南邊北邊左邊右邊,苦", OWN) == judged(f"{FILLER},{PRAISE},苦", OWN) != -1.0
    )


@pytest.mark.parametrize(
    "text",
    [
        "五一去的，价格翻了三倍，服务却像免费的。打扫的阿姨下午三点还没来，垃圾桶满出来了。",
        "屏幕有亮点，触控失灵，售后让我等通知，一等就是半个月",
    ],
)
def test_the_packaged_weights_mend_a_sign(text: str) -> None:
    assert score(text, "zh", replace(packaged(), learned=None)).score > 0 > score(text, "zh").score
    assert len(packaged_weights().weights) > 5000


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (None, "weights"),
        ({"bias": 0}, "weights"),
        ({"weights": {1: "不错"}}, "bias"),
        ({"bias": "none", "weights": {}}, "bias"),
        ({"bias": 0, "weights": {"many": "不错"}}, "many"),
        ({"bias": 0, "weights": {1: ["不错"]}}, "1"),
        ({"bias": 0, "weights": {1: "good"}}, "good"),
        ({"bias": 0, "weights": {1: "好"}}, "好"),
        ({"bias": 0, "weights": {1: "不错", 2: "不错"}}, "不错"),
    ],
)
def test_a_bad_file_is_told_clearly(source: Any, named: str) -> None:
    with pytest.raises(Misconfigured, match=FILE) as told:
        learned(source)
    assert named in str(told.value)


def test_training_finds_what_praises_and_is_the_same_each_time() -> None:
    texts = [f"今天{word}{end}" for end in ("了", "呢", "吧", "啊", "呀", "哦") for word in ("很满意", "很失望")]
    signs = [1 if "满意" in text else -1 for text in texts]
    source = fitted(texts, signs)
    assert source == fitted(texts, signs)
    weights = {gram: weight for weight, words in source["weights"].items() for gram in words.split()}
    assert weights["满意"] > 0 > weights["失望"]
    assert "今天" not in weights or abs(weights["今天"]) < weights["满意"]


def test_the_file_that_is_written_is_the_file_that_is_read() -> None:
    read = yaml.safe_load(written(SOURCE, "head"))
    assert read == SOURCE
    assert isinstance(learned(read), Learned)
