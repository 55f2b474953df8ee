"""The breaker over time: when it opens, how it tries again, when it closes."""

from agents.breaker import Breaker, Limits, allows, began, ended, left, opened

LIMITS = Limits(share=0.05, errors=3, window=30.0, rest=2.0, longest=5.0, probes=2)


def after(*outcomes: tuple[float, bool], breaker: Breaker | None = None) -> Breaker:
    """The breaker after calls that ended so at these seconds."""
    breaker = breaker or Breaker()
    for at, good in outcomes:
        breaker = ended(began(breaker, at), at, LIMITS, good=good)
    return breaker


def test_it_opens_over_five_per_cent_of_errors_and_not_at_five() -> None:
    good = [(1.0, True)] * 57
    assert after(*good, *[(1.0, False)] * 3).state == "closed"
    assert after(*good[:56], *[(1.0, False)] * 3).state == "open"


def test_two_errors_are_no_reason() -> None:
    assert after((1.0, False), (1.1, False)).state == "closed"


def test_errors_that_are_long_past_do_not_count() -> None:
    assert after((1.0, False), (2.0, False), (40.0, False)).state == "closed"
    assert after((1.0, False), (2.0, False), (12.0, False)).state == "open"


def test_open_it_lets_nobody_pass_until_it_has_rested_then_one_at_a_time() -> None:
    breaker = opened(10.0, 2.0)
    assert [allows(breaker, at) for at in (10.0, 11.9, 12.0)] == [False, False, True]
    probing = began(breaker, 12.0)
    assert (probing.state, allows(probing, 12.5)) == ("half_open", False)


def test_enough_good_probes_close_it() -> None:
    half = after((12.0, True), breaker=opened(10.0, 2.0))
    assert (half.state, allows(half, 12.1)) == ("half_open", True)
    assert after((13.0, True), breaker=half) == Breaker(since=13.0)


def test_a_bad_probe_opens_it_again_for_twice_as_long_up_to_a_limit() -> None:
    again = after((12.0, False), breaker=opened(10.0, 2.0))
    assert (again.state, again.until) == ("open", 16.0)
    assert after((16.0, False), breaker=again).until == 16.0 + LIMITS.longest


def test_a_probe_that_was_given_up_makes_room_for_another() -> None:
    probing = began(opened(10.0, 2.0), 12.0)
    assert allows(left(probing), 12.1)
