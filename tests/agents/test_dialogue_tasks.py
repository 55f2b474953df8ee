"""Given a task over several turns, when the dialogue steps, then it asks, calls tools, comes back from digressions."""

from typing import Any

import pytest

from agents.dialogue.calling import CALLS, GRACE_S
from agents.dialogue.limits import Limits
from agents.knowledge import Hit
from agents.ports import When
from schemas import ids, times
from schemas.inference import ModelRequest
from schemas.operations import LogEvent
from tests.samples import NOW, RETURNS, SampleDesk, heard, named, result, tool_result, wants
from tests.talk import Talk

DONE = {"return_number": "R7"}


def returning(desk: SampleDesk | None = None) -> Talk:
    """A return whose order number is asked for."""
    return Talk(desk or SampleDesk()).say(heard(1, "I want to return it", intent=wants("return_request")))


def confirming(desk: SampleDesk | None = None) -> Talk:
    """A return that waits for the confirmation."""
    talk = returning(desk).say(heard(2, "A1", entities=named(order_number="A1")))
    return talk.say(heard(3, "too small", entities=named(reason="wrong_size")))


def calling(desk: SampleDesk | None = None) -> Talk:
    """A return that waits for its tool."""
    return confirming(desk).say(heard(4, "yes"))


def told(talk: Talk, **fields: Any) -> Talk:
    call = talk.calls[-1]
    return talk.say(tool_result(call.request_id, call.tool, **fields))


def test_a_task_asks_for_what_it_needs_then_to_be_confirmed() -> None:
    talk = confirming()
    assert [reply.text for reply in talk.replies] == ["Which order?", "What is wrong with it?", "Shall I return it?"]
    assert {reply.source for reply in talk.replies} == {"script"}
    assert talk.calls == []


def called(talk: Talk) -> list[LogEvent]:
    """Calls of tools in the log of the dialogue."""
    return [event for event in talk.all(LogEvent) if event.detail.get("tool")]


def test_what_was_said_before_is_not_asked_again() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "A1", intent=wants("greeting"), entities=named(order_number="A1")))
    assert (
        talk.say(heard(2, "I want to return it", intent=wants("return_request"))).reply.text == "What is wrong with it?"
    )


def test_a_confirmed_task_calls_its_tool_with_a_known_id_and_a_deadline() -> None:
    (call,) = calling().calls
    assert (call.tool, call.arguments) == ("create_return", {"order_number": "A1", "reason": "wrong_size"})
    assert call.request_id == ids.derived("call", "c1", "m4", "create_return", "create")
    assert (call.user_id, call.language, call.message_id) == ("u1", "en", "m4")
    assert times.seconds(call.deadline) == pytest.approx(NOW.now + 3 + Limits().tool)


def test_the_tool_s_result_is_the_answer_and_its_worker_alone_logs_the_call() -> None:
    talk = told(calling(), value=DONE, tool_ms=12.0, attempts=2)
    assert (talk.reply.text, talk.reply.source, talk.reply.in_reply_to) == ("Return R7 is on its way.", "tool", "m4")
    assert called(talk) == []
    assert talk.state.tasks == ()
    assert "answer" not in talk.wakes


def test_a_result_that_comes_twice_or_belongs_to_nobody_changes_nothing() -> None:
    talk = told(calling(), value=DONE)
    assert talk.since(lambda now: told(now, value=DONE)) == []
    assert talk.since(lambda now: now.say(tool_result("call-other", "create_return"))) == []


def test_a_model_s_result_is_no_tool_s() -> None:
    talk = calling()
    assert talk.since(lambda now: now.say(result(now.calls[0].request_id))) == []


@pytest.mark.parametrize("outcome", ["refused", "unavailable", "failed"])
def test_a_tool_that_fails_leads_to_what_the_task_says(outcome: Any) -> None:
    assert told(calling(), outcome=outcome).reply.text == f"That did not work: {outcome}."


def test_a_tool_that_does_not_answer_is_given_up_and_that_is_logged() -> None:
    talk = calling()
    assert talk.wakes["answer"] == pytest.approx(NOW.now + 3 + Limits().tool + GRACE_S)
    talk.wait("answer")
    assert talk.reply.text == "That did not work: expired."
    assert [(event.kind, event.detail["outcome"]) for event in called(talk)] == [("decided", "expired")]
    assert talk.since(lambda now: told(now, value=DONE)) == []


def test_what_is_said_while_a_tool_works_waits_and_is_answered_together() -> None:
    talk = calling().say(heard(5, "hi", intent=wants("greeting"))).say(heard(6, "how?"))
    assert [reply.in_reply_to for reply in talk.replies] == ["m1", "m2", "m3"]
    told(talk, value=DONE)
    assert talk.reply.in_reply_to == "m4"
    talk.say(result(talk.requests[0].request_id))
    assert (talk.reply.in_reply_to, talk.reply.in_reply_to_all) == ("m6", ("m5", "m6"))


def test_a_digression_is_answered_and_the_open_question_asked_again() -> None:
    talk = returning(SampleDesk({"how long": (Hit(RETURNS, 0.9),)})).say(heard(2, "how long do I have?"))
    assert talk.reply.text == f"{RETURNS.text}\nWhich order?"
    assert talk.reply.source == "knowledge"
    assert talk.say(heard(3, "A1", entities=named(order_number="A1"))).reply.text == "What is wrong with it?"


def test_a_digression_to_a_model_comes_back_too() -> None:
    talk = returning().say(heard(2, "may I paint it first?"))
    talk.say(result(talk.requests[0].request_id))
    assert talk.reply.text == "From the model.\nWhich order?"


def test_a_question_beside_an_answer_to_the_task_is_answered_and_the_task_goes_on() -> None:
    desk = SampleDesk({"How long": (Hit(RETURNS, 0.9),)})
    talk = returning(desk).say(heard(2, "It is A1. How long does it take?", entities=named(order_number="A1")))
    assert talk.reply.text == f"{RETURNS.text}\nWhat is wrong with it?"
    assert [cited.article_id for cited in talk.reply.citations] == ["returns-window.en"]


def test_a_task_is_cancelled() -> None:
    talk = returning().say(heard(2, "forget it"))
    assert talk.reply.text == "It is cancelled."
    assert talk.state.tasks == ()


def test_a_second_task_goes_first_and_then_the_first_goes_on() -> None:
    talk = returning().say(heard(2, "and where is A2", intent=wants("order_status"), entities=named(order_number="A2")))
    assert talk.calls[0].arguments == {"order_number": "A2"}
    told(talk, value={"status": "shipped"})
    assert talk.reply.text == "It is shipped.\nWhich order?"
    assert [task.name for task in talk.state.tasks] == ["return"]


def test_the_values_of_a_task_that_ended_are_known_afterwards() -> None:
    talk = told(calling(), value=DONE).say(heard(5, "again", intent=wants("return_request")))
    assert talk.reply.text == "Shall I return it?"


def test_two_messages_of_a_burst_go_through_the_task_in_order_and_get_one_answer() -> None:
    talk = Talk(SampleDesk(), Limits(burst=0.5)).say(heard(1, "return it", intent=wants("return_request")))
    talk.say(heard(2, "order A1", entities=named(order_number="A1"))).wait("burst")
    assert talk.reply.in_reply_to_all == ("m1", "m2")
    assert talk.reply.text.endswith("What is wrong with it?")


def test_what_comes_behind_a_call_in_a_burst_is_answered_with_its_result() -> None:
    talk = Talk(SampleDesk(), Limits(burst=0.5))
    talk.say(heard(1, "where is A1", intent=wants("order_status"), entities=named(order_number="A1")))
    talk.say(heard(2, "hi", intent=wants("greeting"))).wait("burst")
    told(talk, value={"status": "shipped"})
    assert (talk.reply.text, talk.reply.in_reply_to_all) == ("It is shipped.\nHello!", ("m1", "m2"))
    assert talk.reply.source == "tool"


def test_a_task_that_needs_a_person_calls_one() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "where?", intent=wants("order_status"), entities=named(order_number="A1")))
    told(talk, value={"status": "lost"})
    assert (talk.handover[0].reason, talk.handover[0].skill) == ("lost_parcel", "status")
    assert (talk.reply.source, talk.reply.in_reply_to) == ("handover", "m1")


def test_a_task_that_goes_round_in_circles_is_ended() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "where?", intent=wants("order_status"), entities=named(order_number="A1")))
    for _ in range(CALLS):
        told(talk, value={"status": "unclear"})
    assert len({call.request_id for call in talk.calls}) == len(talk.calls) == CALLS
    assert talk.reply.source == "fallback"
    assert talk.state.tasks == ()


def test_a_task_that_begins_while_a_model_answers_tells_it_to_stop_until_the_tool_is_done() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "may I paint it?"))
    talk.say(heard(2, "where?", intent=wants("order_status"), entities=named(order_number="A1")))
    assert talk.voids == [talk.requests[0].request_id]
    told(talk, value={"status": "shipped"})
    (_, again) = talk.requests
    assert again.messages[-1].content == "may I paint it?"
    talk.say(result(again.request_id))
    assert (talk.reply.text, talk.reply.in_reply_to_all) == ("It is shipped.\nFrom the model.", ("m1", "m2"))


def test_a_task_of_an_earlier_version_that_is_here_no_more_calls_a_person() -> None:
    from streams.desk import Untasked

    talk = calling()
    talk.dialogue._desk.tasks = Untasked()  # type: ignore[misc]
    assert told(talk, value=DONE).handover[0].reason == "no_task"


def test_every_message_is_answered_once_whenever_the_results_come() -> None:
    talk = calling().say(heard(5, "one")).say(heard(6, "two"), When(NOW.now + 9, NOW.now + 9))
    told(talk, value=DONE)
    talk.say(heard(7, "three"))
    while "answer" in talk.wakes:
        talk.say(result(talk.requests[-1].request_id))
    answered = [one for reply in talk.replies for one in reply.in_reply_to_all or (reply.in_reply_to,)]
    assert answered == [f"m{number}" for number in range(1, 8)]
    assert all(request.messages for request in talk.all(ModelRequest))
