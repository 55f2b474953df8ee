"""Concepts: words and phrases that mean much the same, in either language."""

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain

import msgspec
import yaml

_SUFFIX = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s|ly|e)$")
WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_PACKAGED = ("concepts.yaml", "thesaurus.yaml", "vocabulary.yaml")


class Concepts(msgspec.Struct, frozen=True):
    """Phrase → concepts. An English phrase is the stems of its words with spaces between."""

    phrases: dict[str, tuple[str, ...]] = {}


@lru_cache(50_000)
def stem(word: str) -> str:
    """An English word without its ending; crude, but the same on both sides: refunds, refunded, refunding → refund."""
    word = _SUFFIX.sub("", word)
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


def concepts(groups: Mapping[str, Iterable[object]]) -> Concepts:
    """Concepts of groups of phrases, as the lexicon has them: name → phrases in any language."""
    phrases: dict[str, tuple[str, ...]] = {}
    for name, group in groups.items():
        for phrase in (str(phrase).lower() for phrase in group):
            key = " ".join(stem(word) for word in WORD.findall(phrase)) if phrase.isascii() else phrase
            if key and name not in phrases.get(key, ()):
                phrases[key] = (*phrases.get(key, ()), name)
    return Concepts(phrases)


@cache
def packaged() -> Concepts:
    """The concepts that come with kefu: those of a shop and a small general thesaurus, agents/catalog/lexicons."""
    folder = files("agents").joinpath("catalog", "lexicons")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = [yaml.load(folder.joinpath(name).read_text(encoding="utf-8"), loader) for name in _PACKAGED]  # noqa: S506
    return concepts({name: chain(*(groups.get(name, ()) for groups in read)) for name in chain(*read)})
