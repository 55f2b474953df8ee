"""Entities: normalised values with offsets, without overlaps, against the message's time, for any text."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.understanding.entities import Reader, find, packaged, sources
from agents.understanding.entity.found import Found
from schemas.errors import Misconfigured
from tests.entities import messages

NOW = "2026-01-31T02:00:00.000Z"


def types(text: str, now: str | float | None = NOW) -> list[tuple[str, str]]:
    return [(found.type, found.value) for found in packaged().read(text, now)]


def test_offsets_count_characters_of_the_original() -> None:
    text = "😀花了１２３元，订单 A1234567"
    assert [text[entity.start : entity.end] for entity in find(text, "zh")] == ["１２３元", "A1234567"]


def test_what_is_found_carries_its_text() -> None:
    assert packaged().read("要 XL 的") == (Found("size", "XL", 2, 4, "XL"),)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-01-31T15:59:59Z", "2026-01-30"),
        ("2026-01-31T16:00:00Z", "2026-01-31"),
        ("2026-02-01T00:00:00+08:00", "2026-01-31"),
        (1769875200, "2026-01-31"),
    ],
)
def test_days_begin_where_the_customer_lives(now: str | float, day: str) -> None:
    assert types("昨天", now) == [("date", day)]


def test_another_zone_has_other_days() -> None:
    (found,) = Reader(sources(), "America/New_York").read("yesterday", "2026-01-31T02:00:00Z")
    assert found.value == "2026-01-29"


@pytest.mark.parametrize("zone", ["", "Shanghai", "../x", "UTC+8"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(Misconfigured, match="Asia/Shanghai"):
        Reader(sources(), zone)


def test_a_shop_has_its_own_products() -> None:
    reader = Reader(
        sources()._replace(products={"products": [{"id": "kite", "zh": ["风筝"], "en": ["kite"]}], "not": []})
    )
    assert [found.value for found in reader.read("风筝 and two kites and a lamp")] == ["kite", "2", "kite"]


@pytest.mark.parametrize("now", [None, "", "yesterday", 1e300, float("nan"), "9999-12-31T23:59:59Z"])
def test_without_a_time_only_full_dates_have_a_value(now: str | float | None) -> None:
    assert types("昨天、3月5号和2026-01-31，yesterday", now) == [("date", "2026-01-31")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("订单 20260131", [("order_number", "20260131")]),
        ("于20260131", [("date", "2026-01-31")]),
        ("iPhone 15 Pro", [("product", "iphone 15 pro")]),
        ("black friday", [("date", "2025-11-28")]),
        ("中山路88号", [("address", "中山路88号")]),
        ("3月5号", [("date", "2026-03-05")]),
    ],
)
def test_the_longer_and_the_more_specific_stays(text: str, expected: list[tuple[str, str]]) -> None:
    assert types(text) == expected


def test_personal_data_that_is_blanked_is_no_entity() -> None:
    assert types(f"我的卡 {chr(0) * 19}，电话{chr(0) * 11}") == []


def test_labelled_messages_are_read_back() -> None:
    """At least 97 % of the labels, and of what is found, for each type."""
    labelled, found, right = Counter[str](), Counter[str](), Counter[str]()
    for message in messages(seed=2, count=3000):
        read = {(one.type, one.value): one for one in packaged().read(message.text, message.now)}
        found.update(kind for kind, _ in read)
        for label in set(message.labels):
            same = read.get((label.type, label.value))
            labelled[label.type] += 1
            right[label.type] += same is not None and same.start < label.end and label.start < same.end
    assert len(labelled) == 11
    assert {kind: right[kind] / labelled[kind] for kind in labelled if right[kind] < 0.97 * labelled[kind]} == {}
    assert {kind: right[kind] / found[kind] for kind in found if right[kind] < 0.97 * found[kind]} == {}


ANY = st.text(st.characters(exclude_categories=[]), max_size=200)
PIECES = """\
订单 order SF 12 3 . - / : 月 日 号 点 三 百 两 件 元 块 $ ¥ 到 至 今天 下周五 下午 am pm ago in 3 天前 国庆 last friday
红色 尺码 L 42 码 质量 太差 路 88 上海市 区 街 x iphone pro 买 了 的 the th jan may and 9 0 亿 万 年 半 小时后
"""
CROWDED = st.lists(st.sampled_from([*PIECES.split(), " ", "\x00"]), max_size=30).map("".join)


@settings(deadline=None)
@given(ANY | CROWDED, st.none() | st.floats() | st.datetimes().map(str))
def test_any_text_is_read_in_order_without_overlaps(text: str, now: str | float | None) -> None:
    found = packaged().read(text, now)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(one.text == text[one.start : one.end] != "" and one.value for one in found)


REPEATED = """\
1|1 |1,|一|x1 |3个|订单|order |A-|¥1|1,111|周五|on friday |手机号|红包|1月|1/31 |1:1|质量|too |上海市|路1号|12 st |x
a street |买了|bought a |3天前|in two |L码|iphone 15 |单号1234 |到1号|\x00|三百|一万|1-|two red |at 5 |size |!
红色|不能用|"|‘|2024-|20:00-|过1天|国庆|下周五a$|9号
"""


@pytest.mark.parametrize("piece", REPEATED.replace("\n", "|").strip("|").split("|"))
def test_the_longest_texts_are_read(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    assert all(found.end - found.start <= 200 for found in packaged().read(text, NOW))
