"""Given a long conversation, when it goes on, then what matters is known and small; in the end it is forgotten."""

import msgspec

from agents import catalog
from agents.dialogue import memory
from agents.dialogue.conversation import Conversation
from agents.dialogue.limits import Limits
from agents.dialogue.memory import FACTS, GISTS, OLD_ANSWER, OLD_QUESTION, REMEMBERED, SAME, TURNS
from agents.dialogue.timers import STEPS
from agents.knowledge import Hit
from agents.ports import Kept, When
from agents.tasks.move import Progress
from schemas.messages import Intent
from streams import state_frame
from streams.desk import Untasked
from tests.samples import NOW, SampleDesk, by_person, heard, named, result, wants
from tests.talk import Talk

DAY = 86_400.0
HALF_AN_HOUR = 1_800.0


def known(talk: Talk) -> dict[str, str]:
    return memory.known(talk.state.facts)


def test_fifteen_turns_are_remembered_and_given_to_the_model() -> None:
    talk = Talk(SampleDesk())
    for number in range(TURNS + 3):
        talk.say(heard(number, f"question {number}.", intent=wants("greeting")))
    assert len(talk.state.turns) == TURNS
    said = [message.content for message in talk.say(heard(99, "and now?")).requests[0].messages]
    assert "question 17." in said
    assert "question 3." in said
    assert "question 2." not in said


def test_an_order_number_said_half_an_hour_and_twenty_turns_ago_is_known() -> None:
    talk = Talk(SampleDesk()).say(heard(1, "order A1234567", entities=named(order_number="A1234567")))
    talk.say(result(talk.requests[0].request_id))
    for number in range(2, 22):
        talk.say(heard(number, intent=wants("greeting")), When(NOW.now + HALF_AN_HOUR + number, NOW.now))
    assert known(talk) == {"order_number": "A1234567"}
    talk.say(heard(30, "so what do I do?"))
    assert "order_number: A1234567" in talk.requests[1].messages[0].content


def test_of_two_values_the_newer_counts_and_the_older_is_kept() -> None:
    talk = Talk(SampleDesk())
    for number, order in enumerate(("A1", "A2", "A1", "A3")):
        talk.say(heard(number, intent=wants("greeting"), entities=named(order_number=order)))
    assert [fact.value for fact in talk.state.facts] == ["A3", "A1", "A2"]
    assert known(talk)["order_number"] == "A3"


def test_facts_are_bounded_in_all_and_by_type() -> None:
    talk = Talk(SampleDesk())
    for number in range(20):
        talk.say(heard(number, intent=wants("greeting"), entities=named(size=f"{number}")))
    assert [fact.value for fact in talk.state.facts] == ["19", "18", "17"][:SAME]
    for number in range(40):
        talk.say(heard(number + 20, intent=wants("greeting"), entities=named(**{f"type{number}": "x" * 1000})))
    assert len(talk.state.facts) == FACTS
    assert max(len(fact.value) for fact in talk.state.facts) <= memory.FACT


def test_personal_values_are_remembered_as_placeholders_only() -> None:
    text = "call 13800138000, my name is [PERSON_1]"
    said = heard(1, text, masked="call [PHONE_1], my name is [PERSON_1]", intent=wants("greeting"))
    talk = Talk(SampleDesk()).say(said)
    assert known(talk) == {"phone": "[PHONE_1]", "person": "[PERSON_1]"}
    assert b"13800138000" not in msgspec.msgpack.encode(talk.state)


def test_the_assistant_is_remembered_whoever_wrote_its_answer() -> None:
    desk = SampleDesk({"how": (Hit(catalog.load().articles[0], 0.9),)})
    talk = Talk(desk).say(heard(1, intent=wants("greeting"))).say(heard(2, "how?")).say(heard(3, "paint it"))
    talk.say(result(talk.requests[0].request_id))
    talk.say(heard(4, "where is it", intent=wants("order_status"), entities=named(order_number="A1")))
    talk.wait("answer")
    talk.say(heard(5, "a person", intent=wants("human_agent"))).say(by_person(1, "taken"))
    talk.say(by_person(2, "replied", "I am here."))
    sources = [turn.source for turn in talk.state.turns]
    assert sources == ["script", "knowledge", "model", "tool", "handover", "human"]
    assert talk.state.turns[-1].answer == "I am here."


def test_the_latest_turns_are_remembered_at_length_older_ones_shortened() -> None:
    talk = Talk(SampleDesk())
    for number in range(4):
        talk.say(heard(number, "q" * 5000))
        talk.say(result(talk.requests[-1].request_id, text="a" * 5000))
    lengths = [(len(turn.question), len(turn.answer)) for turn in talk.state.turns]
    assert lengths == [(OLD_QUESTION, OLD_ANSWER)] * 2 + [(REMEMBERED, REMEMBERED)] * 2


def test_of_what_falls_out_of_the_turns_the_wants_and_outcomes_are_kept() -> None:
    talk = Talk(SampleDesk())
    for number, intent in enumerate(("greeting", "stock_question", "greeting", "size_advice")):
        talk.say(heard(number, "x", intent=wants(intent)))
        if "answer" in talk.wakes:
            talk.say(result(talk.requests[-1].request_id))
    for number in range(10, 10 + TURNS):
        talk.say(heard(number, intent=wants("greeting")))
    kept = [(gist.intent, gist.times) for gist in talk.state.gists]
    assert kept == [("stock_question", 1), ("greeting", 2), ("size_advice", 1)]
    told = memory.summary(talk.state.gists, "en")
    assert told == "Earlier: stock_question×1 (model), greeting×2 (script), size_advice×1 (model)"
    assert told in talk.say(heard(99, "and?")).requests[-1].messages[0].content


def test_the_summary_is_bounded() -> None:
    turns = tuple(memory.turn(["q"], "a", "script", f"intent{number % 20}", 0.0) for number in range(200))
    gists = memory.summed((), turns)
    assert len(gists) == GISTS
    assert gists[-1] == memory.Gist("intent19", 0, 1)


def typical(language: str) -> Conversation:
    """Fifteen turns with the sample shop, each answered by an article, with some facts, and a task half way."""
    known = catalog.load()
    articles = [article for article in known.articles if article.language == language]
    asked = [intent for intent in known.intents if intent.name not in ("greeting", "thanks", "goodbye", "human_agent")]
    said = [(intent, getattr(intent.examples, language)[number]) for number, intent in enumerate(asked[:TURNS])]
    hits = {text: (Hit(article, 0.9),) for (_, text), article in zip(said, articles, strict=False)}
    talk = Talk(SampleDesk(hits, tasks=Untasked()))
    for number, (intent, text) in enumerate(said):
        entities = named(order_number=f"KF2026030{number:04}", product="kettle", size="42") if number % 5 == 0 else ()
        wanted = Intent(name=intent.name, confidence=0.7)
        talk.say(heard(number, text, language=language, intent=wanted, entities=entities))
    assert len(talk.state.turns) == TURNS
    slots = {"order_number": "KF20260300010", "reason": "wrong_size"}
    return msgspec.structs.replace(talk.state, tasks=(Progress("return_request", slots, "confirm", 1),))


def test_a_typical_state_of_fifteen_turns_takes_two_kilobytes_at_most() -> None:
    sizes = {}
    for language in ("zh", "en"):
        kept = Kept(
            typical(language), {"chat.inbound.v1": 123_456_789, "inference.results.v1": 1_234_567}, {"forget": 1.8e9}
        )
        sizes[language] = len(state_frame.encode(kept))
    assert max(sizes.values()) <= 2048, sizes


def test_the_largest_state_is_far_below_what_a_topic_takes() -> None:
    talk = Talk(SampleDesk())
    entities = named(**{f"t{number}": "值" * 1000 for number in range(20)})
    for number in range(100):
        talk.say(heard(number, "长" * 20_000, entities=entities))
    talk.say(heard(100, "a person", intent=wants("human_agent")))
    for number in range(101, 130):
        talk.say(heard(number, "长" * 20_000, entities=entities))
    assert len(msgspec.msgpack.encode(talk.state)) < 900_000


def test_a_conversation_in_which_nothing_happens_is_forgotten() -> None:
    talk = Talk(SampleDesk(), Limits(memory=7 * DAY)).say(heard(1, intent=wants("greeting")))
    assert NOW.now + 7 * DAY <= talk.wakes["forget"] <= NOW.now + 7 * DAY * (1 + 1 / STEPS)
    talk.wait("forget")
    assert talk.forgotten
    assert talk.wakes == {}


def test_what_happens_keeps_it_longer_but_the_end_does_not_move_with_every_message() -> None:
    talk = Talk(SampleDesk(), Limits(memory=64 * 3600.0)).say(heard(1, intent=wants("greeting")))
    first = talk.wakes["forget"]
    moves = 0
    for number in range(2, 50):
        before = talk.wakes["forget"]
        talk.say(heard(number, intent=wants("greeting")), When(NOW.now + number * 600, NOW.now + number * 600))
        moves += talk.wakes["forget"] != before
    assert talk.wakes["forget"] > first
    assert moves <= 9


def test_what_is_still_awaited_is_not_forgotten() -> None:
    talk = Talk(SampleDesk(), Limits(memory=10.0, take=1000.0)).say(heard(1, "p", intent=wants("human_agent")))
    talk.wait("forget")
    assert not talk.forgotten
    assert talk.wakes["forget"] > talk.now
