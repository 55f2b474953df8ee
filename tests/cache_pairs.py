"""Labelled pairs of questions for the answer cache: made from frames, and written by hand before it was tuned."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

DATA = Path(__file__).parent / "unit" / "data"


class Pair(msgspec.Struct, frozen=True):
    """Two questions of one language, and whether they ask the same."""

    language: str
    same: bool
    a: str
    b: str


def heldout() -> list[Pair]:
    """Pairs that were written before the lexicon, and on which nothing was tuned."""
    return _listed("cache_heldout.jsonl")


def look_alikes() -> list[Pair]:
    """Pairs that were written to break it once it was there, from other trades too."""
    return _listed("cache_look_alikes.jsonl")


def _listed(name: str) -> list[Pair]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Pair) for line in lines]


def framed() -> list[Pair]:
    """Pairs of the frames: two ways to ask one thing, other things asked in one way, and twists of both."""
    frames = yaml.safe_load((DATA / "cache_frames.yaml").read_text(encoding="utf-8"))
    made = (pair for language, listed in frames.items() for frame in listed for pair in _of(language, frame))
    return list(dict.fromkeys(made))


def _of(language: str, frame: dict[str, Any]) -> Iterator[Pair]:
    ways = frame["same"]
    for thing in frame["with"][:3]:
        filled = [way.replace("{}", thing) for way in ways]
        yield from (Pair(language, True, a, b) for a, b in itertools.combinations(filled, 2))
        for twist in frame["twists"]:
            yield from (Pair(language, False, one, twist.replace("{}", thing)) for one in filled[:3])
    for one, other in itertools.combinations(frame["with"], 2):
        yield from (Pair(language, False, way.replace("{}", one), way.replace("{}", other)) for way in ways[:2])
