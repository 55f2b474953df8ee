"""The values behind placeholders: sealed, opened with the same key only, filled into replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.mask import mask
from agents.understanding.vault import KEY_BYTES, fill, opened, sealed
from schemas.errors import Misconfigured, Rejected

KEY, OTHER_KEY = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)
VALUES = {"[PHONE_1]": "138 0013 8000", "[NAME_1]": "张三", "[SECRET_1]": "Abc@1234"}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


def test_a_reply_is_filled_and_unknown_placeholders_and_secrets_stay() -> None:
    reply = "[NAME_1]您好，我们会打[PHONE_1]，不是[PHONE_2]。[SECRET_1] [1] [NOTE]"
    assert fill(reply, VALUES) == "张三您好，我们会打138 0013 8000，不是[PHONE_2]。[SECRET_1] [1] [NOTE]"


def test_values_are_filled_once() -> None:
    assert fill("[NAME_1]", {"[NAME_1]": "[PHONE_1]", "[PHONE_1]": "13800138000"}) == "[PHONE_1]"


def test_what_was_masked_comes_back() -> None:
    text = "我叫张三，电话138 0013 8000，地址：杭州市西湖区文三路478号"
    masked = mask(text)
    assert fill(masked.text, opened(sealed(masked.values, KEY, "c1"), KEY, "c1")) == text


@given(st.dictionaries(TEXTS, TEXTS, max_size=5), TEXTS)
def test_what_is_sealed_is_opened_and_the_same_twice(values: dict[str, str], conversation_id: str) -> None:
    box = sealed(values, KEY, conversation_id)
    assert opened(box, KEY, conversation_id) == values
    assert sealed(dict(reversed(values.items())), KEY, conversation_id) == box


def test_nothing_of_the_values_can_be_read_in_the_box() -> None:
    assert b"138" not in sealed(VALUES, KEY, "c1")
    assert b"PHONE" not in sealed(VALUES, KEY, "c1")


@pytest.mark.parametrize(
    ("box", "key", "conversation_id"),
    [
        (sealed(VALUES, KEY, "c1"), OTHER_KEY, "c1"),
        (sealed(VALUES, KEY, "c1"), KEY, "c2"),
        (sealed(VALUES, KEY, "c1")[:-1] + b"?", KEY, "c1"),
        (sealed(VALUES, KEY, "c1")[:10], KEY, "c1"),
        (b"", KEY, "c1"),
    ],
)
def test_another_key_another_conversation_or_changed_bytes_are_rejected(
    box: bytes, key: bytes, conversation_id: str
) -> None:
    with pytest.raises(Rejected, match="key is gone"):
        opened(box, key, conversation_id)


def test_a_key_of_another_length_says_so() -> None:
    with pytest.raises(Misconfigured, match="64 bytes, this one 32"):
        sealed(VALUES, bytes(32), "c1")
