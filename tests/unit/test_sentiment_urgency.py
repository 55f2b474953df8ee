"""Cues and moods tell how soon a message wants an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.language import Language
from agents.understanding.sentiment_urgency import Urgency, urgency


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("我要去12315投诉你们", "zh", "high"),
        ("十万火急，请立刻处理", "zh", "high"),
        ("手机充电时冒煙了", "zh", "high"),
        ("你们这群骗子", "zh", "high"),
        ("等了三天还没发货，太差了，赶紧退款", "zh", "high"),
        ("请问什么时候发货", "zh", "normal"),
        ("谢谢，已经收到了", "zh", "normal"),
        ("不急，有空回复就行", "zh", "low"),
        ("I need this ASAP", "en", "high"),
        ("my lawyer will contact you", "en", "high"),
        ("Still no reply after two weeks, this is terrible and unacceptable", "en", "high"),
        ("where is my order", "en", "normal"),
        ("I sued nobody, nice pressure cooker", "en", "normal"),
        ("no rush, just wondering about the sizes", "en", "low"),
    ],
)
def test_urgency_of_a_message(text: str, language: Language, expected: Urgency) -> None:
    assert urgency(text, language) == expected


@given(st.text(st.characters(exclude_categories=[])), st.sampled_from(["zh", "en"]))
def test_any_text_has_an_urgency(text: str, language: Language) -> None:
    assert urgency(text, language) in ("low", "normal", "high")
