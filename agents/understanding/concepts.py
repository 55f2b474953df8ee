"""Concepts: words and phrases that mean much the same, in either language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain

import msgspec
import yaml

_SUFFIX = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s|ly|e)$")
WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_PACKAGED = ("concepts.yaml", "thesaurus.yaml", "vocabulary.yaml")


class Concepts(msgspec.Struct, frozen=True):
    """Phrase → concepts; and the piece that a phrase begins with → how many pieces the longest of those has.

    The pieces of an English phrase are the stems of its words, those of a Chinese one its characters.
    """

    phrases: dict[str, tuple[str, ...]] = {}
    reach: dict[str, int] = {}

    def read(self, pieces: Sequence[str], joint: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """The pieces from left to right, the longest phrase at each place as its concepts; and these phrases alone."""
        sequence: list[tuple[str, ...]] = []
        found: list[tuple[str, ...]] = []
        reach, phrases, count = self.reach.get, self.phrases.get, len(pieces)
        start = 0
        while start < count:
            piece = pieces[start]
            size = min(reach(piece, 0), count - start)
            while size > 1 and (concepts := phrases(joint.join(pieces[start : start + size]))) is None:
                size -= 1
            if size <= 1:
                size, concepts = 1, phrases(piece)
            if concepts is None:
                concepts = (piece,)
            else:
                found.append(concepts)
            sequence.append(concepts)
            start += size
        return sequence, found


@lru_cache(50_000)
def stem(word: str) -> str:
    """An English word without its ending; crude, but the same on both sides: refunds, refunded, refunding → refund."""
    word = _SUFFIX.sub("", word)
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


def concepts(groups: Mapping[str, Iterable[object]]) -> Concepts:
    """Concepts of groups of phrases, as the lexicon has them: name → phrases in any language."""
    phrases: dict[str, tuple[str, ...]] = {}
    reach: dict[str, int] = {}
    for name, group in groups.items():
        for phrase in (str(phrase).lower() for phrase in group):
            pieces: Sequence[str] = [stem(word) for word in WORD.findall(phrase)] if phrase.isascii() else phrase
            key = (" " if phrase.isascii() else "").join(pieces)
            if key and name not in phrases.get(key, ()):
                phrases[key] = (*phrases.get(key, ()), name)
                reach[pieces[0]] = max(reach.get(pieces[0], 0), len(pieces))
    return Concepts(phrases, reach)


@cache
def packaged() -> Concepts:
    """The concepts that come with kefu: those of a shop and a small general thesaurus, agents/catalog/lexicons."""
    folder = files("agents").joinpath("catalog", "lexicons")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = [yaml.load(folder.joinpath(name).read_text(encoding="utf-8"), loader) for name in _PACKAGED]  # noqa: S506
    return concepts({name: chain(*(groups.get(name, ()) for groups in read)) for name in chain(*read)})
