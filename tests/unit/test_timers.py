"""Timers: set by a step, kept with the state, fired once, moved and taken back."""

from typing import Any

import msgspec

from agents.guard import BUGS_IN_A_ROW
from agents.intake import Inputs
from agents.ports import Wake, When, Woken
from agents.runtime import Runtime
from schemas.topics import Send
from tests.fakes import FakeApp, FakeMeter, FakePort, FakeRecord
from tests.programs.counting import Chat, Counted, read, topics_of

SOURCE, TARGET = topics_of("chats")


def remind(state: Counted, event: Chat | Woken, when: When) -> tuple[Counted, list[Send | Wake]]:
    """``set AT``, ``cancel``: the timer of the chat's conversation; each firing is told with its times."""
    now = Counted(state.seen + 1)
    if isinstance(event, Woken):
        if event.what == "bug":
            raise RuntimeError("a bug at a timer")
        text = f"{event.what} due {event.at} at {when.now}, state {state.seen}"
        return now, [Send(TARGET, Chat(id="woken", conversation_id=event.conversation_id, text=text))]
    verb, _, at = event.text.partition(" ")
    return now, [Wake(float(at) if verb == "set" else None, event.id)]


class Desk:
    """A runtime whose clock the test turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.app, self.port, self.meter = FakeApp(), FakePort(), FakeMeter()
        self.runtime = Runtime(self.app, self.port, self.meter, clock=lambda: self.now, ticks=lambda: 0.0)  # type: ignore[arg-type]
        self.runtime.stateful("remind", Inputs({SOURCE: read}), state=Counted, step=remind)
        self._offset = 0

    async def say(self, text: str, what: str = "call", key: str = "c1") -> None:
        value = msgspec.json.encode(Chat(id=what, conversation_id=key, text=text))
        await self.app.feed([FakeRecord("chats", 0, self._offset, key.encode(), value)])
        self._offset += 1

    async def at(self, now: float) -> list[Any]:
        """What was told, all in all, once the clock stands there."""
        self.now = now
        for ring in self.runtime._rings:
            await ring()
        return [value["text"] for value in self.port.to("chats-out")]


async def test_a_timer_fires_once_when_its_time_has_come() -> None:
    desk = Desk()
    await desk.say("set 10")
    assert await desk.at(9.9) == []
    assert await desk.at(10.5) == ["call due 10.0 at 10.5, state 1"]
    assert len(await desk.at(11)) == 1
    assert desk.port.kept.get(0, b"c1").state == Counted(2)


async def test_the_same_timer_set_again_moves() -> None:
    desk = Desk()
    await desk.say("set 10")
    await desk.say("set 20")
    assert await desk.at(15) == []
    assert len(await desk.at(20)) == 1


async def test_a_timer_taken_back_does_not_fire() -> None:
    desk = Desk()
    await desk.say("set 10")
    await desk.say("set 11", what="other")
    await desk.say("cancel")
    assert [text.split()[0] for text in await desk.at(12)] == ["other"]


async def test_timers_fire_in_the_order_of_their_times() -> None:
    desk = Desk()
    for what, at, key in (("late", 9, "c1"), ("early", 3, "c2"), ("middle", 5, "c3")):
        await desk.say(f"set {at}", what, key)
    assert [text.split()[0] for text in await desk.at(10)] == ["early", "middle", "late"]


async def test_a_timer_whose_step_has_a_bug_is_over_and_holds_up_nobody() -> None:
    desk = Desk()
    await desk.say("set 1", "bug")
    await desk.say("set 2", "call")
    assert len(await desk.at(5)) == 1
    assert len(await desk.at(6)) == 1
    assert desk.meter.dead == [("timers", "Bug")]
    assert desk.port.kept.get(0, b"c1").wakes == {}


async def test_bugs_at_timers_in_a_row_end_the_process() -> None:
    desk, ends = Desk(), list[str]()
    desk.port.end = ends.append  # type: ignore[assignment,method-assign]
    for number in range(BUGS_IN_A_ROW):
        await desk.say("set 1", "bug", f"c{number}")
    await desk.at(2)
    assert ["in a row" in end for end in ends] == [True]


async def test_no_timer_fires_while_the_states_are_closed() -> None:
    desk = Desk()
    await desk.say("set 1")
    desk.port.kept.opened = False
    assert await desk.at(2) == []
    desk.port.kept.opened = True
    assert len(await desk.at(2)) == 1


async def test_a_timer_waits_until_what_has_come_meanwhile_was_worked_on() -> None:
    """After a restart: what it would give up may be there already, and takes the timer back."""
    desk = Desk()
    await desk.say("set 10")
    await desk.say("set 10", key="c2")
    desk.port.caught_up = False
    assert await desk.at(11) == []
    await desk.say("cancel")
    desk.port.caught_up = True
    assert len(await desk.at(12)) == 1
