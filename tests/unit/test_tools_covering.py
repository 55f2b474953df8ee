"""Personal data that a tool answers: covered before it is written, filled in for the person."""

from typing import Any

import pytest

from agents.dialogue.personal import answered
from agents.tasks.move import Move
from agents.tools.calling import Called
from agents.tools.covering import covered
from agents.understanding.vault import key_of, opened
from schemas import codec, times
from schemas.messages import Intent, Reply, Sealed
from schemas.operations import ConversationKey
from schemas.tools import ToolRequest
from streams.gateway.vault import Vault
from streams.tools.personal import Sealing, Values
from tests.sample_tasks import SampleTasks
from tests.samples import SampleDesk, heard, named, tool_result
from tests.talk import Talk

ORDER_STATUS = Intent(name="order_status", confidence=0.9)
SECRET, ADDRESS, PHONE = b"only for these tests", "杭州市西湖区文三路478号", "13912345678"


class Answers:
    """A caller that always answers this."""

    def __init__(self, **value: Any) -> None:
        self.value = value

    async def call(self, request: ToolRequest) -> Called:
        return Called("done", self.value)


class Keys:
    """What was written to Kafka, which the conversation's others follow."""

    def __init__(self, *followers: Any) -> None:
        self.made, self._followers = list[ConversationKey](), followers

    async def make(self, conversation_id: str, salt: str) -> None:
        self.made.append(ConversationKey(conversation_id=conversation_id, salt=salt))
        for follow in self._followers:
            follow(self.made[-1])


def request() -> ToolRequest:
    return ToolRequest(
        request_id="call-1",
        message_id="m1",
        conversation_id="c1",
        tool="order_lookup",
        deadline=times.rfc3339(30.0),
        occurred_at=times.rfc3339(0.0),
    )


def test_fields_of_people_are_covered_whole_and_prose_where_it_names_somebody() -> None:
    value, said = covered({"address": "Flat 3", "note": f"call {PHONE} first", "to": [{"phone": PHONE, "floor": 3}]})
    assert value == {
        "address": "[ADDRESS_1]",
        "note": "call [PHONE_1] first",
        "to": [{"phone": "[PHONE_1]", "floor": 3}],
    }
    assert said == {"[ADDRESS_1]": "Flat 3", "[PHONE_1]": PHONE}


def test_what_stands_below_such_a_field_is_covered_at_any_depth() -> None:
    value, said = covered({"address": {"lines": ["12 Mill Lane", "Leeds"], "floor": 3}})
    assert value == {"address": {"lines": ["[ADDRESS_1]", "[ADDRESS_2]"], "floor": 3}}
    assert list(said.values()) == ["12 Mill Lane", "Leeds"]


@pytest.mark.parametrize(
    "value",
    [
        {"order_number": "13912345678", "tracking_number": "SF0000012345678"},
        {"label_url": "http://127.0.0.1:8010/labels/RET10001?key=ab12cd", "placed_at": "2026-03-01T10:00:00.000Z"},
        {"items": [{"sku": "headphones", "name": "无线耳机", "price": 99.0, "quantity": 1}], "address": ""},
        {"message": "Order KF10000001 cannot be returned: 7 days are over since 2026-02-01.", "address": None},
        {"address": "[ADDRESS_7]"},
    ],
)
def test_codes_links_goods_and_placeholders_stay(value: dict[str, Any]) -> None:
    assert covered(value) == (value, {})


async def test_a_result_holds_placeholders_and_boxes_that_the_conversation_s_key_opens() -> None:
    values, keys = Values(SECRET), Keys()
    values.key_changed("c1", ConversationKey(conversation_id="c1", salt="0a1b"))
    called = await Sealing(Answers(address=ADDRESS), values, keys.make).call(request())
    assert called.value == {"address": "[ADDRESS_1]"}
    assert opened(called.personal, key_of(SECRET, "0a1b", "c1"), "c1") == {"[ADDRESS_1]": ADDRESS}
    assert keys.made == []
    again = await Sealing(Answers(address=ADDRESS), values, keys.make).call(request())
    assert codec.encode(again) == codec.encode(called)


async def test_a_conversation_without_a_key_gets_one_before_anything_is_sealed() -> None:
    values, keys = Values(SECRET), Keys()
    sealing_caller = Sealing(Answers(address=ADDRESS), values, keys.make)
    first, second = await sealing_caller.call(request()), await sealing_caller.call(request())
    (key,) = keys.made
    assert opened(first.personal, key_of(SECRET, key.salt, "c1"), "c1") == {"[ADDRESS_1]": ADDRESS}
    assert first == second


async def test_an_answer_without_personal_data_makes_no_key() -> None:
    keys = Keys()
    called = await Sealing(Answers(status="paid"), Values(SECRET), keys.make).call(request())
    assert (called.value, called.personal, keys.made) == ({"status": "paid"}, {}, [])


def test_placeholders_of_an_answer_get_the_numbers_of_the_conversation() -> None:
    known = {"[ADDRESS_1]": Sealed(mark="aa", box="x")}
    told = {"[ADDRESS_1]": Sealed(mark="bb", box="y"), "[ADDRESS_2]": Sealed(mark="aa", box="x")}
    value, now = answered({"to": ["[ADDRESS_1]", {"or": "near [ADDRESS_2]"}], "n": 3}, told, known)
    assert value == {"to": ["[ADDRESS_2]", {"or": "near [ADDRESS_1]"}], "n": 3}
    assert now == {"[ADDRESS_1]": told["[ADDRESS_2]"], "[ADDRESS_2]": told["[ADDRESS_1]"]}


def test_what_nobody_goes_on_with_of_an_answer_is_not_remembered() -> None:
    talk = Talk(SampleDesk())
    talk.say(heard(1, "where?", intent=ORDER_STATUS, entities=named(order_number="KF10000001")))
    asked = next(send.event for send in talk.out if isinstance(send.event, ToolRequest))
    boxes = {"[ADDRESS_1]": Sealed(mark="aa", box="x")}
    talk.say(tool_result(asked.request_id, asked.tool, value={"status": "paid", "to": "[ADDRESS_1]"}, personal=boxes))
    assert "paid" in talk.all(Reply)[-1].text
    assert talk.state.personal == {}


async def test_the_person_reads_what_nobody_in_between_does() -> None:
    """From the tool's answer through the dialogue to the gateway, which has the key."""

    class Told(SampleTasks):
        def told(self, progress: Any, result: Any, question: Any) -> Any:
            return Move(None, text=f"It goes to {result.value['address']}.", outcome="done")

    vault = Vault(inbox=None, secret=SECRET, clock=lambda: 0.0)  # type: ignore[arg-type]
    called = await Sealing(Answers(address=ADDRESS), Values(SECRET), Keys(vault.key_changed).make).call(request())
    talk = Talk(SampleDesk(tasks=Told()))
    talk.say(heard(1, "where?", intent=ORDER_STATUS, entities=named(order_number="KF10000001")))
    asked = next(send.event for send in talk.out if isinstance(send.event, ToolRequest))
    talk.say(tool_result(asked.request_id, asked.tool, value=called.value, personal=called.personal))
    (reply,) = talk.all(Reply)
    assert reply.text == "It goes to [ADDRESS_1]."
    assert ADDRESS.encode() not in codec.encode(reply)
    assert vault.filled(reply).text == f"It goes to {ADDRESS}."
