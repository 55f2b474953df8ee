"""When to commit, and how much to work on in one stretch."""

from agents.pace import MOST, STRETCH_S, Pace
from streams.rhythm import GATHER_S, LONGEST_S, Rhythm


def pause(
    rhythm: Rhythm, *, waited: float = 0.0, since: float = 0.0, idle: bool = True, backlog: bool = False
) -> float:
    return rhythm.pause(waited_s=waited, since_last_s=since, idle=idle, backlog=backlog)


def test_in_transactions_an_idle_moment_is_used_at_once() -> None:
    assert pause(Rhythm(True, 0.1)) == 0


def test_an_idle_moment_is_left_to_work_for_as_long_as_the_last_commit_took() -> None:
    assert round(pause(Rhythm(True, 0.1, took_s=0.01), since=0.004), 6) == 0.006
    assert pause(Rhythm(True, 0.1, took_s=0.01), since=0.02) == 0
    assert round(pause(Rhythm(True, 0.1, took_s=5.0), since=0.04), 6) == 0.06


def test_records_are_gathered_where_they_would_wait_for_a_commit_anyway() -> None:
    assert Rhythm(True, 0.1).gather_s == GATHER_S
    assert Rhythm(False, 0.1).gather_s == 0


def test_in_transactions_a_backlog_waits_for_the_ceiling() -> None:
    rhythm = Rhythm(True, 0.1)
    assert round(pause(rhythm, waited=0.03, idle=False), 6) == 0.07
    assert round(pause(rhythm, waited=0.03, backlog=True), 6) == 0.07
    assert pause(rhythm, waited=0.2, idle=False) == 0


def test_dear_commits_come_less_often_up_to_a_limit() -> None:
    assert pause(Rhythm(True, 0.1, took_s=0.03), idle=False) == 0.3
    assert pause(Rhythm(True, 0.1, took_s=5.0), idle=False) == LONGEST_S


def test_at_least_once_commits_by_the_clock() -> None:
    rhythm = Rhythm(False, 0.1)
    assert round(pause(rhythm, since=0.04), 6) == 0.06
    assert pause(rhythm, since=0.2) == 0
    assert pause(rhythm, since=0.2, backlog=True) == LONGEST_S - 0.2


def test_a_stretch_grows_while_it_is_short_and_shrinks_at_once() -> None:
    pace = Pace()
    first = pace.size
    pace.took(first, STRETCH_S / 100)
    assert pace.size == 2 * first
    pace.took(pace.size, STRETCH_S * 8)
    assert pace.size == first // 4
    pace.took(pace.size, STRETCH_S * 1000)
    assert pace.size == 1


def test_a_stretch_has_a_limit_and_small_batches_teach_nothing() -> None:
    pace = Pace()
    for _ in range(20):
        pace.took(pace.size, 0.0)
    assert pace.size == MOST
    small = Pace()
    small.took(1, STRETCH_S / 1000)
    assert small.size == Pace().size
