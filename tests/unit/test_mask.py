"""Personal data is found in any script and width; prices, dates and order numbers are left alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.mask import mask
from agents.understanding.numbers import id_check_digit, is_luhn

ID = "11010519491231002" + id_check_digit("11010519491231002")
CARD = "6222021234567890128"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的电话13812345678请回电", "我的电话[PHONE]请回电"),
        ("手机１３８１２３４５６７８", "手机[PHONE]"),
        ("138-1234-5678", "[PHONE]"),
        ("打138 1234 5678吧", "打[PHONE]吧"),
        ("+86 138 1234 5678，谢谢", "[PHONE]，谢谢"),
        ("(+86)13812345678", "[PHONE]"),
        ("8613812345678", "[PHONE]"),
        ("1 3 8 1 2 3 4 5 6 7 8", "[PHONE]"),
        ("13812345678,13912345678", "[PHONE],[PHONE]"),
        ("座机010-62345678", "座机[PHONE]"),
        ("call +44 20 7946 0958 please", "call [PHONE] please"),
        ("+1 (415) 555-2671", "[PHONE]"),
        ("微信wx13812345678", "微信wx[PHONE]"),
        (f"身份证{ID}号", "身份证[ID_CARD]号"),
        (ID.lower(), "[ID_CARD]"),
        (f"{ID[:6]} {ID[6:14]} {ID[14:]}", "[ID_CARD]"),
        (f"卡号{CARD}", "卡号[BANK_CARD]"),
        ("卡号6222 0212 3456 7890 128", "卡号[BANK_CARD]"),
        ("4111-1111-1111-1111", "[BANK_CARD]"),
        ("4111111111111111 20元", "[BANK_CARD] 20元"),
        ("邮箱abc@qq.com我的", "邮箱[EMAIL]我的"),
        ("a.b+c@mail.example.co.uk", "[EMAIL]"),
        ("abc＠qq．com", "[EMAIL]"),
        ("电话 13812345678 邮箱 a@b.cn", "电话 [PHONE] 邮箱 [EMAIL]"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "订单号20250131123456789",
        "订单13812345678",
        "order number 4111111111111111",
        "快递单号 6222021234567890128",
        "SF1381234567890",
        "JD13812345678",
        "AB-13812345678",
        "2025-01-31 12:30:59",
        "20250131",
        "¥13812345678",
        "单价 13812345678.50",
        "1,299.00元",
        "138123456789",
        "110105194912310021",
        "4111111111111112",
        "iPhone 15 Pro Max 256GB",
        "@所有人 user@host",
        "400-820-8820",
        "192.168.100.200",
        "满300减50，第2件半价",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert mask(text).text == text


def test_offsets_count_characters_of_the_original() -> None:
    text = "😀我的电话１３８１２３４５６７８和a@b.cn"
    found = mask(text).found
    assert [(data.type, text[data.start : data.end]) for data in found] == [
        ("phone", "１３８１２３４５６７８"),
        ("email", "a@b.cn"),
    ]


def test_luhn_knows_a_wrong_digit() -> None:
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111112")


PIECES = st.sampled_from(
    [
        "13812345678",
        ID,
        CARD,
        "4111111111111111",
        "a@b.COM",
        "@",
        "x" * 70,
        "订单",
        "order ",
        "TEL",
        "A",
        "X-",
        "+86",
        "+",
        "(",
        ")",
        " ",
        "-",
        ".",
        ".5",
        "¥",
        "1",
        "86",
        "138 1234 5678",
        "1 3 8",
        "010-62345678",
        "[PHONE]",
        "号",
        "４１１１",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once.text) == (once.text, ())


@given(st.lists(PIECES, max_size=12).map("".join))
def test_spans_are_in_order_and_do_not_overlap(text: str) -> None:
    ends = [0, *(data.end for data in mask(text).found)]
    starts = [*(data.start for data in mask(text).found), len(text)]
    assert all(end <= start for end, start in zip(ends, starts, strict=True))


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_read(text: str) -> None:
    mask(text)


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1-", "+1", "a", "a@", "a.@", "４１１１ ", "13812345678 ", "(", "订单", ".", "1."]
)
def test_twenty_thousand_characters_take_no_longer_than_their_length(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    begun = time.process_time()
    mask(text)
    assert time.process_time() - begun < 2
