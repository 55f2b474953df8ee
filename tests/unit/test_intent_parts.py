"""A message is cut where one wish ends, and two close candidates are asked back about."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.understanding.intent_parts import MOST, clarification, parts
from schemas.messages import Intent


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ("",)),
        ("退货", ("退货",)),
        ("退货，另外发票怎么开?", ("退货", "发票怎么开")),
        ("cancel it and send me the invoice", ("cancel it", "send me the invoice")),
        ("我要退货，怎么寄回", ("我要退货", "怎么寄回")),
        ("鞋子穿了一天，开胶了", ("鞋子穿了一天，开胶了",)),
        ("I paid 3.50 for it", ("I paid 3.50 for it",)),
        ("cancel it and", ("cancel it and",)),
        ("a, b, c", ("a, b, c",)),
        (
            "one two. three four; five six\nseven eight, nine ten",
            ("one two", "three four", "five six", "seven eight, nine ten"),
        ),
    ],
)
def test_parts(text: str, wanted: tuple[str, ...]) -> None:
    assert parts(text) == wanted


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=800))
def test_any_text_has_few_parts(text: str) -> None:
    found = parts(text)
    assert 1 <= len(found) <= MOST
    assert all(part.strip() == part for part in found)


def intents(**confidences: float) -> list[Intent]:
    return [Intent(name=name, confidence=confidence) for name, confidence in confidences.items()]


@pytest.mark.parametrize(
    ("candidates", "asked"),
    [
        (intents(a=0.5, b=0.4), ("a", "b")),
        (intents(unknown=0.6, a=0.4, b=0.3), ("a", "b")),
        (intents(a=0.9, b=0.1), None),
        (intents(a=0.5, b=0.1), None),
        (intents(a=0.95, b=0.94), None),
        (intents(unknown=0.9), None),
        ([], None),
    ],
)
def test_clarification(candidates: list[Intent], asked: tuple[str, ...] | None) -> None:
    assert clarification(candidates) == asked
