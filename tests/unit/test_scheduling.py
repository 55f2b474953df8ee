"""Which server takes a question: the one that is expected to be done with it first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.scheduling import FORGET_S, Load, Rates, Work, choose, seconds, shared

NOW = 1000.0
WORK = Work("c1", "tiny", 1000.0, 100.0)


def load(slots: int = 2, *, prefill: float = 0.001, decode: float = 0.01, running: int = 0, ends: float = 5.0) -> Load:
    """A server with measured rates that is busy with so many questions for so many seconds more."""
    rates = Rates(prefill, decode, 4.0, NOW)
    return Load(slots, rates, {f"q{number}": NOW + ends for number in range(running)}, models={"tiny"})


def chosen(*loads: Load, work: Work = WORK) -> int | None:
    choice = choose(work, loads, NOW)
    return None if choice is None else choice.server


def test_equal_servers_are_taken_by_the_emptier_one() -> None:
    assert chosen(load(running=1), load()) == 1


def test_the_server_that_holds_the_conversation_reads_less() -> None:
    knows = load()
    knows.ended("earlier", WORK)
    assert chosen(load(), knows) == 1
    assert choose(Work("c2", "tiny", 1000.0, 100.0), [load(), knows], NOW) == choose(WORK, [load(), load()], NOW)


def test_it_is_waited_for_while_that_is_sooner_than_reading_anew_elsewhere() -> None:
    def knows(ends: float) -> Load:
        busy = load(1, running=1, ends=ends)
        busy.cached["c1"] = 1000.0
        return busy

    assert chosen(load(), knows(0.2)) == 1
    assert chosen(load(), knows(2.0)) == 0


def test_a_slow_server_gets_what_it_can_finish_first() -> None:
    slow = load(decode=0.04)
    assert chosen(slow, load()) == 1
    assert chosen(slow, load(1, running=1, ends=0.5)) == 1
    assert chosen(slow, load(1, running=1, ends=9.0)) == 0


def test_a_model_that_is_not_loaded_costs_its_loading() -> None:
    other = load()
    other.models = {"big"}
    assert chosen(other, load(1, running=1, ends=1.0)) == 1
    assert chosen(other, load(1, running=1, ends=9.0)) == 0


def test_what_is_overdue_is_not_waited_for() -> None:
    hangs = load(1, running=1, ends=-60.0)
    hangs.cached["c1"] = 1000.0
    assert chosen(hangs, load(decode=0.05)) == 1


def test_a_server_of_which_nothing_was_heard_for_long_is_hoped_to_be_as_good_as_the_others() -> None:
    slow = load(decode=0.04)
    later = NOW + 20 * FORGET_S
    fast = load()
    fast.rates.at = later
    usual = (0.001, 0.01, 4.0)
    assert seconds(WORK, slow, usual, NOW) == pytest.approx(1.0 + 4.0)
    assert seconds(WORK, slow, usual, later) == pytest.approx(1.0 + 1.0, abs=0.01)


def test_nobody_who_may_be_asked_is_nobody() -> None:
    assert chosen() is None
    assert chosen(load(0)) is None
    assert choose(WORK, [load()], NOW, but=[0]) is None


def test_a_failed_server_has_lost_its_cache() -> None:
    knows = load()
    knows.ended("earlier", WORK)
    knows.ended("q", None)
    assert not knows.cached


def test_no_more_conversations_are_held_than_there_are_slots() -> None:
    knows = load(2)
    for number in range(5):
        knows.ended("q", Work(f"c{number}", "tiny", 10.0, 10.0))
    assert list(knows.cached) == ["c3", "c4"]


@given(st.integers(1, 64), st.integers(1, 40), st.integers(1, 12), st.integers(0, 9), st.randoms())
def test_the_parts_of_all_workers_are_the_slots(slots: int, of: int, workers: int, turn: int, random: object) -> None:
    parts: list[set[int]] = [set() for _ in range(workers)]
    for partition in range(of):
        random.choice(parts).add(partition)  # type: ignore[attr-defined]
    assert sum(shared(slots, part, of, turn) for part in parts) == slots


def test_a_worker_with_half_of_the_partitions_has_half_of_the_slots() -> None:
    assert shared(4, range(6), 12) == shared(4, range(6, 12), 12) == 2
    assert [shared(1, range(6), 12, turn) for turn in range(12)].count(1) == 6
