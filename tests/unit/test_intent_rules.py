"""Rules say what is wrong with them, and match what an operator means."""

import pytest

from agents.understanding.rules import MAX_CHARACTERS, Rule, Rules
from schemas.errors import Misconfigured


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "(?=x)", "", "a" * 501])
def test_a_bad_pattern_is_named(pattern: str) -> None:
    with pytest.raises(Misconfigured, match="refund: "):
        Rules([Rule("refund", patterns=(pattern,))])


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("refund", "a REFUND, please", True),
        ("refund", "refundable", False),
        ("退货", "我要退货", True),
        ("退貨", "我要退货", True),
        ("vip", "ＶＩＰ客户", True),
        ("refund", " " * MAX_CHARACTERS + "refund", False),
    ],
)
def test_keywords_are_whole_words(keyword: str, text: str, found: bool) -> None:
    assert bool(Rules([Rule("it", keywords=(keyword,))]).find(text)) is found


def test_all_intents_that_match_are_found() -> None:
    rules = Rules([Rule("a", patterns=("x+y",)), Rule("b", patterns=("y", "z")), Rule("c", keywords=("w",))])
    assert rules.find("xxyz") == {"a", "b"}
    assert Rules().find("anything") == frozenset()


def test_a_pattern_that_would_explode_is_linear_here() -> None:
    assert Rules([Rule("it", patterns=("(a+)+b",))]).find("a" * 5000) == frozenset()
