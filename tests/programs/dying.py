"""Kills the process it runs in with -9 at a chosen point of a commit."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from streams.transaction import GIVE_UP_S, Transactions

POINTS = ("before the offsets", "before the commit", "in the commit", "after the commit")
COMMITS = 3
"""The commit in which it happens, counted from one."""


def die_at(point: str) -> None:
    """Die at the point of the third commit."""
    insist, seen = Transactions._insist, list[str]()

    def watched(self: Transactions, what: str, verb: Callable[[], Any], give_up_s: float = GIVE_UP_S) -> None:
        seen.append(what)
        due = seen.count(what) == COMMITS
        if due and (what, point) in {("the consumed offsets", POINTS[0]), ("the commit", POINTS[1])}:
            _die()
        if due and (what, point) == ("the commit", POINTS[2]):
            threading.Timer(0.001, _die).start()
        insist(self, what, verb, give_up_s)
        if due and (what, point) == ("the commit", POINTS[3]):
            _die()

    Transactions._insist = watched  # type: ignore[method-assign]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
