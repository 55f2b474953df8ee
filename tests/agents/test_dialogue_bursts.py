"""Given messages that come close together, when the dialogue steps, then one reply names them all."""

from typing import Any

import msgspec
import pytest

from agents.dialogue.conversation import WAITING
from agents.dialogue.hearing import RESTARTS, followed
from agents.dialogue.limits import Limits
from agents.knowledge import Hit
from agents.ports import When
from agents.rules.risk import Risk
from schemas.messages import Reply
from schemas.operations import LogEvent
from tests.samples import NOW, RETURNS, UPSET, SampleDesk, heard, result, wants
from tests.talk import Talk

WINDOW = Limits(burst=0.5, burst_messages=3)


def more(number: int, text: str = "hi", **understood: Any) -> Any:
    """A message behind which another one comes in the same batch."""
    return msgspec.structs.replace(heard(number, text, **understood), more=True)


def names(reply: Reply) -> tuple[str, ...]:
    return reply.in_reply_to_all or (reply.in_reply_to,)


def test_a_message_while_a_model_answers_supersedes_that_answer_and_both_are_asked() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "may I paint it?")).say(heard(2, "in blue I mean"))
    first, second = talk.requests
    assert second.supersedes == first.request_id
    assert second.messages[-1].content == "may I paint it?\nin blue I mean"
    assert talk.say(result(first.request_id)).replies == []
    talk.say(result(second.request_id))
    (reply,) = talk.replies
    assert (reply.in_reply_to, reply.in_reply_to_all, reply.source) == ("m2", ("m1", "m2"), "model")


def test_each_message_of_a_burst_has_its_own_steps_in_the_log_each_once() -> None:
    talk = Talk(SampleDesk()).say(heard(1)).say(heard(2))
    talk.say(result(talk.requests[1].request_id))
    logged = [(event.message_id, event.kind) for event in talk.all(LogEvent)]
    assert sorted(logged) == sorted(
        (message, kind) for message in ("m1", "m2") for kind in ("received", "understood", "decided", "replied")
    )
    assert len({event.event_id for event in talk.all(LogEvent)}) == len(logged)


def test_a_question_that_knowledge_knows_goes_to_the_model_too_once_the_model_is_asked() -> None:
    desk = SampleDesk({"how long": (Hit(RETURNS, 0.9),)})
    talk = Talk(desk).say(heard(1, "may I paint it?")).say(heard(2, "how long is it?"))
    assert talk.requests[1].messages[-1].content == "may I paint it?\nhow long is it?"
    assert RETURNS.text in talk.requests[1].messages[0].content
    talk.say(result(talk.requests[1].request_id))
    assert [names(reply) for reply in talk.replies] == [("m1", "m2")]
    assert talk.reply.text == "From the model."


def test_where_the_model_then_fails_each_question_gets_what_can_be_said() -> None:
    desk = SampleDesk({"how long": (Hit(RETURNS, 0.9),)})
    talk = Talk(desk).say(heard(1, "may I paint it?")).say(heard(2, "how long is it?"))
    talk.say(result(talk.requests[1].request_id, outcome="failed", text=""))
    assert (talk.reply.source, talk.reply.text, names(talk.reply)) == ("knowledge", RETURNS.text, ("m1", "m2"))


def test_a_person_who_never_stops_writing_gets_an_answer_all_the_same() -> None:
    talk = Talk(SampleDesk())
    for number in range(RESTARTS + 3):
        talk.say(heard(number, f"part {number}"))
    assert len(talk.requests) == RESTARTS + 1
    talk.say(result(talk.requests[-1].request_id))
    assert names(talk.reply) == tuple(f"m{number}" for number in range(RESTARTS + 1))
    assert talk.requests[-1].messages[-1].content == f"part {RESTARTS + 1}\npart {RESTARTS + 2}"
    talk.say(result(talk.requests[-1].request_id))
    assert names(talk.reply) == (f"m{RESTARTS + 1}", f"m{RESTARTS + 2}")


def test_what_waited_is_answered_in_bursts_of_a_bounded_size() -> None:
    talk = Talk(SampleDesk({"wait": (Hit(RETURNS, 0.9),)}), Limits(burst_messages=3))
    for number in range(RESTARTS + 1):
        talk.say(heard(number, "paint?"))
    for number in range(10, 17):
        talk.say(heard(number, "wait"))
    talk.say(result(talk.requests[-1].request_id))
    assert [len(names(reply)) for reply in talk.replies] == [RESTARTS + 1, 3, 3, 1]


def test_complete_messages_are_answered_at_once_each_by_itself() -> None:
    talk = Talk(SampleDesk()).say(more(1, intent=wants("greeting"))).say(heard(2, intent=wants("greeting")))
    assert [names(reply) for reply in talk.replies] == [("m1",), ("m2",)]


def test_of_one_batch_what_a_model_would_answer_waits_for_what_comes_behind() -> None:
    talk = Talk(SampleDesk()).say(more(1, "my kettle")).say(more(2, "the blue one")).say(heard(3, "leaks"))
    (request,) = talk.requests
    assert request.messages[-1].content == "my kettle\nthe blue one\nleaks"
    assert talk.wakes.keys() == {"answer", "forget"}
    assert names(talk.say(result(request.request_id)).reply) == ("m1", "m2", "m3")


def test_where_nothing_comes_behind_after_all_a_message_is_answered_by_itself() -> None:
    talk = Talk(SampleDesk()).say(more(1, "my kettle")).wait("burst")
    assert [request.message_id for request in talk.requests] == ["m1"]
    assert "burst" not in talk.wakes


def test_a_message_that_comes_twice_in_a_batch_does_not_hold_up_the_first() -> None:
    talk = Talk(SampleDesk()).say(more(1, "my kettle")).say(heard(1, "my kettle")).wait("burst")
    assert [request.message_id for request in talk.requests] == ["m1"]


def test_in_a_window_all_messages_wait_for_its_end() -> None:
    talk = Talk(SampleDesk(), WINDOW).say(heard(1, intent=wants("greeting")), When(NOW.now, NOW.written))
    assert talk.replies == []
    assert talk.wakes["burst"] == NOW.now + 0.5
    talk.say(heard(2, intent=wants("greeting")), When(NOW.now + 0.3, NOW.now + 0.29))
    assert talk.wakes["burst"] == NOW.now + 0.5
    talk.wait("burst")
    assert [names(reply) for reply in talk.replies] == [("m1", "m2")]
    assert talk.reply.text == "Hello!"


def test_a_burst_of_the_largest_size_is_not_waited_with() -> None:
    talk = Talk(SampleDesk(online=False), WINDOW)
    for number in (1, 2, 3):
        talk.say(heard(number))
    assert [names(reply) for reply in talk.replies] == [("m1", "m2", "m3")]
    assert "burst" not in talk.wakes


def test_an_emergency_waits_for_no_window() -> None:
    risks = {"chest": Risk("emergency", queue="doctors", script="emergency", urgent=True)}
    talk = Talk(SampleDesk(risks=risks), WINDOW).say(heard(1, "hello")).say(heard(2, "my chest hurts"))
    assert names(talk.reply) == ("m1", "m2")
    assert talk.reply.text == "Please call an ambulance."


def test_one_upset_message_of_a_burst_is_enough_to_soothe() -> None:
    talk = Talk(SampleDesk(), WINDOW).say(heard(1, sentiment=UPSET, intent=wants("greeting")))
    assert talk.say(heard(2, intent=wants("greeting"))).wait("burst").reply.text == "I am so sorry.\nHello!"


@pytest.mark.parametrize("count", [2, 5])
def test_every_message_is_named_by_one_reply_whatever_waits(count: int) -> None:
    talk = Talk(SampleDesk())
    for number in range(RESTARTS + WAITING + count):
        talk.say(heard(number))
    while "answer" in talk.wakes:
        talk.say(result(talk.requests[-1].request_id))
    answered = [message for reply in talk.replies for message in names(reply)]
    assert sorted(answered) == sorted(f"m{number}" for number in range(RESTARTS + WAITING + count))


def test_a_batch_knows_whose_conversations_go_on_in_it() -> None:
    other = heard(9)
    away = msgspec.structs.replace(other, message=msgspec.structs.replace(other.message, conversation_id="c2"))
    assert [one.more for one in followed([heard(1), away, heard(2), heard(3)])] == [True, False, True, False]
