"""One message, everything that is understood of it."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.understanding import Understander
from agents.understanding.intent import Example, train

MODEL = train(
    [
        *(
            Example(text, "order_status")
            for text in ("我的订单到哪了", "订单发货了吗", "where is my order", "track my parcel")
        ),
        *(Example(text, "refund") for text in ("我要退款", "怎么退钱", "refund please", "give me my money back")),
    ],
    outside=("今天天气怎么样", "tell me a joke"),
)
READER = Understander(MODEL)


def test_a_message_is_understood() -> None:
    text = "我的订单 KF-20250131 到哪了？太慢了！电话13812345678"
    (understood,) = READER.understand([text])
    assert understood.language == "zh"
    assert understood.intent == understood.intents[0]
    assert understood.intent.name == "order_status"
    assert [(entity.type, text[entity.start : entity.end]) for entity in understood.entities] == [
        ("order_number", "KF-20250131")
    ]
    assert understood.sentiment.label == "negative"
    assert understood.masked == "我的订单 KF-20250131 到哪了？太慢了！电话[PHONE_1]"
    assert [text[data.start : data.end] for data in understood.personal_data] == ["13812345678"]


def test_personal_data_is_no_entity_and_changes_no_intent() -> None:
    bare, told = READER.understand(["where is my order", "where is my order, call 13812345678"])
    assert told.masked == "where is my order, call [PHONE_1]"
    assert told.entities == ()
    assert told.intent.name == bare.intent.name
    (card,) = READER.understand(["我的卡 6222021234567890128"])
    assert card.entities == ()
    assert card.masked == "我的卡 [BANK_CARD_1]"


def test_masked_text_is_understood_like_the_original() -> None:
    original, masked = READER.understand(["我要退款 13812345678", "我要退款 [PHONE_1]"])
    assert masked.masked == original.masked
    assert masked.intent.name == original.intent.name == "refund"


@pytest.mark.parametrize("written", ["北京市朝阳区建国路88号SOHO现代城A座1201", "[ADDRESS_1]"])
def test_an_address_is_an_entity_that_holds_its_placeholder(written: str) -> None:
    text = f"我要退款，2025年3月4日寄到{written}，电话[PHONE_7]"
    (understood,) = READER.understand([text])
    when, where = understood.entities
    assert (when.type, when.value) == ("date", "2025-03-04")
    assert (where.type, where.value, text[where.start : where.end]) == ("address", "[ADDRESS_1]", written)
    assert understood.masked == "我要退款，2025年3月4日寄到[ADDRESS_1]，电话[PHONE_7]"


def test_placeholders_are_no_entities_and_change_no_intent() -> None:
    bare, masked = READER.understand(["track my parcel", "track my parcel [PHONE_1] [NAME_1] [BANK_CARD_2]"])
    assert masked.entities == ()
    assert masked.intent.name == bare.intent.name


def test_a_batch_is_its_messages() -> None:
    texts = ["我要退款", "where is my parcel", "", "😡", "讲个笑话"]
    assert READER.understand(texts) == [one for text in texts for one in READER.understand([text])]
    assert READER.understand([]) == []


MONDAY, SUNDAY = "2026-03-02T09:15:30.250Z", "2026-03-08T22:15:30.250Z"
SAID = (
    "我昨天买的耳机坏了", "where is my parcel from yesterday", "明天下午三点前退 20 元", "退款", "我住在[ADDRESS_1]",
    "电话13812345678,昨天下的单", "电话13912345678,昨天下的单", "我住北京市朝阳区建国路88号", "no parcel [PHONE_1]",
    "电话\0\0\0\0\0\0\0\0\0\0\0,昨天下的单",
)  # fmt: skip


def test_what_was_read_before_is_understood_like_what_was_not() -> None:
    """However often, whenever, and after whatever else: nothing of one message is in what is made of the next."""
    warm = Understander(MODEL)
    for written in (MONDAY, SUNDAY, None, MONDAY):
        for text in (*SAID, *SAID[::-1]):
            assert warm.understand([text], [written]) == Understander(MODEL).understand([text], [written])


def test_a_relative_day_is_that_of_each_message() -> None:
    first, second = (READER.understand(["我昨天买的"], [written])[0].entities for written in (MONDAY, SUNDAY))
    assert [entity.value for entity in first + second] == ["2026-03-01", "2026-03-08"]


def test_only_a_score_that_decides_is_explained() -> None:
    upset, fine, other = READER.understand(["太差了，骗子，再也不买", "有点慢", "Где мой заказ"])
    assert upset.sentiment.score < -0.5 and {"骗子"} <= {reason.word for reason in upset.reasons}
    assert (upset.script, upset.urgency, fine.reasons) == ("simplified", "high", ())
    assert (other.language, other.script) == ("other", "none")


def test_it_is_written_as_json() -> None:
    (understood,) = READER.understand(["我要退款"])
    assert msgspec.json.decode(msgspec.json.encode(understood))["sentiment"] == {"score": 0.0, "label": "neutral"}


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=[])), max_size=4))
def test_no_text_raises(texts: list[str]) -> None:
    assert len(READER.understand(texts)) == len(texts)


@pytest.mark.parametrize(
    "text", ["1" * 20_000, "😀" * 20_000, "退款" * 10_000, "a@" * 10_000, "\ud800" * 20_000, "but good " * 2_000]
)
def test_the_longest_texts_are_understood(text: str) -> None:
    (understood,) = READER.understand([text])
    assert -1 <= understood.sentiment.score <= 1
