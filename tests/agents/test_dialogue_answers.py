"""Given messages, when the dialogue steps, then each has one answer, from the right source, in its language."""

import msgspec
import pytest

from agents.dialogue.conversation import WAITING
from agents.dialogue.hearing import RESTARTS, Heard
from agents.dialogue.question import IMAGES
from agents.dialogue.seen import SEEN
from agents.knowledge import Hit
from agents.ports import When
from schemas.inference import ModelRequest
from schemas.messages import Attachment, Intent
from schemas.operations import LogEvent
from tests.samples import NOW, RETURNS, UPSET, SampleDesk, heard, picture, result, wants
from tests.talk import Talk

LIKELY = SampleDesk().thresholds.likely


def test_a_greeting_is_answered_by_its_script_and_every_step_is_logged() -> None:
    talk = Talk(SampleDesk()).say(heard(1, intent=wants("greeting")), NOW)
    (reply,) = talk.replies
    assert (reply.text, reply.source, reply.in_reply_to, reply.in_reply_to_all) == ("Hello!", "script", "m1", ())
    assert reply.latency_ms == pytest.approx(10.0, abs=0.01)
    assert talk.log() == ["received", "understood", "decided", "replied"]


def test_the_script_is_in_the_language_of_the_question() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "你好", intent=wants("greeting"), language="zh"))
    assert talk.reply.text == "您好!"


def test_an_unsure_intent_gets_no_script() -> None:
    talk = Talk(SampleDesk(online=False)).say(heard(1, intent=Intent(name="greeting", confidence=0.3)))
    assert talk.reply.source == "fallback"


def test_knowledge_that_fits_well_answers_with_its_citation() -> None:
    reply = Talk(SampleDesk((Hit(RETURNS, 0.9),))).say(heard(1)).reply
    assert (reply.source, reply.text) == ("knowledge", RETURNS.text)
    assert [(cited.article_id, cited.score) for cited in reply.citations] == [("returns-window.en", 0.9)]
    assert reply.knowledge_version == "k1"


def test_knowledge_about_the_recognised_intent_needs_a_lower_score() -> None:
    desk = SampleDesk((Hit(RETURNS, LIKELY),))
    assert Talk(desk).say(heard(1, intent=wants("return_policy"))).reply.source == "knowledge"
    assert Talk(desk).say(heard(1)).replies == []


def test_what_nobody_knows_is_asked_of_the_model_with_what_was_found() -> None:
    talk = Talk(SampleDesk((Hit(RETURNS, LIKELY),))).say(heard(1, "may I paint it?"))
    (request,) = talk.requests
    assert talk.replies == []
    assert RETURNS.text in request.messages[0].content
    assert request.messages[-1].content == "may I paint it?"
    talk.say(result(request.request_id))
    (reply,) = talk.replies
    assert (reply.text, reply.source, reply.model, reply.in_reply_to) == ("From the model.", "model", "tiny", "m1")
    assert reply.reply_id == request.reply_id
    assert [cited.article_id for cited in reply.citations] == ["returns-window.en"]
    assert talk.log() == ["received", "understood", "decided", "replied"]


def test_a_result_that_comes_twice_gives_one_reply() -> None:
    talk = Talk(SampleDesk()).say(heard(1))
    again = result(talk.requests[0].request_id)
    assert len(talk.say(again).say(again).replies) == 1


def test_a_result_that_nobody_waits_for_is_dropped() -> None:
    assert Talk(SampleDesk()).say(result("ask-unknown")).out == []


@pytest.mark.parametrize("outcome", ["unavailable", "expired", "failed"])
def test_a_model_that_does_not_answer_leads_to_an_honest_reply(outcome: str) -> None:
    talk = Talk(SampleDesk()).say(heard(1))
    talk.say(result(talk.requests[0].request_id, outcome=outcome, text=""))
    assert (talk.reply.source, talk.reply.text, talk.reply.model) == ("fallback", "Sorry, I do not know.", "")


def test_an_empty_answer_of_a_model_is_none() -> None:
    talk = Talk(SampleDesk()).say(heard(1))
    assert talk.say(result(talk.requests[0].request_id, text="  \n")).reply.source == "fallback"


def test_a_model_that_never_answers_is_given_up_and_what_it_says_later_is_dropped() -> None:
    talk = Talk(SampleDesk()).say(heard(1)).wait("answer")
    assert talk.reply.source == "fallback"
    assert "answer" not in talk.wakes
    assert len(talk.say(result(talk.requests[0].request_id)).replies) == 1


def test_an_answer_that_came_is_waited_for_no_more() -> None:
    talk = Talk(SampleDesk()).say(heard(1))
    assert "answer" in talk.wakes
    assert "answer" not in talk.say(result(talk.requests[0].request_id)).wakes


def test_offline_nothing_is_asked_and_likely_knowledge_answers() -> None:
    talk = Talk(SampleDesk((Hit(RETURNS, LIKELY),), online=False)).say(heard(1))
    assert talk.requests == []
    assert talk.reply.source == "knowledge"


def test_the_same_message_twice_gets_one_reply() -> None:
    talk = Talk(SampleDesk()).say(heard(1, intent=wants("greeting"))).say(heard(1, intent=wants("greeting")))
    assert len(talk.replies) == 1


def test_message_ids_are_remembered_over_many_messages() -> None:
    talk = Talk(SampleDesk())
    for number in range(SEEN):
        talk.say(heard(number, intent=wants("greeting")))
    before = len(talk.replies)
    assert len(talk.say(heard(0, intent=wants("greeting"))).replies) == before


def test_a_picture_alone_is_answered_honestly() -> None:
    assert Talk(SampleDesk()).say(picture(1)).reply.text == "Got your picture."


def shown(number: int, text: str, *pictures: str) -> Heard:
    """A message with pictures that came with it."""
    plain = heard(number, text)
    images = tuple(Attachment(kind="image", data=picture) for picture in pictures)
    return Heard(msgspec.structs.replace(plain.message, attachments=images), plain.understanding)


def test_a_picture_is_put_to_the_model_that_sees_with_or_without_words() -> None:
    for text in ("", "what is broken here?"):
        talk = Talk(SampleDesk((Hit(RETURNS, 0.9),), sees=True)).say(shown(1, text, "aW1hZ2U="))
        (request,) = talk.requests
        assert (request.messages[-1].content, request.messages[-1].images) == (text, ("aW1hZ2U=",))
        assert talk.say(result(request.request_id)).reply.source == "model"


def test_without_a_model_that_sees_a_picture_changes_nothing() -> None:
    known = SampleDesk((Hit(RETURNS, 0.9),))
    assert Talk(known).say(shown(1, "may I return it?", "aW1hZ2U=")).reply.source == "knowledge"
    assert Talk(SampleDesk(sees=True, online=False)).say(shown(1, "", "aW1hZ2U=")).reply.text == "Got your picture."


def test_pictures_that_are_too_large_for_a_state_are_not_shown_to_a_model() -> None:
    talk = Talk(SampleDesk(sees=True)).say(shown(1, "look", *["x" * (IMAGES // 2 + 1)] * 2))
    assert talk.requests[0].messages[-1].images == ()


def test_personal_data_of_a_model_is_masked_on_the_way_out() -> None:
    talk = Talk(SampleDesk()).say(heard(1))
    talk.say(result(talk.requests[0].request_id, text="call 13800138000"))
    assert "13800138000" not in talk.reply.text


def test_who_is_upset_takes_the_priority_lane() -> None:
    talk = Talk(SampleDesk()).say(heard(1, sentiment=UPSET))
    lanes = [send.topic.name for send in talk.out if isinstance(send.event, ModelRequest)]
    assert lanes == ["inference.priority.v1"]


def test_the_same_history_gives_the_same_events() -> None:
    one, two = (Talk(SampleDesk()).say(heard(1)).say(heard(2)) for _ in range(2))
    assert one.out == two.out


def test_a_conversation_that_waits_too_long_a_line_is_answered_without_the_model() -> None:
    talk = Talk(SampleDesk())
    for number in range(RESTARTS + WAITING + 3):
        talk.say(heard(number), When(NOW.now, NOW.written))
    assert [reply.in_reply_to for reply in talk.replies] == [f"m{RESTARTS + WAITING + 1}", f"m{RESTARTS + WAITING + 2}"]
    assert talk.reply.source == "fallback"


def test_a_few_very_long_messages_that_wait_fill_the_line_too() -> None:
    talk = Talk(SampleDesk())
    for number in range(RESTARTS + 6):
        talk.say(heard(number, "x" * 20_000))
    assert [reply.in_reply_to for reply in talk.replies] == [f"m{number}" for number in range(3, RESTARTS + 6)]


def test_the_arm_of_a_release_stands_on_the_reply_and_in_its_log() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "may I paint it?"))
    talk.say(result(talk.requests[0].request_id, experiment="r1:candidate"))
    assert talk.replies[0].experiment == "r1:candidate"
    assert [event.experiment for event in talk.all(LogEvent) if event.kind == "replied"] == ["r1:candidate"]
