"""English moods are vaderSentiment's; Chinese ones have the right sign on sentences written for this test."""

import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

from agents.understanding import sentiment_zh
from agents.understanding.sentiment import normalised, score

VADER = SentimentIntensityAnalyzer()

MOODS = Path(__file__).parent / "data" / "moods_zh.jsonl"

WORDS = st.sampled_from(
    [
        *list(VADER.lexicon)[::97],
        *BOOSTER_DICT,
        *NEGATE,
        *" ".join(SPECIAL_CASES).split(),
        "but",
        "BUT",
        "kind",
        "of",
        "least",
        "at",
        "no",
        "nor",
        "so",
        "doubt",
        "GREAT",
        "Bad!",
        "ok...",
        "😀",
        "x💔",
        "the",
        "?",
        "!",
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS, max_size=14).map(" ".join)))
def test_english_scores_are_those_of_vader(text: str) -> None:
    assert score(text, "en").score == VADER.polarity_scores(text)["compound"]


@pytest.mark.parametrize(("compound", "label"), [("good", "positive"), ("bad", "negative"), ("table", "neutral")])
def test_labels_follow_the_score(compound: str, label: str) -> None:
    assert score(compound, "en").label == label


def test_chinese_signs_are_right() -> None:
    """Measured when written: 97 % of 60 positive, 93 % of 60 negative and 95 % of 40 neutral sentences."""
    lines = [msgspec.json.decode(line) for line in MOODS.read_bytes().splitlines()]
    for label, floor in (("positive", 0.9), ("negative", 0.88), ("neutral", 0.85)):
        marks = [score(line["text"], "zh").label == label for line in lines if line["label"] == label]
        assert sum(marks) / len(marks) >= floor, label


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("满意", "非常满意"),
        ("好", "好！！！"),
        ("有点满意", "满意"),
        ("不好", "好"),
        ("很生气", "生气"),
        ("一点也不差", "很好"),
        ("太差", "不太差"),
        ("喜欢，但是坏了", "坏了，但是喜欢"),
        ("差😡", "差"),
        ("难道你们不处理吗", "你们处理一下"),
    ],
)
def test_context_moves_a_chinese_score(weaker: str, stronger: str) -> None:
    assert score(weaker, "zh").score < score(stronger, "zh").score


def test_a_question_does_not_praise() -> None:
    assert score("你们的质量好吗？", "zh").label == "neutral"


def test_a_lexicon_of_ones_own_is_used() -> None:
    nothing: dict[float, list[str]] = {}
    own = sentiment_zh.lexicon(
        {"words": {3.0: ["西瓜"]}, "degrees": nothing, "emoji": {1.0: ["🍉"]}, "codes": nothing, "patterns": {}}
        | {"negations": [], "afterwards": [], "contrasts": []}
    )
    assert score("西瓜", "zh", own).score == pytest.approx(normalised(3.0), abs=1e-4)
    assert score("垃圾", "zh", own).score == 0


@pytest.mark.parametrize(
    "text", ["😀" * 20_000, "good but " * 2_200, "难道" * 10_000, "都三天了" * 5_000, "好" * 20_000, "？" * 20_000]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_long_texts_take_no_longer_than_their_length(text: str, language: str) -> None:
    """vaderSentiment itself needs minutes for the first one."""
    begun = time.process_time()
    score(text, "zh" if language == "zh" else "en")
    assert time.process_time() - begun < 5


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_has_a_score_between_its_limits(text: str) -> None:
    assert -1 <= score(text, "zh").score <= 1
    assert -1 <= score(text, "en").score <= 1
