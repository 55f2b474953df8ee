"""Texts that are masked together: each as if it were alone."""

import random

from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.mask import mask, mask_all
from tests.personal_data import messages
from tests.unit.test_mask import ANY_TEXT, TEXTS


def test_labelled_messages_are_masked_together_as_alone() -> None:
    texts = [message.text for message in messages(2_000, seed=17)]
    chance, start = random.Random(17), 0
    while start < len(texts):
        batch = texts[start : start + chance.randint(1, 90)]
        assert mask_all(batch) == [mask(text) for text in batch]
        start += len(batch)


@given(st.lists(TEXTS, max_size=8))
def test_any_texts_are_masked_together_as_alone(texts: list[str]) -> None:
    assert mask_all(texts) == [mask(text) for text in texts]


@given(st.lists(ANY_TEXT, max_size=3))
def test_characters_of_any_kind_do_not_reach_into_the_next_text(texts: list[str]) -> None:
    assert mask_all(texts) == [mask(text) for text in texts]


def test_what_ends_one_text_and_begins_the_next_makes_no_value() -> None:
    texts = [
        "电话138",
        "12345678",
        "my name is",
        "John Smith",
        "地址：文三路",
        "478号",
        "订单",
        "13812345678",
        "a@",
        "b.cn",
    ]
    found = [[data.type for data in masked.found] for masked in mask_all(texts)]
    assert found == [[], [], [], [], [], [], [], ["phone"], [], []]


def test_a_number_is_counted_anew_in_each_text() -> None:
    assert [masked.text for masked in mask_all(["打13800138000", "打13900139000"])] == ["打[PHONE_1]", "打[PHONE_1]"]


def test_no_texts_are_nothing() -> None:
    assert mask_all([]) == []


def test_what_one_text_has_claimed_leaves_the_cues_of_another() -> None:
    texts = ["zip 5551234邮编310000PO Box 12", "ship to 12 Baker Street", "邮编310000PO Box 12"]
    assert mask_all(texts) == [mask(text) for text in texts]
    assert mask_all(texts)[0].text == "zip 5551234邮编[ADDRESS_1][ADDRESS_2]"
