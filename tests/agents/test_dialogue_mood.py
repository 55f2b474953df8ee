"""Given people who are upset, when the dialogue steps, then it soothes first, and calls a person where that goes on."""

import pytest

from agents import catalog
from agents.catalog.soothing import Library, Soothing
from agents.knowledge import Hit
from agents.ports import When
from agents.understanding.sensitive import Rule
from agents.understanding.sentiment_reason import Reason
from schemas.messages import Sentiment
from schemas.operations import HandoverEvent, LogEvent
from tests.samples import NOW, RETURNS, UPSET, SampleDesk, heard, named, wants
from tests.talk import Talk

LIBRARY = catalog.load().soothing


def requested(talk: Talk) -> list[str]:
    return [event.reason for event in talk.all(HandoverEvent) if event.kind == "requested"]


def test_who_is_upset_hears_a_soothing_word_first() -> None:
    talk = Talk(SampleDesk((Hit(RETURNS, 0.9),))).say(heard(1, sentiment=UPSET))
    assert talk.reply.text == f"I am so sorry.\n{RETURNS.text}"


def test_the_log_says_which_words_gave_the_mood_but_for_those_that_are_covered() -> None:
    told = (Reason("darn", 0, 4, -2.13), Reason("awful", 5, 10, -2.04))
    said = Talk(SampleDesk(words=(Rule("darn", "rude", "mask"),))).say(
        heard(1, "darn awful parcel", sentiment=UPSET, reasons=told)
    )
    (event,) = [event for event in said.all(LogEvent) if event.kind == "understood"]
    assert event.detail == {"mood_words": [{"word": "awful", "valence": -2.04}]}


def test_never_the_same_one_twice_running() -> None:
    talk = Talk(SampleDesk()).say(heard(1, sentiment=UPSET, intent=wants("greeting")))
    talk.say(heard(2, sentiment=UPSET, intent=wants("greeting")))
    assert [reply.text for reply in talk.replies] == ["I am so sorry.\nHello!", "I understand.\nHello!"]


def test_a_mood_at_the_limit_is_not_soothed() -> None:
    talk = Talk(SampleDesk()).say(heard(1, sentiment=Sentiment(score=-0.5), intent=wants("greeting")))
    assert talk.reply.text == "Hello!"


def test_three_upset_messages_in_a_row_call_a_person() -> None:
    talk = Talk(SampleDesk())
    for number in (1, 2, 3):
        talk.say(heard(number, sentiment=UPSET, intent=wants("greeting")))
    assert requested(talk) == ["upset"]
    assert talk.reply.source == "handover"


def test_a_calm_message_between_them_begins_the_count_anew() -> None:
    talk = Talk(SampleDesk())
    for number, upset in enumerate((True, True, False, True)):
        mood = UPSET if upset else Sentiment(score=-0.5)
        talk.say(heard(number, sentiment=mood, intent=wants("greeting")))
    assert requested(talk) == []


def test_a_second_complaint_calls_a_person_where_the_first_was_answered() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "awful", intent=wants("complaint")))
    assert requested(talk) == []
    talk.say(heard(2, "awful again", intent=wants("complaint")))
    assert requested(talk) == ["repeated_complaint"]


def test_who_goes_on_complaining_before_the_answer_complains_once() -> None:
    desk = SampleDesk((Hit(RETURNS, 0.9),), tasks=None)
    talk = Talk(desk).say(heard(1, "awful", intent=wants("complaint")), When(NOW.now, NOW.now - 3))
    talk.say(heard(2, "really awful", intent=wants("complaint")), When(NOW.now + 1, NOW.now - 2))
    assert requested(talk) == []


def test_a_falling_mood_calls_a_person() -> None:
    talk = Talk(SampleDesk())
    for number, score in enumerate((0.6, 0.5, 0.2, -0.45, -0.5)):
        talk.say(heard(number, sentiment=Sentiment(score=score), intent=wants("greeting")))
    assert requested(talk) == ["falling_mood"]


def test_a_steady_mood_that_is_not_good_does_not() -> None:
    talk = Talk(SampleDesk())
    for number in range(6):
        talk.say(heard(number, sentiment=Sentiment(score=-0.45), intent=wants("greeting")))
    assert requested(talk) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_library_goes_by_reason_then_by_intent_then_is_general(language: str) -> None:
    library = Library(LIBRARY)

    def cause(reason: str, intent: str) -> str:
        picked = library.pick(reason, intent, language, ("m1", ""))
        assert picked is not None
        assert picked[0] in getattr(next(one for one in LIBRARY if one.name == picked[1].split(":")[0]), language)
        return picked[1].split(":")[0]

    assert cause("damaged", "delivery_delayed") == "damaged"
    assert cause("changed_mind", "delivery_delayed") == "delay"
    assert cause("", "refund_status") == "money"
    assert cause("", "unknown") == "general"


def test_every_cause_has_enough_to_say_never_the_same_twice_running() -> None:
    library = Library(LIBRARY)
    for entry in LIBRARY:
        last = ""
        for number in range(50):
            picked = library.pick(entry.name, "", "zh", (f"m{number}", last))
            assert picked is not None
            assert picked[1] != last
            last = picked[1]


def test_a_library_with_one_variant_says_it_again_and_an_empty_one_nothing() -> None:
    one = Library([Soothing(name="general", zh=("抱歉",), en=("Sorry",))])
    assert one.pick("", "", "en", ("m1", "general:0")) == ("Sorry", "general:0")
    assert Library([]).pick("", "", "en", ("m1", "")) is None


def test_the_reason_that_a_message_names_is_the_cause() -> None:
    from streams.desk import LiveDesk

    desk = LiveDesk(catalog.load())
    talk = Talk(desk).say(heard(1, "broken!", sentiment=UPSET, entities=named(reason="damaged")))  # type: ignore[arg-type]
    damaged = next(one for one in LIBRARY if one.name == "damaged")
    assert talk.reply.text.split("\n")[0] in damaged.en
