"""Intents to ask back about: seldom, and then with the right one among them; measured on held-out messages."""

import json
from pathlib import Path

import pytest

from agents.understanding.intent_close import MOST
from tests.understood import reader

HELD_OUT = Path(__file__).parent / "data" / "intent_holdout.jsonl"


@pytest.fixture(scope="module")
def held_out() -> list[tuple[str, tuple[str, ...]]]:
    """The right intent of each held-out message, and those to ask back about."""
    rows = [json.loads(line) for line in HELD_OUT.read_text("utf-8").splitlines()]
    understood = reader().understand([row["text"] for row in rows])
    return [(row["intent"], one.did_you_mean) for row, one in zip(rows, understood, strict=True)]


def test_few_messages_are_asked_back_about(held_out: list[tuple[str, tuple[str, ...]]]) -> None:
    asked = [close for _, close in held_out if close]
    assert 0.01 <= len(asked) / len(held_out) <= 0.06
    assert {len(close) for close in asked} <= set(range(2, MOST + 1))


def test_the_right_intent_is_among_the_choices(held_out: list[tuple[str, tuple[str, ...]]]) -> None:
    asked = [(right, close) for right, close in held_out if close]
    assert sum(right in close for right, close in asked) / len(asked) >= 0.8


@pytest.mark.parametrize("text", ["怎么退货?", "hello", "我要开发票", "tell me a joke", "今天天气怎么样", "", "1"])
def test_what_is_clear_or_no_business_of_ours_is_not_asked_back_about(text: str) -> None:
    assert reader().understand([text])[0].did_you_mean == ()


def test_two_wishes_are_no_doubt() -> None:
    assert reader().understand(["我要退货，另外帮我开发票"])[0].did_you_mean == ()


def test_it_is_the_same_alone_and_among_others() -> None:
    texts = ["Have you posted my dress already?", "hello", "前天付的款，看看给我寄了没", ""]
    assert [one.did_you_mean for one in reader().understand(texts)] == [
        one.did_you_mean for text in texts for one in reader().understand([text])
    ]
