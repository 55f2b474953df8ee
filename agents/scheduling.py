"""Scheduling: which model server takes a question, from what is known of the servers; a pure function of it.

The rule is earliest expected completion: a server that holds the conversation in its prompt cache reads less, a slow
one takes what it can finish first, a full one is waited for where that is sooner than starting anew elsewhere.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

WEIGHT = 0.2
"""Weight of a call in the moving means of a server's rates."""
FORGET_S = 120.0
"""After so many seconds without a call half of what sets a server apart is forgotten: it is tried again."""
PATIENCE = 3.0
"""A second of waiting for a full server counts as so many: when it will be free is a guess, what is free now is not."""
GUESS = (0.0005, 0.02, 3.0)
"""Seconds a prompt token, an answer token and a loading of a model, before anything was measured."""


class Work(NamedTuple):
    """A question as its cost: tokens to read, tokens to write (expected), and whose conversation it continues."""

    conversation: str
    model: str
    prompt: float
    answer: float


@dataclass(slots=True)
class Rates:
    """Moving means: seconds a prompt token (read anew), an answer token, and a loading; None before the first."""

    prefill: float | None = None
    decode: float | None = None
    load: float | None = None
    at: float = -math.inf

    def saw(
        self, now: float, *, prefill: float | None = None, decode: float | None = None, load: float | None = None
    ) -> None:
        """A call has shown these seconds."""
        self.prefill, self.decode, self.load = (
            mean if seen is None else seen if mean is None else mean + WEIGHT * (seen - mean)
            for mean, seen in ((self.prefill, prefill), (self.decode, decode), (self.load, load))
        )
        self.at = now


@dataclass(slots=True)
class Load:
    """What is known of one server. ``running`` maps a question's id to when (seconds) its end is expected."""

    slots: int
    rates: Rates = field(default_factory=Rates)
    running: dict[str, float] = field(default_factory=dict)
    cached: "OrderedDict[str, float]" = field(default_factory=OrderedDict)
    models: set[str] = field(default_factory=set)

    @property
    def free(self) -> int:
        return self.slots - len(self.running)

    def began(self, question: str, ends: float) -> None:
        self.running[question] = ends

    def ended(self, question: str, work: Work | None) -> None:
        """A question is over; where it was answered its conversation now stands in a slot's prompt cache."""
        self.running.pop(question, None)
        if work is None:
            self.cached.clear()
            return
        self.models.add(work.model)
        self.cached[work.conversation] = work.prompt + work.answer
        self.cached.move_to_end(work.conversation)
        while len(self.cached) > max(1, self.slots):
            self.cached.popitem(last=False)


class Choice(NamedTuple):
    """``server`` is the place in the list of loads; ``starts`` and ``ends`` are expected, in seconds."""

    server: int
    starts: float
    ends: float


def choose(work: Work, loads: Sequence[Load], now: float, *, but: Iterable[int] = ()) -> Choice | None:
    """The server on which the question is expected to be finished first; None where none may be asked.

    Where ``starts`` lies after ``now`` the question waits for that server. Equal ends go to the emptier server.
    """
    passed, usual = frozenset(but), _usual(loads)
    best: tuple[float, float, int] | None = None
    for place, load in enumerate(loads):
        if load.slots < 1 or place in passed:
            continue
        cost = (_starts(load, now) - now) * PATIENCE + seconds(work, load, usual, now)
        candidate = (cost, len(load.running) / load.slots, place)
        if best is None or candidate < best:
            best = candidate
    if best is None:
        return None
    load = loads[best[2]]
    starts = _starts(load, now)
    return Choice(best[2], starts, starts + seconds(work, load, usual, now))


def seconds(work: Work, load: Load, usual: tuple[float, float, float], now: float) -> float:
    """The seconds that a server is expected to take for a question, once it has a slot for it."""
    prefill, decode, loading = _rates(load.rates, usual, now)
    fresh = max(0.0, work.prompt - load.cached.get(work.conversation, 0.0))
    ready = not load.models or work.model in load.models
    return (0.0 if ready else loading) + fresh * prefill + work.answer * decode


def _starts(load: Load, now: float) -> float:
    """When a slot is expected to be free: now, or when enough of the running questions are over.

    What is overdue is expected to take as long again as it is overdue: nobody waits for a server that hangs.
    """
    waiting = len(load.running) - load.slots
    if waiting < 0:
        return now
    return sorted(end if end >= now else now + (now - end) for end in load.running.values())[waiting]


def _rates(rates: Rates, usual: tuple[float, float, float], now: float) -> tuple[float, float, float]:
    """A server's rates, drawn towards the usual ones the longer nothing was heard of it."""
    fresh = 0.5 ** (max(0.0, now - rates.at) / FORGET_S) if rates.at > -math.inf else 0.0
    return (
        _drawn(rates.prefill, usual[0], fresh),
        _drawn(rates.decode, usual[1], fresh),
        _drawn(rates.load, usual[2], fresh),
    )


def _drawn(own: float | None, usual: float, fresh: float) -> float:
    return usual if own is None else usual + fresh * (own - usual)


def _usual(loads: Sequence[Load]) -> tuple[float, float, float]:
    """The best known rates of the servers: what a server may be hoped to do."""
    rates = [load.rates for load in loads]
    return (
        _best((one.prefill for one in rates), GUESS[0]),
        _best((one.decode for one in rates), GUESS[1]),
        _best((one.load for one in rates), GUESS[2]),
    )


def _best(seen: Iterable[float | None], otherwise: float) -> float:
    return min((rate for rate in seen if rate is not None), default=otherwise)


def shared(slots: int, partitions: Iterable[int], of: int, turn: int = 0) -> int:
    """The part of a server's slots that a worker with these of ``of`` partitions has.

    Each partition owns the slots between two marks, so the parts of all workers together are ``slots``, without talk.
    ``turn`` (the server's place in the list) moves the marks: where slots are few, not always the same worker has none.
    """
    marks = ((place + turn) % of for place in partitions)
    return sum(slots * (mark + 1) // of - slots * mark // of for mark in marks)
