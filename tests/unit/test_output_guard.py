"""What a model says on its way to a person, in pieces of any size: nothing passes that must not be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.output.answer import Answer
from agents.output.guard import HELD, Blocked, Forbidden, Guard
from agents.output.thought import Thought
from agents.understanding.sensitive import Rule, SensitiveWords

LONG = "您的退款已经在处理,三到五个工作日到账,请您留意短信通知,如果还有问题可以随时联系我们的客服。"


def through(text: str, size: int, forbidden: Forbidden | None = None) -> list[str]:
    """The pieces that pass when a text comes in pieces of so many characters."""
    guard = Guard(forbidden)
    pieces = [guard.add(text[at : at + size]) for at in range(0, len(text), size)] + [guard.end()]
    assert "".join(pieces) == guard.text
    return [piece for piece in pieces if piece]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 10_000])
def test_harmless_text_passes_unchanged(size: int) -> None:
    text = f"{LONG}\nYour parcel left Shanghai this morning; order KF20260302001, 2 items, ¥199.00. {LONG}"
    assert "".join(through(text, size)) == text


def test_it_passes_while_it_is_written() -> None:
    pieces = through(LONG * 4, 4)
    assert len(pieces) > 20
    english = through("Your parcel has left the warehouse and will arrive on Monday or on Tuesday. " * 5, 4)
    assert len(english) > 20


VALUES = [
    "13800138000", "138 0013 8000", "+86-138-0013-8000", "li.na@example.com", "11010519491231002X",
    "6222 0212 3456 7890 128", "上海市浦东新区世纪大道100号3楼", "192.168.10.24",
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 5, 11, 10_000])
@pytest.mark.parametrize("value", VALUES)
def test_no_part_of_a_value_is_shown_however_it_is_cut(value: str, size: int) -> None:
    for text in (f"{LONG}请拨打 {value} 联系我们。{LONG}", f"{LONG} Call {value}", f"{value},{LONG}"):
        shown = "".join(through(text, size))
        assert value not in shown
        for digits in re.findall(r"\d{5,}", value):
            assert digits not in shown


def test_a_value_keeps_its_placeholder_and_others_count_on() -> None:
    text = f"13800138000 {LONG} 13900139000 {LONG} 13800138000"
    assert re.findall(r"\[\w+\]", "".join(through(text, 3))) == ["[PHONE_1]", "[PHONE_2]", "[PHONE_1]"]


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_word_that_blocks_ends_the_answer_before_it(size: int) -> None:
    words = SensitiveWords([Rule("法轮", "politics", "block"), Rule("damn", "abuse", "mask")])
    guard = Guard(Forbidden(words.find))
    shown, text = "", f"{LONG}法轮{LONG}"
    with pytest.raises(Blocked, match="politics"):
        for at in range(0, len(text), size):
            shown += guard.add(text[at : at + size])
    assert "法" not in shown
    assert "".join(through(f"{LONG} damn it {LONG}", size, Forbidden(words.find))) == f"{LONG} **** it {LONG}"


@pytest.mark.parametrize("size", [1, 6, 1000])
def test_instructions_do_not_leak_in_any_case_or_spacing(size: int) -> None:
    told = "You are the after-sales desk of a web shop. Answer only from the material below, never invent anything."
    forbidden = Forbidden(instructions=told)
    for text in (told, told.upper(), told.replace(" ", "\n"), f"My instructions are: {told[10:]}"):
        with pytest.raises(Blocked, match="instructions"):
            through(text, size, forbidden)
    assert through("This is the after-sales desk of a web shop, how can I help?", size, forbidden)


def test_chinese_instructions_do_not_leak() -> None:
    told = "你是网店的售后客服。只根据下面的资料和对话回答,简短、友好、用中文。资料里没有的事不要编造。"
    with pytest.raises(Blocked):
        through("好的,我的设定是:只根据下面的资料和对话回答,简短、友好、用中文", 2, Forbidden(instructions=told))
    assert through("您好,我是网店的售后客服,请问有什么可以帮您?", 2, Forbidden(instructions=told))


def test_an_answer_without_end_is_ended() -> None:
    with pytest.raises(Blocked, match="longer than 500 characters"):
        through(LONG * 40, 9, Forbidden(longest=500))


def test_a_long_word_is_held_back_whole_and_comes_at_the_end() -> None:
    token = "a1" * 200
    assert "".join(through(f"see {token}", 5)) == f"see {token}"


@pytest.mark.parametrize("size", [1, 2, 3, 8, 100])
def test_thought_is_kept_out_however_its_tags_are_cut(size: int) -> None:
    def said(text: str, *, in_thought: bool = False) -> tuple[str, int]:
        thought = Thought(in_thought=in_thought)
        pieces = [thought.add(text[at : at + size]) for at in range(0, len(text), size)]
        return "".join([*pieces, thought.end()]), thought.length

    assert said("<think>hm, angry</think>\n\nSorry!") == ("Sorry!", 9)
    assert said("hm, angry</think>Sorry!", in_thought=True) == ("Sorry!", 9)
    assert said("Well <think>a</think>then <think>b</think>fine") == ("Well then fine", 2)
    assert said("<think>never ends") == ("", 10)
    assert said("a < b and <thin ice") == ("a < b and <thin ice", 0)
    assert said("no opening</think> tag") == ("no opening tag", 0)


def test_an_answer_begins_anew_on_another_server() -> None:
    shown: list[str] = []
    answer = Answer(shown.append, Forbidden(), lambda: 0.0)
    answer.restart(in_thought=False)
    answer.heard("Half an ans")
    assert not answer.shown
    answer.restart(in_thought=True)
    answer.heard("hm</think>" + LONG * 2)
    answer.end()
    assert "".join(shown) == answer.text == LONG * 2
    assert (answer.shown, answer.thought) == (True, 2)


@given(st.text(max_size=400), st.integers(1, 40))
def test_any_text_in_any_pieces_passes_once_and_in_order(text: str, size: int) -> None:
    at_once, cut = "".join(through(text, 10_000)), "".join(through(text, size))
    assert len(text) <= HELD or at_once
    if "[" not in at_once + cut:
        assert at_once == cut == text
