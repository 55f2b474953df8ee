"""Values in a message are found with offsets into it and normalised."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.entities import find, han_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("订单号是 KF-20250131-001", [("order_number", "KF-20250131-001")]),
        ("订单 90117283 收到破损", [("order_number", "90117283")]),
        ("单号：２０２５０１３１００１２３", [("order_number", "2025013100123")]),
        ("order number: 112-3456789-1234567", [("order_number", "112-3456789-1234567")]),
        ("Where is order #a1234567?", [("order_number", "A1234567")]),
        ("运单号 SF1234567890123 到哪了", [("tracking_number", "SF1234567890123")]),
        ("my parcel rr123456785cn", [("tracking_number", "RR123456785CN")]),
        ("tracking number 773012345678901", [("tracking_number", "773012345678901")]),
        ("付了199.5元", [("amount", "199.5 CNY")]),
        ("￥1,299.00 太贵", [("amount", "1299.00 CNY")]),
        ("退我五十块钱", [("amount", "50 CNY")]),
        ("两百五块", [("amount", "250 CNY")]),
        ("I paid 20 euros", [("amount", "20 EUR")]),
        ("it was US$30", [("amount", "30 USD")]),
        ("买了三双鞋", [("quantity", "3")]),
        ("要2件", [("quantity", "2")]),
        ("two boxes of tea", [("quantity", "2")]),
        ("the mug x2", [("quantity", "2")]),
        ("订单12345678的两件，退30元", [("order_number", "12345678"), ("quantity", "2"), ("amount", "30 CNY")]),
        ("我有一个问题，等了两个月", []),
        ("order pizza tomorrow", []),
        ("第3件半价", []),
        ("iPhone 15", []),
        ("2025-01-31 12:30", []),
    ],
)
def test_values_are_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(entity.type, entity.value) for entity in find(text, "zh")] == expected


def test_offsets_count_characters_of_the_original() -> None:
    text = "😀花了１２３元，订单 A1234567"
    assert [text[entity.start : entity.end] for entity in find(text, "zh")] == ["１２３元", "A1234567"]


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("两百五", 250),
        ("三千", 3000),
        ("一千二百三十四", 1234),
    ],
)
def test_chinese_numerals(numeral: str, value: int) -> None:
    assert han_number(numeral) == value


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_read(text: str) -> None:
    assert all(0 <= entity.start < entity.end <= len(text) for entity in find(text, "en"))


@given(st.text(st.sampled_from("订单号order12三两百件元块$¥x,.-# SFAB"), max_size=60))
def test_entities_are_in_order_and_do_not_overlap(text: str) -> None:
    found = find(text, "zh")
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize("piece", ["1", "1 ", "1,", "一", "x1 ", "3个", "订单", "order ", "A-", "¥1"])
def test_twenty_thousand_characters_take_no_longer_than_their_length(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    begun = time.process_time()
    find(text, "zh")
    assert time.process_time() - begun < 2
