"""Given a question that others ask too, when a model would be asked, then the cache is, and only such go there."""

import pytest

from agents.cache.entry import Recalled, Remembered
from agents.dialogue.conversation import Conversation, Question
from agents.dialogue.independence import independent
from agents.dialogue.question import question
from agents.knowledge import Hit
from agents.tasks.move import Progress
from schemas.messages import Citation
from tests.samples import RETURNS, SampleDesk, heard, named, picture, result, wants
from tests.talk import Talk

CITED = (Citation(article_id="paint.en", title="Paint", score=0.4),)
PAINT = Recalled("Yes, you may.", CITED, "en", "tiny", 0.97, "process")
ASKED = "may I paint the kettle?"


def asked(text: str, **understood: object) -> Question:
    one = heard(1, text, masked=text, **understood)
    return question(one.message, one.understanding, 0.0)


def answered(talk: Talk) -> Talk:
    return talk.say(result(talk.requests[-1].request_id))


def test_a_cached_answer_is_said_instead_of_asking() -> None:
    reply = Talk(SampleDesk(cached={ASKED: PAINT})).say(heard(1, ASKED)).reply
    assert (reply.text, reply.source, reply.model, reply.citations) == ("Yes, you may.", "cache", "tiny", CITED)


def test_it_is_said_offline_too() -> None:
    assert Talk(SampleDesk(cached={ASKED: PAINT}, online=False)).say(heard(1, ASKED)).reply.source == "cache"


def test_scripts_and_knowledge_come_first() -> None:
    desk = SampleDesk((Hit(RETURNS, 0.9),), cached={ASKED: PAINT})
    assert Talk(desk).say(heard(1, ASKED)).reply.source == "knowledge"


def test_a_model_s_answer_to_a_question_that_stands_alone_is_offered_with_the_knowledge_it_rests_on() -> None:
    desk = SampleDesk((Hit(RETURNS, 0.25),))
    talk = Talk(desk).say(heard(1, ASKED))
    desk.knowledge_version = "k2"
    answered(talk)
    cited = (Citation(article_id="returns-window.en", title=RETURNS.title, score=0.25),)
    assert desk.remembered == {ASKED: Remembered("From the model.", cited, "tiny", "k1")}


def test_what_a_model_could_not_answer_is_not_offered() -> None:
    desk = SampleDesk()
    talk = Talk(desk).say(heard(1, ASKED))
    talk.say(result(talk.requests[0].request_id, outcome="failed", text=""))
    assert desk.remembered == {}


def test_what_was_said_before_may_be_in_the_answer_and_it_is_not_offered() -> None:
    desk = SampleDesk()
    answered(Talk(desk).say(heard(1, "my kettle is red", entities=named(colour="red"))))
    talk = Talk(desk).say(heard(1, "hi", intent=wants("greeting"), entities=named(colour="red"))).say(heard(2, ASKED))
    answered(talk)
    answered(talk.say(heard(3, "may I sell the kettle?")))
    assert desk.remembered == {}


def test_after_a_greeting_it_is_offered_all_the_same() -> None:
    desk = SampleDesk()
    answered(Talk(desk).say(heard(1, intent=wants("greeting"))).say(heard(2, ASKED)))
    assert desk.remembered.keys() == {ASKED}


def test_a_burst_is_neither_recalled_nor_offered() -> None:
    desk = SampleDesk(cached={})
    answered(Talk(desk).say(heard(1, ASKED)).say(heard(2, "may I sell the kettle?")))
    assert desk.remembered == {}


@pytest.mark.parametrize(
    "text",
    ["may I paint the kettle?", "Do you ship to Canada?", "支持货到付款吗", "保修期多久", "洗衣机可以用几年？"],
)
def test_a_question_that_stands_alone(text: str) -> None:
    assert independent(asked(text), Conversation())


@pytest.mark.parametrize(
    "text",
    [
        "does it leak?", "and the blue ones?", "what about Canada?", "is that so?", "where is my order", "why?",
        "the other one", "它多久能到", "那个可以退吗", "另一个呢", "运费呢？", "那怎么办", "我的订单在哪",
        "还有别的颜色吗", "call [PHONE_1] now", "刚才说的是真的吗", "为什么", "这款有货吗", "I have ordered a kettle",
    ],
)  # fmt: skip
def test_a_question_that_leans_on_the_conversation(text: str) -> None:
    assert not independent(asked(text), Conversation())


def test_somebody_s_own_affairs_an_attachment_or_a_task_are_never_for_others() -> None:
    text = "may I paint the kettle?"
    for own in ("order_number", "tracking_number", "address", "date", "time"):
        assert not independent(asked(text, entities=named(**{own: "x"})), Conversation())
    one = picture(1)
    assert not independent(question(one.message, one.understanding, 0.0), Conversation())
    assert not independent(asked(text), Conversation(tasks=(Progress("return"),)))
    assert independent(asked(text, entities=named(product="kettle")), Conversation())
