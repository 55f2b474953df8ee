"""The guard round every step: good records go on, bad ones and bugs become dead letters, nothing leaves the loop."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from agents.guard import BUGS_IN_A_ROW
from agents.intake import Inputs
from agents.pace import Pace
from agents.ports import Record, When
from agents.runtime import Runtime
from schemas.topics import MAX_RECORD_BYTES, Send, Topic
from streams.progress import Place
from tests.fakes import Ended, FakeApp, FakeMeter, FakePort, FakeRecord
from tests.programs.counting import Chat, Counted, read, topics_of

SOURCE, TARGET = topics_of("chats")
MOVED = Topic("chats-moved", Chat, "conversation_id", None, "")


def chat(number: int, *, key: str = "c1", text: str = "", offset: int | None = None) -> FakeRecord:
    value = msgspec.json.encode(Chat(id=str(number), conversation_id=key, text=text))
    return FakeRecord("chats", 0, number if offset is None else offset, key.encode(), value)


def count(state: Counted, event: Chat, when: When) -> tuple[Counted, list[Send]]:
    if event.text == "bug":
        raise RuntimeError("a bug in the step")
    now = Counted(state.seen + 1)
    return now, [Send(TARGET, msgspec.structs.replace(event, seen=now.seen))]


class Bench:
    """A runtime on the in-memory port."""

    def __init__(self) -> None:
        self.app, self.port, self.meter = FakeApp(), FakePort(), FakeMeter()
        self.runtime = Runtime(self.app, self.port, self.meter, clock=lambda: 2.0, ticks=lambda: 0.0)  # type: ignore[arg-type]

    def counting(self, **inputs: Any) -> "Bench":
        self.runtime.stateful("count", Inputs({SOURCE: read}, **inputs), state=Counted, step=count)
        return self

    def seen(self) -> list[tuple[str, int]]:
        return [(value["id"], value["seen"]) for value in self.port.to("chats-out")]


async def test_state_goes_from_record_to_record_within_and_across_batches() -> None:
    bench = Bench().counting()
    await bench.app.feed([chat(0), chat(1), chat(2, key="c2")], [chat(3)])
    assert bench.seen() == [("0", 1), ("1", 2), ("2", 1), ("3", 3)]


async def test_a_step_that_answers_without_a_state_has_it_forgotten() -> None:
    def forgetful(state: Counted, event: Chat, when: When) -> tuple[Counted | None, list[Send]]:
        now, sends = count(state, event, when)
        return (None if event.text == "forget" else now), sends

    bench = Bench()
    bench.runtime.stateful("count", Inputs({SOURCE: read}), state=Counted, step=forgetful)
    await bench.app.feed([chat(0), chat(1, text="forget")])
    assert bench.port.kept.stored == {}
    await bench.app.feed([chat(2)])
    assert bench.seen() == [("0", 1), ("1", 2), ("2", 1)]


async def test_a_record_that_comes_again_after_a_restart_changes_nothing() -> None:
    bench = Bench().counting()
    await bench.app.feed([chat(0), chat(1)])
    bench.port.progress.forget()
    await bench.app.feed([chat(0), chat(1), chat(2)])
    assert bench.seen() == [("0", 1), ("1", 2), ("2", 3)]


async def test_a_record_that_comes_again_in_the_same_assignment_is_not_worked_on() -> None:
    bench = Bench().counting()
    await bench.app.feed([chat(0), chat(1)], [chat(1), chat(2)])
    assert [number for number, _ in bench.seen()] == ["0", "1", "2"]


async def test_a_bad_record_becomes_a_dead_letter_and_holds_up_nobody() -> None:
    bench = Bench().counting()
    bad = FakeRecord("chats", 0, 1, b"c1", b"{broken")
    await bench.app.feed([chat(0), bad, chat(2)])
    assert bench.seen() == [("0", 1), ("2", 2)]
    (letter,) = [sent for sent in bench.port.sent if sent[0] == "dlq.chats"]
    assert letter[1:3] == (b"c1", b"{broken")
    assert letter[3]["__dlq.errors.topic"] == b"chats"
    assert letter[3]["__dlq.errors.offset"] == b"1"
    assert letter[3]["__dlq.errors.class"] == b"Rejected"
    assert b"not a chat" in letter[3]["__dlq.errors.message"]


async def test_a_bug_in_the_step_becomes_a_dead_letter_marked_so() -> None:
    bench = Bench().counting()
    await bench.app.feed([chat(0), chat(1, text="bug"), chat(2)])
    assert bench.seen() == [("0", 1), ("2", 2)]
    assert bench.meter.dead == [("chats", "Bug")]


async def test_bugs_in_a_row_end_the_process_and_leave_the_stretch_uncommitted() -> None:
    bench = Bench().counting()
    with pytest.raises(Ended, match="in a row"):
        await bench.app.feed([chat(number, text="bug") for number in range(BUGS_IN_A_ROW)])
    assert bench.port.progress.committable() == {("chats", 0): Pace().size}


async def test_a_bug_in_prepare_hits_only_the_record_that_has_it() -> None:
    def prepare(events: Sequence[Chat]) -> Sequence[Chat]:
        if any(event.text == "odd" for event in events):
            raise ValueError("odd")
        return events

    bench = Bench().counting(prepare=prepare)
    await bench.app.feed([chat(0), chat(1, text="odd"), chat(2)])
    assert [number for number, _ in bench.seen()] == ["0", "2"]
    assert bench.meter.dead == [("chats", "Bug")]


async def test_an_answer_too_large_for_the_topics_is_put_aside_and_nothing_of_it_is_sent() -> None:
    def swell(event: Chat, when: When) -> list[Send]:
        return [Send(TARGET, event), Send(TARGET, msgspec.structs.replace(event, text="x" * 1_100_000))]

    bench = Bench()
    bench.runtime.stateless("swell", Inputs({SOURCE: read}), swell)
    await bench.app.feed([chat(number) for number in range(2 * BUGS_IN_A_ROW)])
    assert bench.seen() == []
    assert bench.meter.dead == [("chats", "Rejected")] * 2 * BUGS_IN_A_ROW


async def test_a_record_of_any_size_becomes_a_dead_letter_that_the_topic_takes() -> None:
    bench = Bench().counting()
    headers = [("h", b"x" * 3_000_000)]
    await bench.app.feed([
        FakeRecord("chats", 0, 0, b"k" * 3_000_000, b"{" * 5_000_000, headers=headers),
        FakeRecord("chats", 0, 1, b"c1", None, headers=headers),
        chat(2),
    ])  # fmt: skip
    assert bench.seen() == [("2", 1)]
    for _, key, value, told in [sent for sent in bench.port.sent if sent[0] == "dlq.chats"]:
        whole = len(key or b"") + len(value or b"") + sum(len(name) + len(text) for name, text in told.items())
        assert whole <= 2 * MAX_RECORD_BYTES
        assert told["__dlq.errors.cut"]
        assert "h" not in told


async def test_an_event_away_from_its_home_is_passed_on_and_not_worked_on() -> None:
    bench = Bench().counting(rehomed={SOURCE.name: MOVED})
    bench.port.homes[b"far"] = 3
    await bench.app.feed([chat(0, key="far"), chat(1)])
    assert bench.seen() == [("1", 1)]
    assert [value["conversation_id"] for value in bench.port.to("chats-moved")] == ["far"]


async def test_an_event_of_a_topic_that_is_not_moved_is_worked_on_where_it_is() -> None:
    bench = Bench().counting(rehomed={"others": MOVED})
    bench.port.homes[b"far"] = 3
    await bench.app.feed([chat(0, key="far")])
    assert bench.seen() == [("0", 1)]


async def test_a_batch_of_a_partition_that_went_away_is_left_alone() -> None:
    bench = Bench().counting()
    bench.port.owned = False
    await bench.app.feed([chat(0)])
    assert bench.port.sent == []
    assert bench.port.progress.committable() == {}


async def test_asking_commits_below_the_lowest_unfinished() -> None:
    doors = {str(number): asyncio.Event() for number in range(3)}

    async def ask(event: Chat, when: When) -> list[Send]:
        await doors[event.id].wait()
        return [Send(TARGET, event)]

    bench = Bench()
    bench.runtime.asking("ask", Inputs({SOURCE: read}), ask, at_once=asyncio.Semaphore(10))
    await bench.app.feed([chat(0)], [chat(1)], [chat(2)])
    committable = []
    for number in ("2", "0", "1"):
        doors[number].set()
        await asyncio.sleep(0.01)
        committable.append(bench.port.progress.committable()[Place("chats", 0)])
    assert committable == [0, 1, 3]
    assert [number for number, _ in bench.seen()] == ["2", "0", "1"]


async def test_asking_takes_no_more_than_allowed_at_once() -> None:
    door, inside = asyncio.Event(), 0

    async def ask(event: Chat, when: When) -> list[Send]:
        nonlocal inside
        inside += 1
        await door.wait()
        return []

    bench = Bench()
    bench.runtime.asking("ask", Inputs({SOURCE: read}), ask, at_once=asyncio.Semaphore(2))
    feeding = asyncio.create_task(bench.app.feed([chat(0), chat(1), chat(2)]))
    await asyncio.sleep(0.01)
    assert inside == 2
    door.set()
    await feeding


async def test_asking_leaves_a_batch_alone_whose_partition_went_away() -> None:
    bench, asked = Bench(), []

    async def ask(event: Chat, when: When) -> list[Send]:
        asked.append(event.id)
        return []

    bench.runtime.asking("ask", Inputs({SOURCE: read}), ask, at_once=asyncio.Semaphore(2))
    bench.port.owned = False
    await bench.app.feed([chat(0)])
    assert asked == []
    assert bench.port.progress.committable() == {}


async def test_asking_ends_the_process_when_an_answer_cannot_be_sent() -> None:
    async def ask(event: Chat, when: When) -> list[Send]:
        return [Send(TARGET, event)]

    bench, ends = Bench(), list[str]()
    bench.port.send = lambda *_: 1 / 0  # type: ignore[assignment,method-assign]
    bench.port.end = ends.append  # type: ignore[assignment,method-assign]
    bench.runtime.asking("ask", Inputs({SOURCE: read}), ask, at_once=asyncio.Semaphore(2))
    await bench.app.feed([chat(0)])
    await asyncio.sleep(0.01)
    assert ends == ["ask cannot go on: division by zero"]


async def test_a_bad_record_whose_rejection_is_too_large_to_tell_is_put_aside_all_the_same() -> None:
    def rejected(record: Record, reason: str, when: When) -> list[Send]:
        return [Send(TARGET, Chat(id="?", conversation_id="x" * 1_100_000))]

    bench = Bench().counting(rejected=rejected)
    await bench.app.feed([FakeRecord("chats", 0, 0, b"c1", b"{broken"), chat(1)])
    assert bench.meter.dead == [("chats", "Rejected")]
    assert bench.seen() == [("1", 1)]


async def test_an_event_too_large_to_be_moved_home_is_rejected() -> None:
    bench = Bench().counting(rehomed={SOURCE.name: MOVED})
    bench.port.homes[b"far"] = 3
    await bench.app.feed([chat(0, key="far", text="x" * 1_048_000), chat(1)])
    assert bench.meter.dead == [("chats", "Rejected")]
    assert bench.seen() == [("1", 1)]


async def test_a_key_counts_towards_the_size_of_an_answer() -> None:
    bench = Bench().counting()
    await bench.app.feed([chat(0, key="k" * 600_000), chat(1)])
    assert bench.meter.dead == [("chats", "Rejected")]
    assert bench.seen() == [("1", 1)]
