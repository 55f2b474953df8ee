"""The ledger, the mailboxes and the hub: who gets which frame, and once."""

import asyncio
from typing import Any

import msgspec
import pytest

from schemas.messages import DeliveryReceipt, Event, Reply, ReplyChunk
from schemas.operations import Setting
from streams import desk
from streams.gateway import frames
from streams.gateway.fakes import MemoryKafka
from streams.gateway.hub import Hub
from streams.gateway.ledger import Ledger
from streams.gateway.mailbox import Mailbox, Overrun
from streams.gateway.ports import Batch
from streams.gateway.vault import Vault


def reply(number: int = 1, conversation: str = "c", **more: Any) -> Reply:
    return Reply(
        reply_id=f"r{number}",
        in_reply_to=f"m{number}",
        conversation_id=conversation,
        text=f"answer {number}",
        source="script",
        language="en",
        **more,
    )


def chunk(index: int, text: str = "x") -> ReplyChunk:
    return ReplyChunk(reply_id="r1", in_reply_to="m1", conversation_id="c", index=index, text=text)


def receipt(number: int = 1) -> DeliveryReceipt:
    return DeliveryReceipt(receipt_id=f"d{number}", reply_id=f"r{number}", conversation_id="c", occurred_at="")


def hub(*events: Event, caught_up: bool = True) -> Hub:
    made = Hub(Ledger(keep_s=600, most=100), lambda: 0.0, room=8, vault=Vault(MemoryKafka(), b"", lambda: 0.0))
    made.take(Batch(events, caught_up))
    return made


async def waiting(mailbox: Mailbox) -> list[dict[str, Any]]:
    """What the mailbox holds now."""
    found = []
    while True:
        try:
            async with asyncio.timeout(0.01):
                found.append(msgspec.json.decode((await mailbox.next()).text))
        except TimeoutError:
            return found


async def kinds(mailbox: Mailbox) -> list[str]:
    return [frame["type"] for frame in await waiting(mailbox)]


def test_a_reply_counts_once_however_often_it_comes() -> None:
    ledger = Ledger(keep_s=600, most=100)
    assert [ledger.add(reply(), 0.0), ledger.add(reply(), 1.0)] == [True, False]
    assert ledger.missed("c") == [reply()]


@pytest.mark.parametrize("receipt_first", [True, False])
def test_a_delivered_reply_is_not_missed_whichever_is_read_first(receipt_first: bool) -> None:
    ledger = Ledger(keep_s=600, most=100)
    if receipt_first:
        assert ledger.deliver("r1") and ledger.add(reply(), 0.0)
    else:
        assert ledger.add(reply(), 0.0) and ledger.deliver("r1")
    assert ledger.missed("c") == []
    assert not ledger.deliver("r1")


def test_the_ledger_forgets_by_age_and_by_number() -> None:
    ledger = Ledger(keep_s=10, most=2)
    ledger.add(reply(1), 0.0)
    ledger.add(reply(2, in_reply_to_all=("m2", "m9")), 9.0)
    assert ledger.answer_to("m9") == reply(2, in_reply_to_all=("m2", "m9"))
    ledger.add(reply(3), 10.5)
    assert [one.reply_id for one in ledger.missed("c")] == ["r2", "r3"]
    ledger.add(reply(4), 11.0)
    assert [one.reply_id for one in ledger.missed("c")] == ["r3", "r4"]
    assert ledger.answer_to("m9") is None and ledger.get("r1") is None


async def test_a_socket_begins_with_the_status_and_with_what_was_missed() -> None:
    made = hub(reply(1), reply(2), receipt(1), reply(3, "other"))
    with made.mailbox("c") as mailbox:
        found = await waiting(mailbox)
    assert found[0] == {
        "type": "status",
        "models": "offline",
        "reason": "no inference worker has reported yet",
        "conversation_id": "c",
    }
    assert [frame["reply_id"] for frame in found[1:]] == ["r2"]


async def test_no_reply_before_its_receipt_can_have_been_read() -> None:
    made = hub(reply(1), reply(2), caught_up=False)
    assert await made.problem()
    with made.mailbox("c") as mailbox:
        assert await kinds(mailbox) == ["status"]
        made.take(Batch([receipt(1)], True))
        assert [frame["reply_id"] for frame in await waiting(mailbox)] == ["r2"]
    assert await made.problem() is None


async def test_pieces_come_in_order_without_repeats_and_end_with_the_reply() -> None:
    made = hub()
    with made.mailbox("c") as mailbox:
        made.take(Batch([chunk(0), chunk(1), chunk(1), chunk(2), reply(), chunk(3), reply()], True))
        found = (await waiting(mailbox))[1:]
    assert [frame.get("index", frame["type"]) for frame in found] == [0, 1, 2, "reply"]


async def test_who_comes_in_the_middle_of_a_draft_waits_for_its_reply_or_its_next_beginning() -> None:
    made = hub(chunk(0))
    with made.mailbox("c") as mailbox:
        made.take(Batch([chunk(1), chunk(0, "again"), chunk(1), reply()], True))
        found = (await waiting(mailbox))[1:]
    assert [frame.get("index", frame["type"]) for frame in found] == [0, 1, "reply"]


async def test_all_sockets_of_a_conversation_get_the_reply_and_no_other_does() -> None:
    made = hub()
    with made.mailbox("c") as one, made.mailbox("c") as two, made.mailbox("d") as other:
        made.take(Batch([reply()], True))
        assert [await kinds(mailbox) for mailbox in (one, two, other)] == [["status", "reply"]] * 2 + [["status"]]


async def test_a_slow_socket_loses_pieces_first_and_then_its_connection() -> None:
    mailbox = Mailbox("c", 8)
    for index in range(20):
        mailbox.chunk(chunk(index))
    mailbox.reply(reply(1), reply(1))
    found = await waiting(mailbox)
    assert [frame["type"] for frame in found] == ["chunk"] * 5 + ["reply"]
    for number in range(9):
        mailbox.reply(reply(number), reply(number))
    with pytest.raises(Overrun):
        await mailbox.next()


async def test_a_long_absence_is_no_overrun() -> None:
    made = hub(*(reply(number) for number in range(50)))
    with made.mailbox("c") as mailbox:
        assert len(await waiting(mailbox)) == 51


async def test_a_query_gets_the_answer_to_its_message_also_out_of_a_burst() -> None:
    made = hub()
    with made.answer_to("m7") as future, made.answer_to("m1") as same:
        made.take(Batch([reply(1, in_reply_to_all=("m1", "m7"))], True))
        assert (await future).reply_id == (await same).reply_id == "r1"
    with made.answer_to("m7") as again:
        assert again.done()


async def test_the_models_status_is_told_when_it_changes() -> None:
    made = hub()
    online = Setting(name=desk.MODELS, value={"status": "online"}, occurred_at="")
    with made.mailbox("c") as mailbox:
        made.take(Batch([online, online, Setting(name=desk.MODELS, occurred_at="")], True))
        assert [frame["models"] for frame in await waiting(mailbox)] == ["offline", "online", "offline"]
    assert frames.MODELS_SETTING == desk.MODELS
