"""The language of a message is that of most of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的订单到哪了", "zh"),
        ("Where is my order?", "en"),
        ("iPhone 15 什么时候发货", "zh"),
        ("iPhone 15 Pro Max 有货吗", "zh"),
        ("Please translate 退货 for me", "en"),
        ("What does 包邮 mean", "en"),
        ("ＷＨＥＲＥ ＩＳ ＭＹ ＯＲＤＥＲ", "en"),
        ("Où est ma commande", "en"),
        ("退款", "zh"),
        ("ok", "en"),
        ("12345", "zh"),
        ("？？？", "zh"),
        ("😀", "zh"),
        ("", "zh"),
        ("Где мой заказ", "en"),
        ("𠮷野家", "zh"),
    ],
)
def test_language_of_a_message(text: str, language: str) -> None:
    assert detect(text) == language


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_has_a_language(text: str) -> None:
    assert detect(text) in ("zh", "en")
