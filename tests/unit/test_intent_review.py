"""A review of examples finds what is missing, what stands twice and what looks like another intent."""

import re

import pytest

from agents import catalog
from agents.understanding import intent_page
from agents.understanding.evaluation import evaluate
from agents.understanding.intent import UNKNOWN, Example, train
from agents.understanding.intent_review import Review, review

MISPLACED = Example("please give me the money back for this", "opening_hours")


@pytest.fixture(scope="module")
def shown() -> list[Example]:
    names = ("refund_request", "opening_hours", "order_status", "thanks")
    known = [Example(text, name) for text, name in catalog.load().examples if name in names]
    few = [Example(f"{word} gift card", "gift_cards") for word in ("send a", "buy a", "my")]
    same = [Example("Where is my money?", "refund_request"), Example("where is my  money", "order_status")]
    out = [Example(text, UNKNOWN) for text in ("讲个笑话", "tell me a joke", "what is love", "今天天气怎么样")]
    return [*known, *few, *same, MISPLACED, *out]


@pytest.fixture(scope="module")
def found(shown: list[Example]) -> Review:
    return review(shown)


def test_counts(found: Review, shown: list[Example]) -> None:
    assert (found.examples, found.intents, found.out_of_scope) == (len(shown), 5, 4)
    assert 0.7 < found.accuracy <= 1


def test_an_intent_with_few_examples_is_weak(found: Review) -> None:
    (gifts,) = [weak for weak in found.weak if weak.intent == "gift_cards"]
    assert gifts.examples == 3 and "12 more examples" in gifts.advice


def test_the_same_text_under_two_intents_is_a_contradiction(found: Review) -> None:
    assert [(one.texts, set(one.intents)) for one in found.contradictions] == [
        (("Where is my money?", "where is my  money"), {"refund_request", "order_status"})
    ]


def test_a_misplaced_example_is_doubtful(found: Review) -> None:
    doubts = {doubt.text: doubt.rather for doubt in found.doubtful}
    assert doubts.get(MISPLACED.text) == "refund_request"


def test_pages_hold_everything_and_load_nothing(found: Review, shown: list[Example]) -> None:
    report = evaluate(train(shown), [*shown[:20], Example("<script>alert(1)</script>", UNKNOWN)])
    for tables in (intent_page.of_review(found), intent_page.of_report(report)):
        page = intent_page.page("A & B", tables)
        assert "A &amp; B" in page and "<script" not in page
        assert not re.search(r"(?:src|href)=|https?://|@import", page)
        assert all(title in page for title, _, _ in tables)
    assert "gift_cards" in intent_page.page("x", intent_page.of_review(found))
    assert "gift_cards" in intent_page.text(intent_page.of_review(found))


def test_texts_are_escaped() -> None:
    assert "&lt;b&gt;" in intent_page.page("t", [("title", ("head",), [("<b>",)])])
    assert intent_page.text([("title", ("head",), [])]) == "title: none"
