"""Every scripted conversation through the real dialogue: understanding, knowledge, tasks and rules are real."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas import times
from schemas.operations import HandoverEvent
from schemas.tools import ToolRequest
from tests.dialogues.business import Business
from tests.dialogues.runner import START, Played
from tests.dialogues.script import Given, Script, Turn, scripts, several

DAY = 86_400.0


@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.name)
def test_a_conversation_goes_as_it_should(script: Script) -> None:
    business = Business(START, tuple(map(_order, script.orders)))
    business.faults = {tool: list(outcomes) for tool, outcomes in script.faults.items()}  # type: ignore[arg-type]
    played = Played(business, model=script.model, burst=script.burst, packs=script.packs, seed=script.name)
    for number, turn in enumerate(script.turns, 1):
        _check(played, turn, f"turn {number}: {turn.say or turn.person or turn.wait}")
    business.close()


def test_there_are_conversations_of_every_kind() -> None:
    said = [text for script in scripts() for turn in script.turns for text in several(turn.say)]
    assert len(scripts()) >= 120
    assert sum(text.isascii() for text in said) >= 120
    assert sum(not text.isascii() for text in said) >= 120


def _check(played: Played, turn: Turn, where: str) -> None:
    replies, sent = len(played.replies), len(played.out)
    _act(played, turn)
    new = played.replies[replies:]
    shown = f"{where}\n{[(reply.source, reply.text) for reply in new]}"
    events = [send.event for send in played.out[sent:]]
    assert len(new) == (1 if turn.replies is None else turn.replies), shown
    assert list(_reasons(events)) == ([turn.handover] if turn.handover else []), shown
    _check_calls(turn, [event for event in events if isinstance(event, ToolRequest)], shown)
    if turn.task:
        assert (played.tasks or ["none"])[-1] == turn.task, shown
    if new:
        _check_reply(turn, new[-1], shown)


def _act(played: Played, turn: Turn) -> None:
    assert sum(map(bool, (turn.say, turn.person, turn.wait))) == 1, "one of say, person and wait"
    if turn.say:
        played.say(several(turn.say))
    elif turn.person:
        played.person(turn.person)
    else:
        played.wait(turn.wait)


def _reasons(events: list[Any]) -> Iterator[str]:
    return (event.reason for event in events if isinstance(event, HandoverEvent) and event.kind == "requested")


def _check_calls(turn: Turn, calls: list[ToolRequest], shown: str) -> None:
    wanted = [tool if isinstance(tool, str) else next(iter(tool)) for tool in turn.tools]
    assert [call.tool for call in calls] == wanted, shown
    for call, tool in zip(calls, turn.tools, strict=True):
        if isinstance(tool, dict):
            assert call.arguments | tool[call.tool] == call.arguments, f"{shown}\n{call.arguments}"


def _check_reply(turn: Turn, reply: Any, shown: str) -> None:
    low = reply.text.lower()
    assert not turn.source or reply.source == turn.source, shown
    assert [text for text in several(turn.text) if text.lower() not in low] == [], shown
    assert [text for text in several(turn.not_text) if text.lower() in low] == [], shown
    assert not turn.language or reply.language == turn.language, shown
    assert not turn.cites or turn.cites in {cited.article_id for cited in reply.citations}, shown
    assert not turn.to or max(len(reply.in_reply_to_all), 1) == turn.to, shown


def _order(given: Given) -> dict[str, Any]:
    days = {"placed_at": given.placed, "shipped_at": given.shipped, "delivered_at": given.delivered}
    moments = {name: times.rfc3339(START - ago * DAY) for name, ago in days.items() if ago is not None}
    parcel = {"carrier": "SF Express", "tracking_number": "SF0000012345678"} if given.shipped is not None else {}
    items = [{"sku": sku, "price": 99} for sku in given.items]
    return {"order_number": given.number, "customer": given.customer, "items": items, "address": "x"} | moments | parcel
