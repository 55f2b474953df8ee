"""The values behind placeholders: sealed, opened with the same key only, filled into replies."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.mask import mask
from agents.understanding.vault import fill, key_of, mark_of, marked, opened, sealed
from schemas.messages import Sealed

SECRET = b"only for these tests"
KEY, OTHER_KEY = key_of(SECRET, "01", "c1"), key_of(SECRET, "02", "c1")
VALUES = {"[PHONE_1]": "138 0013 8000", "[NAME_1]": "张三", "[SECRET_1]": "Abc@1234"}
TEXTS = st.text(st.characters(exclude_categories=[]), max_size=20)


def test_a_reply_is_filled_and_unknown_placeholders_and_secrets_stay() -> None:
    reply = "[NAME_1]您好，我们会打[PHONE_1]，不是[PHONE_2]。[SECRET_1] [1] [NOTE]"
    assert fill(reply, VALUES) == "张三您好，我们会打138 0013 8000，不是[PHONE_2]。[SECRET_1] [1] [NOTE]"


def test_values_are_filled_once() -> None:
    assert fill("[NAME_1]", {"[NAME_1]": "[PHONE_1]", "[PHONE_1]": "13800138000"}) == "[PHONE_1]"


def test_what_was_masked_comes_back() -> None:
    text = "我叫张三，电话138 0013 8000，地址：杭州市西湖区文三路478号"
    masked = mask(text)
    assert fill(masked.text, opened(sealed(masked.values, KEY, "c1"), KEY, "c1")) == text


@given(st.dictionaries(st.sampled_from(["[PHONE_1]", "[EMAIL_2]", "[NAME_7]"]), TEXTS), TEXTS)
def test_what_is_sealed_is_opened_and_the_same_twice(values: dict[str, str], conversation_id: str) -> None:
    boxes = sealed(values, KEY, conversation_id)
    assert opened(boxes, KEY, conversation_id) == values
    assert sealed(values, KEY, conversation_id) == boxes


def test_nothing_of_the_values_can_be_read_and_secrets_are_not_kept() -> None:
    boxes = sealed(VALUES, KEY, "c1")
    written = msgspec.json.encode(boxes)
    assert b"138" not in written and "张三".encode() not in written
    assert boxes["[SECRET_1]"].box == "" and "[SECRET_1]" not in opened(boxes, KEY, "c1")


PHONE = sealed(VALUES, KEY, "c1")["[PHONE_1]"]


@pytest.mark.parametrize(
    ("one", "key", "conversation_id"),
    [
        (PHONE, OTHER_KEY, "c1"),
        (PHONE, key_of(b"another secret", "01", "c1"), "c1"),
        (PHONE, KEY, "c2"),
        (Sealed(mark=PHONE.mark, box=PHONE.box[:-4] + "AAA="), KEY, "c1"),
        (Sealed(mark=PHONE.mark, box=PHONE.box[:10]), KEY, "c1"),
        (Sealed(mark=PHONE.mark, box="no base64"), KEY, "c1"),
        (Sealed(mark=PHONE.mark), KEY, "c1"),
    ],
)
def test_another_key_another_conversation_or_changed_bytes_open_nothing(
    one: Sealed, key: bytes, conversation_id: str
) -> None:
    assert opened({"[PHONE_1]": one}, key, conversation_id) == {}


def test_a_mark_is_that_of_the_value_however_it_is_written_and_of_the_key() -> None:
    assert mark_of(KEY, "phone", "138 0013 8000") == mark_of(KEY, "phone", "+86-13800138000")
    assert mark_of(KEY, "phone", "13800138000") != mark_of(KEY, "phone", "13800138001")
    assert mark_of(KEY, "phone", "13800138000") != mark_of(OTHER_KEY, "phone", "13800138000")
    assert marked(VALUES, KEY)["[PHONE_1]"] == Sealed(mark=PHONE.mark)
