"""Catching up after an assignment: known ends are waited for, unknown ones too, and nothing for ever."""

from streams.catching_up import PATIENCE_S, CatchingUp
from streams.progress import Place

HERE, THERE = Place("results", 1), Place("inbound", 1)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_is_done_once_every_partition_was_worked_through_to_its_end() -> None:
    catching_up, done = CatchingUp(Clock()), dict[Place, int]()
    catching_up.begin()
    assert catching_up.looks
    assert not catching_up.done
    catching_up.found({HERE: 3, THERE: 5})
    for place, offset in ((HERE, 2), (THERE, 5), (HERE, 3)):
        assert not catching_up.done
        done[place] = offset
        catching_up.went_on(lambda place, end: done.get(place, 0) >= end)
    assert catching_up.done


def test_what_was_worked_through_once_stays_so_until_the_next_assignment() -> None:
    catching_up = CatchingUp(Clock())
    catching_up.found({HERE: 3})
    catching_up.went_on(lambda place, end: True)
    catching_up.went_on(lambda place, end: False)
    assert catching_up.done
    catching_up.begin()
    assert not catching_up.done


def test_an_assignment_of_nothing_is_done_when_that_is_known() -> None:
    catching_up = CatchingUp(Clock())
    catching_up.found({})
    assert catching_up.done


def test_nobody_waits_for_ever() -> None:
    clock = Clock()
    catching_up = CatchingUp(clock)
    catching_up.found({HERE: 3})
    clock.now += PATIENCE_S
    assert not catching_up.done
    clock.now += 0.1
    assert catching_up.done
