"""The words that let two questions be the same: what says nothing, what means the same, what kind of question it is."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec
import yaml

Kind = Literal["word", "drop", "ask", "may", "not", "one", "two", "do", "people", "binds", "stop"]
"""What a phrase is to a question: ``word`` counts as itself, ``stop`` ends a clause, ``one`` and ``two`` persons."""


class Told(NamedTuple):
    """A piece of a question by its meaning: ``text`` is what is compared."""

    kind: Kind
    text: str


Phrases = dict[str, tuple[Told, ...]]
"""Phrase → what it tells; a phrase that says nothing tells nothing."""


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language of the lexicon ``same_meaning.yaml``; what its parts mean is said there."""

    drop: tuple[str, ...]
    ask: dict[str, tuple[str, ...]]
    may: tuple[str, ...]
    nots: tuple[str, ...]
    one: tuple[str, ...]
    two: tuple[str, ...]
    same: dict[str, tuple[str, ...]]
    keep: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    ing: tuple[str, ...] = ()


class Lexicon(NamedTuple):
    """A language's vocabulary and its phrases, each with what it tells."""

    vocabulary: Vocabulary
    phrases: Phrases


def phrases(vocabulary: Vocabulary) -> Phrases:
    """The table of a vocabulary. A later part takes a phrase from an earlier one; ``keep`` takes it from all."""
    kinds: Mapping[Kind, Sequence[str]] = {
        "do": vocabulary.do,
        "people": vocabulary.people,
        "binds": vocabulary.binds,
        "one": vocabulary.one,
        "two": vocabulary.two,
        "not": vocabulary.nots,
    }
    table: Phrases = {word: (Told(kind, word),) for kind, words in kinds.items() for word in words}
    for name, words in vocabulary.same.items():
        table |= dict.fromkeys(words, tuple(_known(word, table) for word in name.split()))
    table |= dict.fromkeys(vocabulary.drop, ())
    for name, words in vocabulary.ask.items():
        table |= dict.fromkeys(words, (Told("ask", f"?{name}"),))
    table |= dict.fromkeys(vocabulary.may, (Told("may", "may"),))
    return table | {word: _letters(word) for word in vocabulary.keep}


def _known(word: str, table: Phrases) -> Told:
    """A word of a meaning's name: still a verb or a negation where it is one by itself."""
    told = table.get(word, ())
    return told[0] if len(told) == 1 and told[0].text == word else Told("word", word)


def _letters(word: str) -> tuple[Told, ...]:
    pieces: Iterable[str] = word.split() if word.isascii() else word
    return tuple(Told("word", piece) for piece in pieces)


@cache
def packaged(language: str) -> Lexicon:
    """The lexicon that comes with kefu for ``zh`` or ``en``."""
    text = files("agents").joinpath("catalog", "lexicons", "same_meaning.yaml").read_text("utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    vocabulary = msgspec.convert(yaml.load(text, loader)[language], Vocabulary)  # noqa: S506
    return Lexicon(vocabulary, phrases(vocabulary))
