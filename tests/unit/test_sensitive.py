"""Sensitive words are found as their rules say, and rules are read from a setting."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.sensitive import (
    LONGEST_WORD,
    Hit,
    Rule,
    SensitiveWords,
    covered,
    difference,
    packaged_rules,
    replaced,
    rules_from,
)
from schemas.errors import Rejected

RULES = (
    Rule("刷单返利", "scam", "block", gaps=True),
    Rule("加微信", "off_platform", "mask", gaps=True),
    Rule("微信", "off_platform", "mask"),
    Rule("ass", "rude", "mask"),
    Rule("kill you", "threat", "hand_over"),
    Rule("加vx", "off_platform", "mask", gaps=True),
)
WORDS = SensitiveWords(RULES)


def found(text: str) -> list[tuple[str, str]]:
    return [(hit.rule, text[hit.start : hit.end]) for hit in WORDS.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("这里有刷单返利吗", [("刷单返利", "刷单返利")]),
        ("刷 单-返*利", [("刷单返利", "刷 单-返*利")]),
        ("刷单。返利", []),
        ("加微信", [("加微信", "加微信"), ("微信", "微信")]),
        ("微 信", []),
        ("加我微信", [("微信", "微信")]),
        ("請加ＶＸ聊", [("加vx", "加ＶＸ")]),
        ("刷單返利", [("刷单返利", "刷單返利")]),
        ("class assess bass", []),
        ("You ASS!", [("ass", "ASS")]),
        ("I will KILL YOU.", [("kill you", "KILL YOU")]),
        ("skill youth", []),
        ("加v x9", []),
        ("", []),
        ("\ud800微信😀", [("微信", "微信")]),
    ],
)
def test_words_are_found_in_any_dress(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_hits_say_what_to_do_and_masks_are_covered() -> None:
    (hit,) = WORDS.find("我要 kill you")
    assert hit == Hit("kill you", "threat", "hand_over", 3, 11)
    text = "加 微 信，kill you"
    assert covered(text, WORDS.find(text)) == "*****，kill you"


def test_one_word_may_stand_under_several_rules() -> None:
    both = SensitiveWords(
        [Rule("炸弹", "threat", "block"), Rule("炸彈", "news", "mask"), Rule("炸弹", "threat", "block")]
    )
    assert {(hit.category, hit.action) for hit in both.find("炸弹")} == {("threat", "block"), ("news", "mask")}


def test_rules_come_from_the_value_of_a_setting() -> None:
    value = json.loads('{"groups": [{"category": "scam", "action": "block", "words": ["刷单", "洗钱"], "gaps": true}]}')
    assert rules_from(value) == (Rule("刷单", "scam", "block", True), Rule("洗钱", "scam", "block", True))
    assert rules_from(None) == rules_from({"groups": []}) == ()
    assert SensitiveWords().find("刷单") == ()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "groups"),
        ({"groups": [{"category": "a", "action": "delete", "words": []}]}, "delete"),
        ({"groups": [{"category": "a", "action": "mask"}]}, "words"),
        ({"groups": [{"category": "a", "action": "mask", "words": [3]}]}, "str"),
        ({"groups": [{"category": "a", "action": "mask", "words": [" "]}]}, "remove it"),
        ({"groups": [{"category": "a", "action": "mask", "words": ["字" * (LONGEST_WORD + 1)]}]}, "shorten it"),
        ({"groups": [{"category": "a", "action": "mask", "words": ["死"], "gaps": True}]}, "too short"),
        ({"groups": [{"category": "a", "action": "mask", "words": ["死"], "gap": True}]}, "gap"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_to_change(value: object, says: str) -> None:
    with pytest.raises(Rejected, match=says):
        rules_from(value)


def test_differences() -> None:
    assert difference(RULES, (*RULES[1:], Rule("新", "a", "mask"))) == ((Rule("新", "a", "mask"),), (RULES[0],))
    assert replaced(WORDS, RULES[::-1]) is WORDS
    assert replaced(WORDS, RULES[:1]).rules == RULES[:1]


def test_the_packaged_rules_are_read() -> None:
    rules = packaged_rules()
    assert {"self_harm", "threat", "scam", "off_platform"} <= {rule.category for rule in rules}
    words = SensitiveWords(rules)
    assert {hit.category for hit in words.find("我不想活了")} == {"self_harm"}
    for text in ("我的包裹什么时候到", "怎么退货?", "可以用微信支付吗", "Where is my order?", "the battery died"):
        assert words.find(text) == ()


def test_many_rules_are_found_among_each_other() -> None:
    many = SensitiveWords([Rule(f"第{number}号词", "many", "mask") for number in range(23_000)])
    assert [hit.rule for hit in many.find("第22999号词和第7号词")] == ["第22999号词", "第7号词"]


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_may_be_searched(text: str) -> None:
    for hit in WORDS.find(text):
        assert 0 <= hit.start < hit.end <= len(text)
    assert len(covered(text, WORDS.find(text))) == len(text)


@pytest.mark.parametrize("text", ["加 " * 10_000, "微信" * 10_000, "刷单返" * 6_600, "\u200b" * 20_000])
def test_long_texts_are_searched(text: str) -> None:
    assert len(WORDS.find(text)) <= len(text)


@given(
    st.lists(st.text("加微信刷单返利 a", min_size=1, max_size=4), max_size=6),
    st.text("加微信刷单返利 a*，", max_size=30),
)
def test_rules_without_gaps_are_found_where_they_stand(words: list[str], text: str) -> None:
    rules = [Rule(word, "x", "mask") for word in words if word.strip()]
    expected = {
        (rule.word, start)
        for rule in rules
        for start in range(len(text))
        if text.startswith(rule.word.strip(), start) and _alone(text, start, start + len(rule.word.strip()))
    }
    assert {(hit.rule, hit.start) for hit in SensitiveWords(rules).find(text)} == expected


def _alone(text: str, start: int, end: int) -> bool:
    before = start > 0 and text[start] == "a" == text[start - 1]
    return not before and not (end < len(text) and text[end - 1] == "a" == text[end])
