"""Placeholders are one person's throughout a conversation, whoever put them there."""

import msgspec

from agents.dialogue.hearing import Heard
from agents.dialogue.personal import MOST, Known, adopted, said, sealing
from agents.understanding.mask import mask
from agents.understanding.vault import key_of, opened, sealed
from schemas.messages import Sealed
from tests.samples import SampleDesk, heard, result
from tests.talk import Talk

KEY = key_of(b"secret", "01", "c1")
OURS = sealing(b"secret", "c1")
Message = tuple[str, Known]


def channel(text: str) -> Message:
    """What a channel makes of a text."""
    masked = mask(text)
    return masked.text, sealed(masked.values, KEY, "c1")


def heard_all(*messages: Message) -> tuple[list[str], Known]:
    known: Known = {}
    texts = []
    for written, told in messages:
        text, known, _ = adopted(written, mask(written).found, told, known, OURS)
        texts.append(text)
    return texts, known


def test_channels_count_each_message_and_the_conversation_counts_on() -> None:
    texts, known = heard_all(
        channel("打13800138000"), channel("改成13900139000"), channel("不，还是138 0013 8000，邮箱a@b.cn")
    )
    assert texts == ["打[PHONE_1]", "改成[PHONE_2]", "不，还是[PHONE_1]，邮箱[EMAIL_1]"]
    assert opened(known, KEY, "c1") == {
        "[PHONE_1]": "13800138000",
        "[PHONE_2]": "13900139000",
        "[EMAIL_1]": "a@b.cn",
    }


def test_what_foreign_producers_wrote_is_numbered_too_and_no_channel_opens_it() -> None:
    texts, known = heard_all(("打13800138000或13700137000", {}), ("是13700137000", {}))
    assert texts == ["打[PHONE_1]或[PHONE_2]", "是[PHONE_2]"]
    assert opened(known, KEY, "c1") == {}


def test_a_box_that_comes_later_is_kept_under_the_first_number() -> None:
    text, told = channel("打13800138000")
    only_marked = {name: Sealed(mark=one.mark) for name, one in told.items()}
    _, known = heard_all((text, only_marked), (text, told))
    assert opened(known, KEY, "c1") == {"[PHONE_1]": "13800138000"}


def test_business_systems_can_be_told_what_a_foreign_producer_wrote() -> None:
    _, known = heard_all(("寄到 a@b.cn", {}))
    assert opened(known, key_of(b"secret", "", "c1"), "c1") == {"[EMAIL_1]": "a@b.cn"}
    assert opened(known, key_of(b"another", "", "c1"), "c1") == {}


def test_a_placeholder_that_somebody_types_stays_and_its_number_is_not_given_away() -> None:
    texts, _ = heard_all(("[PHONE_1]和13800138000", {}), ("[NAME_9]", {}))
    assert texts == ["[PHONE_1]和[PHONE_2]", "[NAME_9]"]


def test_the_same_value_twice_in_a_message_has_one_placeholder() -> None:
    assert heard_all(channel("13800138000、138-0013-8000"))[0] == ["[PHONE_1]、[PHONE_1]"]


def test_the_newest_are_remembered_and_numbers_are_never_given_twice() -> None:
    many = [(f"[PHONE_{n}]", {f"[PHONE_{n}]": Sealed(mark=str(n))}) for n in range(MOST + 10)]
    texts, known = heard_all(*many)
    assert len(known) == MOST and len(set(texts)) == MOST + 10


def test_only_what_a_reply_names_travels_with_it() -> None:
    _, known = heard_all(channel("打13800138000，邮箱a@b.cn，密码：Abc@1234"))
    assert list(said("会打[PHONE_1]，[SECRET_1]，[PHONE_7]", known)) == ["[PHONE_1]"]


def test_a_number_that_the_model_names_is_not_the_customers() -> None:
    text, told = channel("打13800138000")
    plain = heard(1, text)
    talk = Talk(SampleDesk()).say(
        Heard(msgspec.structs.replace(plain.message, personal=dict(told)), plain.understanding)
    )
    talk.say(result(talk.requests[0].request_id, text="会打[PHONE_1]，也可以打13700137000"))
    (reply,) = talk.replies
    assert reply.text == "会打[PHONE_1]，也可以打[PHONE_2]"
    assert reply.personal == {"[PHONE_1]": told["[PHONE_1]"]}
