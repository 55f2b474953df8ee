"""How soon a message wants an answer: cues of urgency, weighed with its mood."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from ahocorasick_rs import AhoCorasick, MatchKind

from agents.understanding import sentiment
from agents.understanding.language import Language
from agents.understanding.width import plain
from schemas.messages import Sentiment

Urgency = Literal["low", "normal", "high"]
UPSET, FURIOUS = -0.4, -0.85


def urgency(text: str, language: Language, mood: Sentiment | None = None) -> Urgency:
    """High where a cue says so, where one hints at it in a bad mood, or where the mood is very bad; low where told.

    ``mood`` is that of ``text``; it is worked out where it is not given.
    """
    mood = mood or sentiment.score(text, language)
    found = _cues()[language].found(plain(text))
    if "high" in found or mood.score <= FURIOUS or ("raised" in found and mood.score <= UPSET):
        return "high"
    return "low" if "low" in found and mood.score > UPSET else "normal"


@dataclass(frozen=True, slots=True)
class _Cues:
    levels: tuple[str, ...]
    finder: AhoCorasick

    def found(self, seen: str) -> set[str]:
        """The levels of the cues in a plain text; Latin ones are whole words."""
        matches = self.finder.find_matches_as_indexes(seen)
        return {self.levels[number] for number, start, end in matches if _whole(seen, start, end)}


def _whole(seen: str, start: int, end: int) -> bool:
    return not (
        (seen[start].isascii() and seen[start].isalnum() and start and _latin(seen[start - 1]))
        or (seen[end - 1].isascii() and seen[end - 1].isalnum() and end < len(seen) and _latin(seen[end]))
    )


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


@cache
def _cues() -> Mapping[Language, _Cues]:
    text = files("agents").joinpath("catalog", "lexicons", "urgency.yaml").read_text(encoding="utf-8")
    source = yaml.safe_load(text)
    return {"zh": _read(source["zh"], " "), "en": _read(source["en"], "|")}


def _read(source: Mapping[str, str], joint: str) -> _Cues:
    levels = {plain(cue.strip()): level for level, cues in source.items() for cue in cues.split(joint) if cue.strip()}
    return _Cues(tuple(levels.values()), AhoCorasick(list(levels), matchkind=MatchKind.LeftmostLongest))
