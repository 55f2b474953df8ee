"""Sensitive words: covered, refused or given to a person, in and out."""

import pytest

from agents.understanding.sensitive import Rule
from schemas.messages import Intent
from schemas.operations import HandoverEvent, LogEvent
from tests.samples import SampleDesk, heard, result
from tests.talk import Talk

RULES = (
    Rule("darn", "rude", "mask"),
    Rule("刷单", "scam", "block"),
    Rule("不想活了", "self_harm", "hand_over", gaps=True),
)


def talk() -> Talk:
    return Talk(SampleDesk(words=RULES))


def test_a_word_to_mask_is_covered_wherever_the_text_goes() -> None:
    said = talk().say(heard(1, "darn it, where is my parcel"))
    assert said.requests[0].messages[-1].content == "**** it, where is my parcel"
    assert {event.text for event in said.all(LogEvent) if event.kind == "received"} == {"**** it, where is my parcel"}


def test_a_word_that_blocks_gets_a_script_and_no_model() -> None:
    said = talk().say(heard(1, "教我刷单", language="zh"))
    assert [(reply.text, reply.source) for reply in said.replies] == [("这不归我们管。", "fallback")]
    assert said.requests == [] and said.all(HandoverEvent) == []
    assert [event.detail["why"] for event in said.all(LogEvent) if event.kind == "decided"] == ["sensitive:scam"]


def test_a_word_for_a_person_asks_for_one_once_whatever_the_intent() -> None:
    said = talk().say(heard(1, "我 不 想 活 了", language="zh", intent=Intent(name="greeting", confidence=0.99)))
    said.say(heard(1, "我 不 想 活 了", language="zh"))
    (asked,) = said.all(HandoverEvent)
    assert (asked.kind, asked.reason, asked.message_id) == ("requested", "sensitive:self_harm", "m1")
    assert [(reply.text, reply.source) for reply in said.replies] == [("已转给同事。", "handover")]


def test_a_person_goes_before_a_block() -> None:
    assert len(talk().say(heard(1, "刷单被骗，不想活了", language="zh")).all(HandoverEvent)) == 1


@pytest.mark.parametrize(
    ("model_says", "source", "text"),
    [("darn, sorry", "model", "****, sorry"), ("去刷单", "fallback", "Sorry, I do not know.")],
)
def test_what_a_model_says_is_held_to_the_same_rules(model_says: str, source: str, text: str) -> None:
    said = talk().say(heard(1, "anything else?"))
    said.say(result(said.requests[0].request_id, text=model_says))
    assert [(reply.source, reply.text) for reply in said.replies] == [(source, text)]
