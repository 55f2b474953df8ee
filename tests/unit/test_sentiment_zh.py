"""Chinese moods: what turns, weakens or ends one, what is no mood, and what customers say without being upset."""

from pathlib import Path

import pytest

from agents.understanding.sentiment import explain, score
from agents.understanding.sentiment_zh import lexicon, packaged, valence

DATA = Path(__file__).parent / "data"


def lines(file: str, kinds: str) -> list[str]:
    written = (DATA / file).read_text(encoding="utf-8").splitlines()
    return [line[2:] for line in written if line[:1] in kinds and line[1:2] == " "]


def sign(text: str) -> int:
    found = score(text, "zh").score
    return (found > 0) - (found < 0)


def test_short_phrases_of_reviews_are_right() -> None:
    """The first lines of the file say how many were right when they were first scored."""
    marks = [sign(text) == 1 for text in lines("reviews_zh_short.txt", "+")]
    marks += [sign(text) == -1 for text in lines("reviews_zh_short.txt", "-")]
    assert len(marks) > 1800
    assert sum(marks) / len(marks) >= 0.97


@pytest.mark.parametrize("text", lines("requests_zh.txt", "0"))
def test_a_request_has_no_mood(text: str) -> None:
    assert score(text, "zh").score == 0
    assert explain(text, "zh") == ()


@pytest.mark.parametrize("text", lines("requests_zh.txt", "-"))
def test_who_tells_a_problem_calmly_is_not_soothed(text: str) -> None:
    assert score(text, "zh").score > -0.5


def test_who_demands_at_once_is_not_taken_for_content() -> None:
    assert sign("太差了，赶紧退款") == -1
    assert sign("店家马上给重新做了一份") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("房间不大但很干净", 1),
        ("床不舒服", -1),
        ("送的挺快 可惜不好吃", -1),
        ("以前很好吃 这次很难吃", -1),
        ("上次等了半天 这次很快", 1),
        ("一点都不实用", -1),
        ("除了送得快没优点", -1),
        ("唯一的优点就是位置", -1),
        ("唯一的缺点是停车位少", 1),
        ("也就位置还行", -1),
        ("别的酒店都比这家干净", -1),
        ("比堂食还好吃", 1),
        ("听不到外面的噪音", 1),
        ("不比五星差", 1),
        ("慢点可以理解", 1),
        ("五毛钱买的好评", -1),
    ],
)
def test_what_stands_around_a_word_decides(text: str, expected: int) -> None:
    assert sign(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("筷子都没有", -1),
        ("送的可乐没有", -1),
        ("点的牛肉面送来鸡肉面", -1),
        ("点了两份只送一份", -1),
        ("10点定的1点才送到", -1),
        ("用了两个多小时", -1),
        ("晚了40分钟", -1),
        ("二十分钟送到", 1),
        ("提前了半小时", 1),
        ("备注不要葱还是放了", -1),
        ("备注不要葱 一点葱都没放", 1),
        ("就给三块肉", -1),
        ("够两个人吃", 1),
        ("订的大床房给了标间", -1),
        ("空调声音很大", -1),
        ("上网要收费", -1),
        ("1星", -1),
        ("五星", 1),
        ("好恰", 1),
        ("就一坨答辩", -1),
    ],
)
def test_facts_tell_a_mood(text: str, expected: int) -> None:
    assert sign(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "香锅",
        "麻辣烫",
        "鱼香肉丝",
        "肥牛",
        "老干妈",
        "大酒店",
        "度假村",
        "usb接口",
        "macbook",
        "便利店",
        "亲眼",
        "顶棚",
    ],
)
def test_a_name_is_no_praise(text: str) -> None:
    assert score(text, "zh").score == 0


def test_a_mild_negation_turns_less() -> None:
    assert score("不方便", "zh").score < score("不太方便", "zh").score < 0


def test_what_a_shop_answers_is_left_out() -> None:
    own = "早餐太难吃了"
    assert score(f"{own}\n商家回复：感谢您的好评，期待您再次光临！", "zh").score == score(f"{own}\n", "zh").score
    assert sign("宾馆反馈：感谢您的意见，对给您带来的不便我们深表歉意") == -1


def test_the_last_word_counts_a_little_more() -> None:
    own = lexicon({"words": {2.0: "甜", -2.0: "苦"}})
    assert valence("甜,苦", own) < 0 < valence("苦,甜", own)


def test_what_is_told_twice_in_one_place_counts_once() -> None:
    rule = {"has": "等", "match": "等了很久", "valence": -2.0}
    words = {-1.5: "很久"}
    assert valence("等了很久", lexicon({"words": words, "patterns": [rule]})) == -2.0
    weaker = lexicon({"words": words, "patterns": [rule | {"valence": -1.0}]})
    assert valence("等了很久", weaker) == -1.5


def test_only_what_is_short_and_asks_is_a_request() -> None:
    told = "我们一行四个人开车找了过去，门口的人也说不出该怎么走，就这样在外面转"
    assert -0.05 < score(told, "zh").score < 0
    assert packaged().requested("怎么停车")
    assert not packaged().requested(told)
