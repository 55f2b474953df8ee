"""Given events, when the dialogue steps, then events: each message gets one answer, in order, from the right source."""

from typing import Any

import pytest

from agents.dialogue.conversation import SEEN, TURNS, WAITING, Conversation
from agents.dialogue.step import Dialogue
from agents.knowledge import Hit
from agents.ports import When
from schemas.inference import ModelRequest
from schemas.messages import Intent, Reply, Sentiment
from schemas.operations import LogEvent
from schemas.topics import Send
from tests.samples import NOW, RETURNS, SampleDesk, heard, picture, result

GREETING = Intent(name="greeting", confidence=0.9)
POLICY = Intent(name="return_policy", confidence=0.9)


class Talk:
    """A conversation with a dialogue: what went in so far, what came out."""

    def __init__(self, desk: SampleDesk) -> None:
        self.dialogue = Dialogue(desk, understander=None, answer_within=90.0)  # type: ignore[arg-type]
        self.state = Conversation()
        self.out: list[Send] = []

    def say(self, event: Any, when: When = NOW) -> "Talk":
        self.state, out = self.dialogue.step(self.state, event, when)
        self.out += out
        return self

    def all(self, kind: type[Any]) -> list[Any]:
        return [send.event for send in self.out if isinstance(send.event, kind)]

    @property
    def replies(self) -> list[Reply]:
        return self.all(Reply)

    @property
    def requests(self) -> list[ModelRequest]:
        return self.all(ModelRequest)

    def log(self) -> list[str]:
        return [event.kind for event in self.all(LogEvent)]


def test_a_greeting_is_answered_by_its_script_and_every_step_is_logged() -> None:
    talk = Talk(SampleDesk()).say(heard(1, intent=GREETING))
    (reply,) = talk.replies
    assert (reply.text, reply.source, reply.in_reply_to) == ("Hello!", "script", "m1")
    assert reply.latency_ms == pytest.approx(10.0, abs=0.01)
    assert talk.log() == ["received", "understood", "decided", "replied"]


def test_the_script_is_in_the_language_of_the_question() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "你好", intent=GREETING, language="zh"))
    assert talk.replies[0].text == "您好!"


def test_an_unsure_intent_gets_no_script() -> None:
    talk = Talk(SampleDesk(online=False)).say(heard(1, intent=Intent(name="greeting", confidence=0.3)))
    assert talk.replies[0].source == "fallback"


def test_knowledge_that_fits_well_answers_with_its_citation() -> None:
    talk = Talk(SampleDesk((Hit(RETURNS, 0.9),))).say(heard(1))
    (reply,) = talk.replies
    assert (reply.source, reply.text) == ("knowledge", RETURNS.text)
    assert [(cited.article_id, cited.score) for cited in reply.citations] == [("returns-window.en", 0.9)]
    assert reply.knowledge_version == "k1"


def test_knowledge_about_the_recognised_intent_needs_a_lower_score() -> None:
    desk = SampleDesk((Hit(RETURNS, SampleDesk().thresholds.likely),))
    assert Talk(desk).say(heard(1, intent=POLICY)).replies[0].source == "knowledge"
    assert Talk(desk).say(heard(1)).replies == []


def test_what_nobody_knows_is_asked_of_the_model_with_what_was_found() -> None:
    talk = Talk(SampleDesk((Hit(RETURNS, 0.1),))).say(heard(1, "may I paint it?"))
    (request,) = talk.requests
    assert talk.replies == []
    assert RETURNS.text in request.messages[0].content
    assert request.messages[-1].content == "may I paint it?"
    talk.say(result(request.request_id))
    (reply,) = talk.replies
    assert (reply.text, reply.source, reply.model, reply.in_reply_to) == ("From the model.", "model", "tiny", "m1")
    assert reply.reply_id == request.reply_id


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
    (reply,) = talk.replies
    assert (reply.source, reply.text, reply.model) == ("fallback", "Sorry, I do not know.", "")


def test_an_empty_answer_of_a_model_is_none() -> None:
    talk = Talk(SampleDesk()).say(heard(1))
    talk.say(result(talk.requests[0].request_id, text="  \n"))
    assert talk.replies[0].source == "fallback"


def test_offline_nothing_is_asked_and_likely_knowledge_answers() -> None:
    desk = SampleDesk((Hit(RETURNS, SampleDesk().thresholds.likely),), online=False)
    talk = Talk(desk).say(heard(1))
    assert talk.requests == []
    assert talk.replies[0].source == "knowledge"


def test_while_a_model_thinks_the_conversation_waits_and_then_goes_on_in_order() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "one")).say(heard(2, "two", intent=GREETING)).say(heard(3, "three"))
    assert len(talk.requests) == 1
    assert talk.replies == []
    talk.say(result(talk.requests[0].request_id))
    assert [reply.in_reply_to for reply in talk.replies] == ["m1", "m2"]
    assert [request.message_id for request in talk.requests] == ["m1", "m3"]
    talk.say(result(talk.requests[1].request_id))
    assert [reply.in_reply_to for reply in talk.replies] == ["m1", "m2", "m3"]


def test_a_conversation_that_waits_too_long_a_line_is_answered_without_the_model() -> None:
    talk = Talk(SampleDesk())
    for number in range(WAITING + 2):
        talk.say(heard(number))
    assert [reply.in_reply_to for reply in talk.replies] == [f"m{WAITING + 1}"]
    assert talk.replies[0].source == "fallback"


def test_the_same_message_twice_gets_one_reply() -> None:
    talk = Talk(SampleDesk()).say(heard(1, intent=GREETING)).say(heard(1, intent=GREETING))
    assert len(talk.replies) == 1


def test_message_ids_are_remembered_over_many_messages() -> None:
    talk = Talk(SampleDesk())
    for number in range(SEEN):
        talk.say(heard(number, intent=GREETING))
    before = len(talk.replies)
    talk.say(heard(0, intent=GREETING))
    assert len(talk.replies) == before


def test_fifteen_turns_are_remembered_and_given_to_the_model() -> None:
    talk = Talk(SampleDesk())
    for number in range(TURNS + 3):
        talk.say(heard(number, f"question {number}", intent=GREETING))
    assert len(talk.state.turns) == TURNS
    talk.say(heard(99, "and now?"))
    said = [message.content for message in talk.requests[0].messages]
    assert "question 17" in said
    assert "question 3" in said
    assert "question 2" not in said


def test_an_upset_person_hears_a_soothing_word_first_and_takes_the_priority_lane() -> None:
    upset = Sentiment(score=-0.8, label="negative")
    talk = Talk(SampleDesk((Hit(RETURNS, 0.9),))).say(heard(1, sentiment=upset))
    assert talk.replies[0].text == f"I am so sorry.\n{RETURNS.text}"
    asking = Talk(SampleDesk()).say(heard(1, sentiment=upset))
    assert [send.topic.name for send in asking.out if isinstance(send.event, ModelRequest)] == ["inference.priority.v1"]


def test_a_picture_alone_is_answered_honestly() -> None:
    talk = Talk(SampleDesk()).say(picture(1))
    assert talk.replies[0].text == "Got your picture."


def test_personal_data_of_a_model_is_masked_on_the_way_out() -> None:
    talk = Talk(SampleDesk()).say(heard(1))
    talk.say(result(talk.requests[0].request_id, text="call 13800138000"))
    assert "13800138000" not in talk.replies[0].text


def test_the_same_history_gives_the_same_ids() -> None:
    one, two = (Talk(SampleDesk()).say(heard(1)) for _ in range(2))
    assert [send.event for send in one.out] == [send.event for send in two.out]


def test_a_few_very_long_messages_that_wait_fill_the_line_too() -> None:
    talk = Talk(SampleDesk())
    for number in range(6):
        talk.say(heard(number, "x" * 20_000))
    assert [reply.in_reply_to for reply in talk.replies] == ["m4", "m5"]


def test_the_log_says_which_words_gave_a_mood_that_decides() -> None:
    upset = Sentiment(score=-0.8, label="negative")
    talk = Talk(SampleDesk()).say(heard(1, "你们是骗子，太差了", language="zh", sentiment=upset)).say(heard(2, "ok"))
    bad, good = [event.detail for event in talk.all(LogEvent) if event.kind == "understood"]
    assert "骗子" in {one["word"] for one in bad["mood_words"]} and good == {}
