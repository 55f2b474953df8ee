"""The oracle of histories: the pure step folded over the log, which state, outputs and their order must equal."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from agents.ports import Kept, Record, Wake, When, Woken
from schemas.errors import Rejected
from tests.histories import ASKED, PASSED, SOURCES, Memory, Said, Told, read, repeated, step

Pairs = Sequence[tuple[Record, Said]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a log holds in the end: records of the sources as committed readers see them, and what came of them."""

    records: Sequence[Record]
    told: Sequence[Told]
    states: Mapping[bytes, Kept[Memory]]
    dead: Sequence[tuple[str, int, int]]
    """Topic, partition and offset of each dead letter."""


class Differs(AssertionError):
    """The log does not say what the oracle says."""


def check(given: Given, *, once: bool) -> None:
    """Compare with the oracle. ``once``: exactly once; else equal copies are allowed. Raises Differs."""
    good, bad = _sorted_out(given.records)
    dead = [(record.topic, record.partition, record.offset) for record in bad]
    _same("dead letters", _counted(given.dead, once), _counted(dead, once))
    for key in {said.conversation_id for _, said in good} | {told.conversation_id for told in given.told}:
        mine = [(record, said) for record, said in good if said.conversation_id == key]
        out = [told for told in given.told if told.conversation_id == key]
        _check_repeated(key, mine, out, once)
        stated = [pair for pair in mine if pair[1].source in SOURCES]
        told = [told for told in out if told.source not in (PASSED, ASKED)]
        state = _replayed(key, stated, told) if once else _folded(key, stated, told)
        stored = given.states.get(key.encode(), Kept(Memory()))
        _same(f"the timers of {key}", stored.wakes, {})
        _same(f"the state of {key}", stored.state, state)


def _counted(dead: Iterable[tuple[str, int, int]], once: bool) -> list[tuple[str, int, int]]:
    """Dead letters in a certain order, without those that may be repeated."""
    places = list(dead)
    repeated = {at for at in places if not once or at[0].startswith(ASKED)}
    return sorted([*repeated, *(at for at in places if at not in repeated)])


def _check_repeated(key: str, mine: Pairs, out: Sequence[Told], once: bool) -> None:
    for source in (PASSED, ASKED):
        wanted = [repeated(said).id for _, said in mine if said.source == source]
        found = [told.id for told in out if told.source == source]
        if source == ASKED:
            found, wanted = sorted(set(found)), sorted(set(wanted))
        elif not once:
            found, wanted = list(dict.fromkeys(found)), list(dict.fromkeys(wanted))
        _same(f"what was told of {key}, {source}", found, wanted)


def _sorted_out(records: Iterable[Record]) -> tuple[Pairs, Sequence[Record]]:
    good, bad = list[tuple[Record, Said]](), list[Record]()
    for record in records:
        try:
            said = read(record)
        except Rejected:
            bad.append(record)
            continue
        if said.text == "bug":
            bad.append(record)
        else:
            good.append((record, said))
    return good, bad


def _replayed(key: str, mine: Pairs, out: Iterable[Told]) -> Memory:
    """The step folded in the order that the outputs name: of sources and timers any, but within each its own."""
    kept: Kept[Memory] = Kept(Memory())
    left = {source: [pair for pair in mine if pair[1].source == source] for source in SOURCES}
    for told in out:
        if told.source in left:
            if not left[told.source]:
                raise Differs(f"{key}: {told} comes of nothing that is left: it is told twice or too early")
            record, event = left[told.source].pop(0)
            kept = _stepped(kept, event, told, record.timestamp / 1000)
        else:
            if told.id not in kept.wakes:
                raise Differs(f"{key}: {told} comes of a timer that is not set (of {kept.wakes})")
            event_at = kept.wakes[told.id]
            wakes = {what: at for what, at in kept.wakes.items() if what != told.id}
            kept = _stepped(Kept(kept.state, {}, wakes), Woken(key, told.id, event_at), told, event_at)
    _same(f"what was never told of {key}", {source: said for source, said in left.items() if said}, {})
    _same(f"the timers of {key} that never fired", kept.wakes, {})
    return kept.state


def _stepped(kept: Kept[Memory], event: Any, told: Told, written: float) -> Kept[Memory]:
    state, said = step(kept.state, event, When(float("inf"), written))
    _same(f"the output for {event}", [told], [one for one in said if isinstance(one, Told)])
    wakes = {wake.what: wake.at for wake in said if isinstance(wake, Wake)}
    return Kept(state, {}, {what: at for what, at in {**kept.wakes, **wakes}.items() if at is not None})


def _folded(key: str, mine: Pairs, out: Iterable[Told]) -> Memory:
    """The step folded over each source, and over the timers that they set; sources do not see each other."""
    state, wanted = Memory(), defaultdict[str, list[Told]](list)
    for record, event in mine:
        state, said = step(state, event, When(0.0, record.timestamp / 1000))
        for one in said:
            if isinstance(one, Wake):
                assert one.at is not None
                state, said_then = step(state, Woken(key, one.what, one.at), When(one.at, one.at))
                said = [*said, *said_then]
        for one in said:
            if isinstance(one, Told):
                wanted[one.source].append(msgspec.structs.replace(one, total=0))
    found = defaultdict[str, list[Told]](list)
    for told in (msgspec.structs.replace(one, total=0) for one in out):
        if told not in found[told.source]:
            found[told.source].append(told)
    for source in {*wanted, *found}:
        _same(f"what was told of {key}, {source}", found[source], wanted[source])
    return state


def _same(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise Differs(f"{what}:\n  found  {found}\n  wanted {wanted}")
