"""Concepts: words and phrases that mean the same to the desk, in either language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec
import yaml

_SUFFIX = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s|ly|e)$")
WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")


class Concepts(msgspec.Struct, frozen=True):
    """Phrase → concepts. Chinese phrases are found anywhere in a text, English ones as stems of whole words."""

    chinese: dict[str, tuple[str, ...]] = {}
    english: dict[str, tuple[str, ...]] = {}
    longest_chinese: int = 0
    longest_english: int = 0

    def of(self, text: str, stems: Sequence[str]) -> list[str]:
        """The concepts in a lower-case text whose English words have these stems, sorted."""
        found: set[str] = set()
        if not text.isascii():
            found.update(*_looked_up(self.chinese, text, self.longest_chinese, ""))
        found.update(*_looked_up(self.english, stems, self.longest_english, " "))
        return sorted(found)


def _looked_up(
    phrases: Mapping[str, tuple[str, ...]], pieces: Sequence[str], longest: int, joint: str
) -> Iterable[tuple[str, ...]]:
    for size in range(1, longest + 1):
        for start in range(len(pieces) - size + 1):
            concepts = phrases.get(joint.join(pieces[start : start + size]))
            if concepts:
                yield concepts


@cache
def stem(word: str) -> str:
    """An English word without its ending; crude, but the same on both sides: refunds, refunded, refunding → refund."""
    word = _SUFFIX.sub("", word)
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


def concepts(groups: Mapping[str, Sequence[object]]) -> Concepts:
    """Concepts of groups of phrases, as the lexicon has them: name → phrases in any language."""
    chinese: dict[str, tuple[str, ...]] = {}
    english: dict[str, tuple[str, ...]] = {}
    for name, phrases in groups.items():
        for phrase in (str(phrase).lower() for phrase in phrases):
            table, key = (english, stemmed(phrase)) if phrase.isascii() else (chinese, phrase)
            table[key] = (*table.get(key, ()), name)
    words = max((key.count(" ") + 1 for key in english), default=0)
    return Concepts(chinese, english, max(map(len, chinese), default=0), words)


def stemmed(phrase: str) -> str:
    return " ".join(stem(word) for word in WORD.findall(phrase))


@cache
def packaged() -> Concepts:
    """The concepts that come with kefu: agents/catalog/lexicons/concepts.yaml."""
    text = files("agents").joinpath("catalog", "lexicons", "concepts.yaml").read_text(encoding="utf-8")
    return concepts(yaml.safe_load(text))
