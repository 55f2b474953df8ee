"""Given somebody who needs a person, when the dialogue steps, then one is called, told all, and the bot is silent."""

from typing import Any

import pytest

from agents.dialogue.limits import Limits
from agents.knowledge import Hit
from agents.ports import When
from agents.rules.risk import Risk
from schemas.messages import Reply
from schemas.operations import HandoverEvent, LogEvent
from tests.samples import NOW, RETURNS, UPSET, SampleDesk, by_person, heard, named, result, tool_result, wants
from tests.talk import Talk

RISKS = {
    "chest pain": Risk("emergency", "medical emergency", "doctors", "triage", "emergency", urgent=True),
    "guaranteed": Risk("promise", disclaimer="Past returns promise nothing."),
    "lawyer": Risk("legal", "threatens with a lawyer", "legal"),
}


def asked(desk: SampleDesk | None = None, limits: Limits | None = None) -> Talk:
    """A conversation in which a person was asked for."""
    talk = Talk(desk or SampleDesk(), limits).say(heard(1, intent=wants("greeting")))
    return talk.say(heard(2, "a person please", intent=wants("human_agent")))


def kinds(talk: Talk) -> list[str]:
    return [event.kind for event in talk.handover]


def test_who_asks_for_a_person_is_told_once_and_a_person_is_called() -> None:
    talk = asked()
    assert (talk.reply.text, talk.reply.source, talk.reply.in_reply_to) == (
        "Sure, a person will come.",
        "handover",
        "m2",
    )
    (event,) = talk.handover
    assert (event.kind, event.reason, event.queue, event.user_id) == (
        "requested",
        "asked_for_a_person",
        "service",
        "u1",
    )
    assert (event.message_id, event.text, event.channel, event.language) == ("m2", "a person please", "web", "en")
    assert [turn.question for turn in event.turns] == ["hi"]
    assert talk.log().count("handed_over") == 1


def test_an_unsure_wish_for_a_person_is_none() -> None:
    unsure = heard(1, intent=wants("human_agent").__class__(name="human_agent", confidence=0.4))
    assert Talk(SampleDesk()).say(unsure).handover == []


def test_who_takes_over_is_told_slots_summary_and_what_it_is_about() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "back", intent=wants("return_request"), entities=named(order_number="A1")))
    talk.say(heard(2, "it is the size", entities=named(reason="wrong_size")))
    talk.say(heard(3, "a person, call [PHONE_1]", intent=wants("human_agent"), entities=named(size="42")))
    event = talk.handover[-1]
    assert event.slots == {"order_number": "A1", "reason": "wrong_size", "size": "42", "phone": "[PHONE_1]"}
    assert event.skill == "return"
    assert "asked_for_a_person" in event.summary
    assert "return (confirm)" in event.summary
    assert "call [PHONE_1]" in event.summary


def test_while_a_person_has_the_conversation_the_bot_is_silent_and_the_person_hears_all() -> None:
    talk = asked().say(heard(3, "hello?", intent=wants("greeting"))).say(by_person(1, "taken"))
    before = len(talk.replies)
    talk.say(heard(4, "are you there", entities=named(order_number="A1")))
    assert len(talk.replies) == before
    said = [(event.message_id, event.text) for event in talk.handover if event.kind == "said"]
    assert said == [("m3", "hello?"), ("m4", "are you there")]
    assert talk.requests == []
    assert [fact.value for fact in talk.state.facts] == ["A1"]


def test_a_person_s_words_go_out_and_answer_all_that_was_not_answered() -> None:
    talk = asked().say(by_person(1, "taken")).say(heard(3, "one")).say(heard(4, "two"))
    talk.say(by_person(2, "replied", "Here I am. Call 13800138000.", language="en"))
    reply = talk.reply
    assert (reply.source, reply.in_reply_to, reply.in_reply_to_all) == ("human", "m4", ("m3", "m4"))
    assert reply.text == "Here I am. Call [PHONE_1]."
    assert (reply.user_id, reply.channel) == ("u1", "web")
    turn = talk.state.turns[-1]
    assert (turn.question, turn.answer, turn.source) == ("one\ntwo", reply.text, "human")
    assert {event.message_id for event in talk.all(LogEvent) if event.kind == "replied"} == {"m1", "m2", "m3", "m4"}


def test_more_words_of_the_person_answer_no_message_twice() -> None:
    talk = asked().say(by_person(1, "taken")).say(heard(3, "one")).say(by_person(2, "replied", "First."))
    talk.say(by_person(3, "replied", "Second."))
    assert [(reply.text, reply.in_reply_to) for reply in talk.replies[-2:]] == [("First.", "m3"), ("Second.", "")]
    answered = [reply.in_reply_to for reply in talk.replies if reply.in_reply_to]
    assert len(answered) == len(set(answered))


@pytest.mark.parametrize("kind", ["taken", "replied", "noted", "returned"])
def test_the_same_event_twice_changes_nothing(kind: Any) -> None:
    talk = asked().say(by_person(1, "taken")).say(heard(3, "one"))
    event = by_person(2, kind, "words")
    state = talk.say(event).state
    assert talk.since(lambda again: again.say(event)) == []
    assert talk.state == state


def test_its_own_events_change_nothing() -> None:
    talk = asked().say(heard(3, "one"))
    state = talk.state
    for event in talk.handover:
        talk.say(event)
    assert (talk.state, len(talk.replies)) == (state, 2)


def test_notes_are_for_colleagues_only() -> None:
    talk = asked().say(by_person(1, "taken"))
    out = talk.since(lambda now: now.say(by_person(2, "noted", "he is nice")))
    assert [send.topic.name for send in out] == ["conversation.log.v1"]


def test_the_first_who_takes_it_has_it_until_it_is_returned() -> None:
    talk = asked(limits=Limits(silence=100.0)).say(by_person(1, "noted", "mine?", agent_id="zhao"))
    assert talk.state.handed is not None and talk.state.handed.agent_id == ""
    talk.say(by_person(2, "taken", agent_id="li.na"))
    until = talk.wakes["person"]
    for number, kind in enumerate(("taken", "noted"), 3):
        talk.say(by_person(number, kind, "words", agent_id="zhao"))
        assert (talk.state.handed.agent_id, talk.wakes["person"]) == ("li.na", until), kind
    talk.say(by_person(5, "taken", agent_id="li.na"))
    assert talk.wakes["person"] > until
    talk.say(by_person(6, "returned", agent_id="li.na")).say(by_person(7, "taken", agent_id="zhao"))
    assert talk.state.handed.agent_id == "zhao"


def test_who_writes_without_having_taken_it_leaves_it_to_be_taken_and_has_come() -> None:
    talk = asked().say(by_person(1, "replied", "Hello.", agent_id="zhao"))
    assert talk.state.handed is not None and talk.state.handed.agent_id == ""
    gone = talk.since(lambda now: now.wait("person"))
    assert not any(isinstance(send.event, Reply) for send in gone)
    assert talk.handover[-1].reason == "went_silent"
    other = asked().say(by_person(1, "replied", "Hello.", agent_id="zhao")).say(by_person(2, "taken", agent_id="li.na"))
    assert other.state.handed is not None and other.state.handed.agent_id == "li.na"


def test_after_the_return_the_bot_answers_again() -> None:
    talk = asked().say(by_person(1, "taken")).say(by_person(2, "returned")).say(heard(3, intent=wants("greeting")))
    assert talk.reply.text == "Hello!"
    assert "person" not in talk.wakes


def test_what_a_person_leaves_without_an_answer_the_bot_answers() -> None:
    talk = asked().say(by_person(1, "taken")).say(heard(3, "hi", intent=wants("greeting")))
    talk.say(by_person(2, "returned"))
    assert (talk.reply.in_reply_to, talk.reply.text) == ("m3", "Hello!")


def test_where_nobody_comes_the_customer_is_told_and_the_bot_goes_on() -> None:
    talk = asked(limits=Limits(take=60.0)).say(heard(3, "hello?"))
    assert talk.wakes["person"] == NOW.now + 1 + 60.0
    talk.wait("person")
    assert kinds(talk) == ["requested", "said", "returned"]
    event = talk.handover[-1]
    assert (event.agent_id, event.reason, event.message_id) == ("", "nobody_came", "")
    assert (talk.reply.text, talk.reply.source, talk.reply.in_reply_to) == ("Nobody is free.", "handover", "m3")
    assert talk.since(lambda now: now.say(event)) == []
    assert talk.say(heard(4, intent=wants("greeting"))).reply.text == "Hello!"


def test_a_task_goes_on_where_nobody_comes() -> None:
    talk = Talk(SampleDesk()).say(heard(1, intent=wants("return_request")))
    talk.say(heard(2, "a person", intent=wants("human_agent"))).wait("person")
    assert talk.reply.text == "Nobody is free.\nWhich order?"
    talk.say(heard(3, "A1", entities=named(order_number="A1")))
    assert talk.reply.text == "What is wrong with it?"


def test_a_person_who_says_nothing_is_given_up() -> None:
    talk = asked(limits=Limits(silence=100.0)).say(by_person(1, "taken")).say(heard(3, "hello?"))
    talk.say(by_person(2, "noted"), When(NOW.now + 50, NOW.now + 50))
    assert talk.wakes["person"] == NOW.now + 150
    talk.wait("person")
    assert (talk.handover[-1].kind, talk.handover[-1].reason) == ("returned", "went_silent")
    assert talk.reply.text == "My colleague has left."


def test_where_nothing_is_open_the_conversation_comes_back_without_a_word() -> None:
    talk = asked().say(by_person(1, "taken")).say(heard(3, "one")).say(by_person(2, "replied", "Done."))
    out = talk.since(lambda now: now.wait("person"))
    assert not any(isinstance(send.event, Reply) for send in out)
    assert talk.handover[-1].kind == "returned"
    assert talk.state.handed is None


def test_an_emergency_calls_a_person_at_once_whatever_waits() -> None:
    talk = Talk(SampleDesk(risks=RISKS)).say(heard(1, "may I paint it?")).say(heard(2, "I have chest pain"))
    assert (talk.reply.text, talk.reply.in_reply_to_all) == ("Please call an ambulance.", ("m1", "m2"))
    event = talk.handover[0]
    assert (event.reason, event.queue, event.skill) == ("medical emergency", "doctors", "triage")
    assert talk.voids == [talk.requests[0].request_id]
    assert talk.say(result(talk.requests[0].request_id)).reply.source == "handover"


def test_an_emergency_while_a_tool_works_is_not_held_up_by_it() -> None:
    talk = Talk(SampleDesk(risks=RISKS))
    talk.say(heard(1, "where?", intent=wants("order_status"), entities=named(order_number="A1")))
    talk.say(heard(2, "and what is new?")).say(heard(3, "chest pain"))
    assert (talk.reply.text, talk.reply.in_reply_to, talk.reply.in_reply_to_all) == (
        "Please call an ambulance.",
        "m3",
        (),
    )
    assert kinds(talk) == ["requested", "said"]
    talk.say(tool_result(talk.calls[0].request_id, "order_lookup", value={"status": "shipped"}))
    assert (talk.reply.text, talk.reply.in_reply_to) == ("It is shipped.", "m1")
    talk.say(by_person(1, "taken")).say(by_person(2, "replied", "We are on our way."))
    assert talk.reply.in_reply_to == "m2"


def test_a_rule_with_a_queue_calls_a_person_of_that_queue() -> None:
    event = Talk(SampleDesk(risks=RISKS)).say(heard(1, "my lawyer will write")).handover[0]
    assert (event.reason, event.queue, event.skill) == ("threatens with a lawyer", "legal", "legal")


def test_a_disclaimer_stands_below_the_answer() -> None:
    talk = Talk(SampleDesk((Hit(RETURNS, 0.9),), risks=RISKS)).say(heard(1, "is it guaranteed?"))
    assert talk.reply.text == f"{RETURNS.text}\nPast returns promise nothing."
    asking = Talk(SampleDesk(risks=RISKS)).say(heard(1, "is it guaranteed?"))
    asking.say(result(asking.requests[0].request_id))
    assert asking.reply.text == "From the model.\nPast returns promise nothing."


def failing(gap: float, failures: int = 3) -> Talk:
    """Four messages that nothing answers, each written ``gap`` seconds after the answer to the one before."""
    talk = Talk(SampleDesk(online=False), Limits(failures=failures))
    for number in range(4):
        talk.say(
            heard(number, "gibberish"), When(NOW.now + number, NOW.now + number - 1 + gap if number else NOW.written)
        )
    return talk


def test_answers_that_say_nothing_call_a_person_in_the_end() -> None:
    talk = failing(0.5)
    assert [reply.source for reply in talk.replies] == ["fallback", "fallback", "handover"]
    assert talk.handover[0].reason == "repeated_failure"
    assert failing(0.5, failures=0).handover == []


def test_who_has_not_yet_read_an_answer_was_not_failed_by_it() -> None:
    assert failing(-0.5).handover == []


def test_an_answer_that_helps_begins_the_count_anew() -> None:
    talk = Talk(SampleDesk(online=False))
    for number, text in enumerate(("?", "?", "hi", "?", "?")):
        talk.say(heard(number, text, intent=wants("greeting" if text == "hi" else "unknown")))
    assert talk.handover == []


def test_a_person_may_step_in_unasked_and_what_a_model_was_asked_is_theirs() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "may I paint it?")).say(by_person(1, "taken"))
    assert talk.say(result(talk.requests[0].request_id)).replies == []
    assert talk.voids == [talk.requests[0].request_id]
    talk.say(by_person(2, "replied", "Yes you may."))
    assert (talk.reply.in_reply_to, talk.reply.source, talk.reply.user_id) == ("m1", "human", "u1")
    assert 0 < talk.reply.latency_ms < 60_000
    assert [event.kind for event in talk.handover] == ["said"]


def test_words_of_a_person_who_has_returned_the_conversation_go_out_all_the_same() -> None:
    talk = asked().say(by_person(1, "taken")).say(by_person(2, "returned")).say(by_person(3, "replied", "One more."))
    assert (talk.reply.text, talk.reply.in_reply_to, talk.reply.user_id) == ("One more.", "", "u1")
    assert talk.say(heard(3, intent=wants("greeting"))).reply.text == "Hello!"


def test_who_is_handed_over_upset_is_soothed_too() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "a person!", sentiment=UPSET, intent=wants("human_agent")))
    assert talk.reply.text == "I am so sorry.\nSure, a person will come."


def test_all_events_of_a_handover_have_ids_of_their_own_and_the_same_each_time() -> None:
    def history() -> list[HandoverEvent]:
        talk = asked().say(heard(3, "one")).say(heard(4, "two")).wait("person")
        return talk.say(heard(5, "a person", intent=wants("human_agent"))).handover

    assert len({event.event_id for event in history()}) == 5
    assert history() == history()
