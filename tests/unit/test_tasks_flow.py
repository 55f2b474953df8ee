"""How a task goes: corrections, choices, digressions, never mind, faults of tools, languages."""

import pytest

from tests.task_talk import TaskTalk, order

ONE = order("KF30000001", "headphones", shipped=4, delivered=2)
TWO = order("KF30000002", "t-shirt", "shoes", placed=6, shipped=5, delivered=3)
PAID = order("KF30000004", "keyboard", placed=1)


def confirming(*orders: dict[str, object]) -> TaskTalk:
    """A return of KF30000001 that waits for a yes."""
    return TaskTalk(*orders).say("I want to return KF30000001", "I don't like it")


def test_what_the_first_message_says_is_not_asked() -> None:
    talk = TaskTalk(ONE).say("我要退订单 KF30000001,质量问题")
    assert talk.move.progress is not None
    assert talk.move.progress.asked == "confirm"
    assert "质量问题" in talk.last


def test_a_fact_said_earlier_fills_a_slot() -> None:
    talk = TaskTalk(ONE, facts={"order_number": "KF30000001"}).say("我要退货")
    assert talk.tools == ["order_lookup"]
    assert talk.move.why == "ask:reason"


def test_a_fact_that_must_be_confirmed_is_proposed() -> None:
    talk = TaskTalk(ONE, PAID, facts={"order_number": "KF30000004"}).say("我想改收货地址")
    assert "KF30000004" in talk.last
    assert talk.say("对").move.why == "ask:address"


def test_a_proposal_that_is_turned_down_leads_to_the_list() -> None:
    talk = TaskTalk(ONE, PAID).say("I want to change the delivery address", "no")
    assert "1. " in talk.last
    assert "KF30000001" in talk.last


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("1", "KF30000001"), ("第二个", "KF30000002"), ("the second one", "KF30000002"), ("KF30000002", "KF30000002"),
        ("尾号 0002", "KF30000002"), ("皮鞋那个", "KF30000002"), ("the headphones", "KF30000001"),
        ("最近的", "KF30000001"),        ("最后一个", "KF30000002"), ("选2", "KF30000002"), ("#1", "KF30000001"),
        ("T恤", "KF30000002"),
        ("两", "KF30000002"),
    ],
)  # fmt: skip
def test_one_of_several_orders_is_chosen(answer: str, number: str) -> None:
    talk = TaskTalk(ONE, TWO).say("我要退货", answer)
    assert talk.arguments("order_lookup") == [{"order_number": number}]


@pytest.mark.parametrize("answer", ["3", "第七个", "蓝色的", "哈哈"])
def test_what_chooses_nothing_is_asked_again(answer: str) -> None:
    talk = TaskTalk(ONE, TWO).say("我要退货", answer)
    assert talk.move.why in ("again", "ask:order_number")
    assert talk.arguments("order_lookup") == []


def test_both_items_can_be_meant() -> None:
    talk = TaskTalk(TWO).say("return KF30000002 please", "both of them", "too small", "yes")
    assert talk.arguments("create_return")[0]["items"] == ["t-shirt", "shoes"]


def test_a_product_said_at_first_chooses_order_and_item_later() -> None:
    talk = TaskTalk(ONE, TWO).say("我想退鞋子", "小了", "好")
    assert talk.arguments("create_return") == [
        {"order_number": "KF30000002", "reason": "wrong_size", "items": ["shoes"]}
    ]


@pytest.mark.parametrize(
    "correction",
    ["no, the other one", "不是这个,是 KF30000002", "another order: KF30000002", "actually the second one"],
)
def test_an_order_is_corrected_before_the_yes(correction: str) -> None:
    talk = TaskTalk(ONE, TWO).say("I want to return something", "1", "I don't like it", correction)
    assert talk.tools[-1] == "order_lookup"
    assert talk.business.calls[-1].arguments == {"order_number": "KF30000002"}
    talk.say("the shoes", "yes")
    assert talk.arguments("create_return") == [
        {"order_number": "KF30000002", "reason": "changed_mind", "items": ["shoes"]}
    ]


def test_a_reason_is_corrected_and_confirmed_anew() -> None:
    talk = confirming(ONE).say("actually it is too small")
    assert talk.arguments("create_return") == []
    assert talk.say("yes").arguments("create_return")[0]["reason"] == "wrong_size"


def test_a_no_asks_what_is_wrong_and_a_slot_can_be_named() -> None:
    talk = confirming(ONE).say("no")
    assert talk.move.why == "denied"
    assert talk.say("the reason").move.why == "ask:reason"
    assert talk.say("wrong item", "ok").arguments("create_return")[0]["reason"] == "wrong_item"


def test_two_noes_end_it() -> None:
    assert confirming(ONE).say("no", "no").move.outcome == "cancelled"


@pytest.mark.parametrize("words", ["算了", "不退了", "never mind", "forget it", "先不退了", "算了吧,留着吧"])
def test_never_mind_ends_it_without_a_change(words: str) -> None:
    talk = confirming(ONE).say(words)
    assert talk.move.outcome == "cancelled"
    assert talk.progress is None
    assert talk.arguments("create_return") == []


@pytest.mark.parametrize("words", ["运费谁出?", "你们周末发货吗", "谢谢", "how long does the refund take?"])
def test_a_digression_leaves_the_task_and_its_question(words: str) -> None:
    talk = confirming(ONE)
    before = talk.progress
    assert talk.say(words).last == ""
    assert talk.progress == before
    assert talk.say("yes").move.outcome == "done"


@pytest.mark.parametrize("words", ["not sure", "等一下", "我想想"])
def test_a_doubt_is_no_yes(words: str) -> None:
    talk = confirming(ONE).say(words)
    assert talk.move.why == "hold"
    assert talk.arguments("create_return") == []


def test_three_answers_that_say_nothing_call_a_person() -> None:
    talk = TaskTalk(ONE, TWO).say("我要退货", "啊啊啊", "嘻嘻", "嘿嘿嘿")
    assert talk.move.hand_over == "not_understood"
    assert talk.move.outcome == "handed_over"


def test_an_unknown_order_is_asked_again_and_in_the_end_a_person_helps() -> None:
    talk = TaskTalk().say("return KF99999991")
    assert "KF99999991" in talk.last
    assert talk.say("KF99999992").move.text
    assert talk.say("KF99999993").move.hand_over == "not_understood"


def test_another_task_is_a_digression_of_the_open_one() -> None:
    talk = TaskTalk(ONE, PAID).say("我要退 KF30000001", "另外帮我查一下 KF30000004 到哪了")
    assert "KF30000004" in talk.last
    assert talk.move.outcome == "done"


def test_exchange_and_return_replace_each_other_and_keep_what_was_said() -> None:
    talk = TaskTalk(ONE).say("I want to exchange KF30000001 for a blue one", "actually I want to return it")
    assert talk.move.progress is not None
    assert talk.move.progress.name == "return"
    assert talk.move.progress.slots["order_number"] == "KF30000001"


def test_anger_in_a_task_is_answered_with_the_open_question() -> None:
    talk = TaskTalk(ONE).say("我要退 KF30000001", "你们服务态度太差了")
    assert talk.progress is not None
    assert talk.progress.name == "return"
    assert talk.last


def test_a_tool_that_does_not_answer_is_said_and_tried_again() -> None:
    talk = TaskTalk(ONE)
    talk.business.faults["order_lookup"] = ["unavailable"]
    talk.say("我要退 KF30000001,不喜欢")
    assert talk.move.why == "unavailable"
    assert talk.say("再试").move.why == "confirm"


def test_a_tool_that_stays_silent_calls_a_person() -> None:
    talk = TaskTalk(ONE)
    talk.business.faults["order_lookup"] = ["unavailable", "expired"]
    assert talk.say("我要退 KF30000001", "再试").move.hand_over == "tool_unavailable"


def test_a_list_that_does_not_come_is_done_without() -> None:
    talk = TaskTalk(ONE)
    talk.business.faults["orders_of_customer"] = ["expired"]
    assert talk.say("我要退货").move.why == "ask:order_number"
    assert talk.say("KF30000001").move.why == "ask:reason"


@pytest.mark.parametrize("outcome", ["unavailable", "expired", "failed"])
def test_a_change_of_which_nobody_knows_is_never_tried_again(outcome: str) -> None:
    talk = confirming(ONE)
    talk.business.faults["create_return"] = [outcome]  # type: ignore[list-item]
    assert talk.say("yes").move.hand_over == "outcome_unknown"
    assert talk.progress is None


def test_one_yes_makes_one_change() -> None:
    talk = confirming(ONE).say("yes", "yes", "yes")
    assert len(talk.arguments("create_return")) == 1


def test_a_bare_number_is_answered_in_the_language_of_the_conversation() -> None:
    talk = TaskTalk(ONE, TWO).say("我要退货", "KF30000001")
    assert "原因" in talk.last
    talk = TaskTalk(ONE, TWO).say("I want to return something", "1")
    assert "reason" in talk.last or "Why" in talk.last


def test_the_language_follows_the_customer() -> None:
    talk = TaskTalk(ONE).say("我要退 KF30000001", "sorry, in English please: it does not fit")
    assert "Please confirm" in talk.last or "To check" in talk.last
