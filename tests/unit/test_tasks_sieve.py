"""A sieve finds exactly what its patterns find one by one, and needs the words that it says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tasks import load
from agents.tasks.anchors import anchors
from agents.tasks.answers import bounded, spelled
from agents.tasks.sieve import Sieve
from agents.understanding.width import plain
from tests.understood import sample_catalog

PIECES = st.sampled_from(
    ["a", "b", "(?:a|bc)", "[ab]", "c?", "(?:ab)*", "(?:a|b|)", "a{2,3}", ".", "(?<!c)", "(?=b)", "(?i:a)"]
)
TEXTS = st.text("abc", max_size=8)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("退(?:货|款)(?!政策)", {"退货", "退款"}),
        ("(?<![a-z])(?:want|like) to return(?![a-z])", {"want to return", "like to return"}),
        ("colou?r", {"color", "colour"}),
        ("cancel.{0,9}order", {"cancel"}),
        (r"\d{4} orders", {" orders"}),
        ("[ab]c", {"ac", "bc"}),
        ("(?:x|yz)+", {"x", "yz"}),
        ("(?:a|.)b", {"b"}),
        ("(?i)return", set()),
        (r"\d+", set()),
        ("(?:return|)", set()),
        ("(a)\\1", {"a"}),
    ],
)
def test_the_words_that_a_pattern_needs(pattern: str, words: set[str]) -> None:
    assert anchors(pattern) == words


@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), TEXTS)
def test_where_a_pattern_is_found_one_of_its_words_is(pattern: str, text: str) -> None:
    words = anchors(pattern)
    assert "" not in words
    if re.search(pattern, text) and words:
        assert any(word in text for word in words)


@given(st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), max_size=5), TEXTS)
def test_a_sieve_finds_what_its_patterns_find(patterns: list[str], text: str) -> None:
    found = [number for number, _ in Sieve(enumerate(patterns)).found(text)]
    assert found == [number for number, pattern in enumerate(patterns) if re.search(pattern, text)]


def test_the_patterns_of_the_shop_s_tasks_are_found_in_what_its_customers_say() -> None:
    tasks = load().tasks
    patterns = [bounded(pattern) for task in tasks for pattern in (*spelled(task.begin), *spelled(task.unless))]
    sieve, compiled = Sieve(enumerate(patterns)), [re.compile(pattern) for pattern in patterns]
    for text in (plain(text) for text, _ in sample_catalog().examples):
        one_by_one = [number for number, pattern in enumerate(compiled) if pattern.search(text)]
        assert [number for number, _ in sieve.found(text)] == one_by_one
