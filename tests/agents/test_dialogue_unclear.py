"""Which of two or three things is meant: when it is asked back, and what is made of the reply."""

import pytest

from agents.dialogue.hearing import Heard
from agents.knowledge import Hit
from agents.understanding.sensitive import Rule
from schemas.inference import ModelRequest
from schemas.messages import Entity, Intent, Reply
from schemas.operations import Article, LogEvent
from tests.samples import RETURNS, SampleDesk, heard
from tests.talk import Talk

LABELS = {
    "return_request": ("办理退货", "returning something"),
    "refund_request": ("申请退款", "asking for a refund"),
    "order_status": ("查订单", "where an order stands"),
}
CLOSE = ("return_request", "refund_request")
HALF = Intent(name="return_request", confidence=0.6)
NUMBER = (Entity(type="order_number", value="KF10000001", start=5, end=15),)


class AskingDesk(SampleDesk):
    """A desk whose intents have labels."""

    def label(self, intent: str, language: str) -> str | None:
        return LABELS[intent][language != "zh"] if intent in LABELS else None

    def script(self, name: str, language: str, seed: str) -> str | None:
        if name == "did_you_mean":
            return "您指哪一件?" if language == "zh" else "Which one?"
        return super().script(name, language, seed)


def unclear(number: int, text: str = "back with KF10000001", **understood: object) -> Heard:
    said = {"intent": HALF, "did_you_mean": CLOSE, "entities": NUMBER} | understood
    return heard(number, text, **said)


def talk(desk: SampleDesk | None = None) -> Talk:
    return Talk(desk or AskingDesk(online=False))


def last(said: Talk) -> Reply:
    return said.all(Reply)[-1]


def test_the_choices_are_named_in_the_language_of_the_message() -> None:
    english = last(talk().say(unclear(1)))
    assert (english.source, english.text) == ("script", "Which one?\n1. returning something\n2. asking for a refund")
    chinese = last(talk().say(unclear(1, "退一下 KF10000001", language="zh")))
    assert chinese.text == "您指哪一件?\n1. 办理退货\n2. 申请退款"


def test_the_log_says_why() -> None:
    said = talk().say(unclear(1))
    assert [event.detail["why"] for event in said.all(LogEvent) if event.kind == "decided"] == ["unclear"]


@pytest.mark.parametrize("reply", ["1", "the first one", "Returning something", "returning something please"])
def test_a_choice_stands_for_the_question_that_was_not_clear(reply: str) -> None:
    said = talk().say(unclear(1)).say(heard(2, reply))
    assert last(said).text == "What is wrong with it?"
    assert last(said).intent == Intent(name="return_request", confidence=0.99)
    assert [task.slots for task in said.state.tasks] == [{"order_number": "KF10000001"}]


def test_a_reply_in_other_words_is_taken_by_itself() -> None:
    maybe = Intent(name="return_request", confidence=0.45)
    own = (Entity(type="order_number", value="KF10000009", start=0, end=1),)
    said = talk().say(unclear(1)).say(heard(2, "I mean to return KF10000009", intent=maybe, entities=own))
    assert [task.slots for task in said.state.tasks] == [{"order_number": "KF10000009"}]


def test_a_label_among_other_words_keeps_what_they_say() -> None:
    own = (Entity(type="order_number", value="KF10000009", start=0, end=1),)
    reply = heard(2, "returning something, I mean the order KF10000009", entities=own)
    said = talk().say(unclear(1)).say(reply)
    assert [task.slots for task in said.state.tasks] == [{"order_number": "KF10000009"}]


@pytest.mark.parametrize("reply", ["7", "0", "something else", "neither"])
def test_what_is_none_of_the_choices_is_a_message_like_any_other(reply: str) -> None:
    assert last(talk().say(unclear(1)).say(heard(2, reply))).source == "fallback"


def test_nobody_is_asked_twice_in_a_row() -> None:
    said = talk().say(unclear(1)).say(unclear(2, "send it back"))
    assert last(said).text == "What is wrong with it?"
    again = talk().say(unclear(1)).say(heard(2, "what?")).say(unclear(3))
    assert last(again).text.startswith("Which one?")


def test_a_choice_counts_only_right_after_the_offer() -> None:
    assert last(talk().say(unclear(1)).say(heard(2, "what?")).say(heard(3, "1"))).source == "fallback"


def test_what_knowledge_surely_answers_is_not_asked_back_about() -> None:
    sure = Hit(RETURNS, 0.5)
    assert last(talk(AskingDesk((sure,))).say(unclear(1))).source == "knowledge"
    related = Hit(Article(article_id="a", language="en", title="A", text="B.", intents=("return_request",)), 0.3)
    assert last(talk(AskingDesk((related,))).say(unclear(1))).text.startswith("Which one?")


def test_it_is_asked_before_a_model_is() -> None:
    said = talk(AskingDesk(online=True)).say(unclear(1))
    assert said.all(ModelRequest) == []
    assert last(said).text.startswith("Which one?")


@pytest.mark.parametrize("close", [("return_request", "greeting"), ()])
def test_without_a_label_for_each_or_without_choices_the_best_intent_decides(close: tuple[str, ...]) -> None:
    assert last(talk().say(unclear(1, did_you_mean=close))).text == "What is wrong with it?"


def test_without_the_script_the_best_intent_decides() -> None:
    class Silent(AskingDesk):
        def script(self, name: str, language: str, seed: str) -> str | None:
            return None if name == "did_you_mean" else super().script(name, language, seed)

    assert last(talk(Silent(online=False)).say(unclear(1))).text == "What is wrong with it?"


def test_in_the_middle_of_a_task_nothing_is_asked_back() -> None:
    sure = Intent(name="return_request", confidence=0.9)
    said = talk().say(heard(1, "return", intent=sure)).say(unclear(2, did_you_mean=("refund_request", "order_status")))
    assert "Which one?" not in last(said).text


def test_a_sensitive_word_decides_first() -> None:
    desk = AskingDesk(online=False, words=(Rule(word="bomb", action="block", category="violence"),))
    assert "Which one?" not in last(talk(desk).say(unclear(1, "a bomb back"))).text
