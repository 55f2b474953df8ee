"""Breaker: stops asking what fails too often, and tries it again with care. Pure: time comes in as data.

Closed: all calls pass. Too many errors in the window open it: no call passes. After a while it is half open: one call
at a time passes as a probe; enough good ones close it, a bad one opens it again, for twice as long.
"""

from typing import Literal

import msgspec

State = Literal["closed", "open", "half_open"]


class Limits(msgspec.Struct, frozen=True):
    """``share`` of errors (more than this opens), at least ``errors`` of them in ``window`` seconds.

    ``rest`` and ``longest`` are the seconds that it stays open, at first and at most; ``probes`` good calls close it.
    """

    share: float = 0.05
    errors: int = 3
    window: float = 30.0
    rest: float = 2.0
    longest: float = 30.0
    probes: int = 2


class Breaker(msgspec.Struct, frozen=True):
    """``calls`` and ``errors`` of this half of the window and of the one before; ``until`` when it is open; seconds."""

    state: State = "closed"
    since: float = 0.0
    calls: tuple[int, int] = (0, 0)
    errors: tuple[int, int] = (0, 0)
    until: float = 0.0
    rest: float = 0.0
    probing: int = 0
    good: int = 0


def allows(breaker: Breaker, now: float) -> bool:
    """Whether a call may pass now."""
    if breaker.state == "closed":
        return True
    if breaker.state == "open":
        return now >= breaker.until
    return breaker.probing == 0


def began(breaker: Breaker, now: float) -> Breaker:
    """A call passes: where the breaker was open it is half open now, with this call as its probe."""
    if breaker.state == "closed":
        return breaker
    return msgspec.structs.replace(breaker, state="half_open", probing=breaker.probing + 1)


def ended(breaker: Breaker, now: float, limits: Limits, *, good: bool) -> Breaker:
    """A call is over."""
    if breaker.state == "half_open":
        return _probed(breaker, now, limits, good=good)
    breaker = _counted(breaker, now, limits, good=good)
    calls, errors = sum(breaker.calls), sum(breaker.errors)
    if breaker.state == "closed" and errors >= limits.errors and errors > limits.share * calls:
        return opened(now, limits.rest)
    return breaker


def left(breaker: Breaker) -> Breaker:
    """A call was given up by who asked: it says nothing about the other side."""
    return msgspec.structs.replace(breaker, probing=max(0, breaker.probing - 1))


def opened(now: float, rest: float) -> Breaker:
    """Open for so many seconds."""
    return Breaker(state="open", since=now, until=now + rest, rest=rest)


def _probed(breaker: Breaker, now: float, limits: Limits, *, good: bool) -> Breaker:
    if not good:
        return opened(now, min(2 * breaker.rest, limits.longest))
    if breaker.good + 1 >= limits.probes:
        return Breaker(since=now)
    return msgspec.structs.replace(breaker, probing=max(0, breaker.probing - 1), good=breaker.good + 1)


def _counted(breaker: Breaker, now: float, limits: Limits, *, good: bool) -> Breaker:
    halves = int((now - breaker.since) // (limits.window / 2))
    calls, errors = breaker.calls, breaker.errors
    if halves == 1:
        calls, errors = (0, calls[0]), (0, errors[0])
    elif halves > 1:
        calls = errors = (0, 0)
    return msgspec.structs.replace(
        breaker,
        since=now if halves else breaker.since,
        calls=(calls[0] + 1, calls[1]),
        errors=(errors[0] + (not good), errors[1]),
    )
