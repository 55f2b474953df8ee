"""Chinese numerals and numbers with multiples."""

import pytest

from agents.understanding.entity.numerals import decimal, han_number


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
        ("一万二", 12_000),
        ("十二万零五百", 120_500),
        ("叁佰伍拾", 350),
        ("二〇二六", 2026),
        ("一亿", 100_000_000),
    ],
)
def test_chinese_numerals(numeral: str, value: int) -> None:
    assert han_number(numeral) == value


@pytest.mark.parametrize(
    ("numeral", "multiple", "value"),
    [
        ("1,299.00", "", "1299.00"),
        ("1.2", "万", "12000"),
        ("3", "k", "3000"),
        ("1.25", "k", "1250"),
        ("三", "千", "3000"),
    ],
)
def test_multiples(numeral: str, multiple: str, value: str) -> None:
    assert decimal(numeral, multiple) == value
