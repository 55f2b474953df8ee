"""A message is cut where one wish ends, and two close candidates are asked back about."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.understanding.intent_parts import MOST, parts


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
