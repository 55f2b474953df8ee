"""The phrases of the concepts as trees, followed from word to word; and the numbers of what they stand for."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.understanding.concepts import Concepts

EDGES = ("^", "$")
"""The names of the beginning and the end of a text: numbers 0 and 1."""

LONG = 6
"""Letters of a word that is still known with one of them left out, doubled, wrong, or swapped with the next."""

_JOINT = "\x1f"
_TYPED = 50_000

Ints = NDArray[np.int64]


class Node(NamedTuple):
    """A piece of phrases: the sense of the phrase that ends here, if one does, and the pieces that may follow."""

    sense: str | None
    after: "Tree"


Tree = dict[str, Node]


class Senses:
    """What phrases stand for. The sense of several concepts is one name; concepts and such names are numbered first.

    ``names`` are the edges, the concepts in alphabetical order, and the senses of several concepts from ``several`` on.
    """

    def __init__(self, concepts: Concepts) -> None:
        phrases = concepts.phrases
        self.english = _tree((key.split(" "), sense) for key, sense in phrases.items() if key.isascii())
        self.han = _tree((key, sense) for key, sense in phrases.items() if not key.isascii())
        self._words = frozenset(word for key in phrases if key.isascii() for word in key.split(" "))
        self._nearly: dict[str, set[str]] = {}
        for word in self._words:
            for less in _less(word) if len(word) >= LONG else ():
                self._nearly.setdefault(less, set()).add(word)
        self.typed: Callable[[str], str] = lru_cache(_TYPED)(self._typed)
        """The one long word of a phrase that is one slip away from an unknown word, else the word itself."""
        single = sorted({concept for sense in phrases.values() for concept in sense})
        joined = sorted({sense for sense in phrases.values() if len(sense) > 1})
        self.names = (*EDGES, *single, *map(_JOINT.join, joined))
        self.several = len(EDGES) + len(single)
        number = {name: place for place, name in enumerate(self.names)}
        parts: list[tuple[int, ...]] = [(place,) for place in range(self.several)]
        parts += [tuple(number[concept] for concept in sense) for sense in joined]
        self._first = np.array([part[0] for part in parts], np.int64)
        self._second = np.array([part[1] if len(part) > 1 else -1 for part in parts], np.int64)
        self._sizes = np.array([len(part) for part in parts], np.int64)
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._parts = np.array([concept for part in parts for concept in part], np.int64)

    def _typed(self, word: str) -> str:
        if len(word) < LONG - 1 or word in self._words:
            return word
        near = {known for less in _less(word) for known in self._nearly.get(less, ()) if _is_slip(word, known)}
        return near.pop() if len(near) == 1 else word

    def first(self, numbers: Ints) -> Ints:
        """The first concept of each sense; a name that is none stands for itself."""
        joint = (numbers >= self.several) & (numbers < len(self.names))
        found = numbers.copy()
        found[joint] = self._first[numbers[joint]]
        return found

    def second(self, numbers: Ints) -> Ints:
        """The second concept of each sense, -1 where there is none."""
        joint = (numbers >= self.several) & (numbers < len(self.names))
        found = np.full(len(numbers), -1, np.int64)
        found[joint] = self._second[numbers[joint]]
        return found

    def parts(self, senses: Ints) -> tuple[Ints, Ints]:
        """All concepts of each sense one after the other, and how many each has."""
        sizes = self._sizes[senses]
        ends = np.cumsum(sizes)
        places = np.repeat(self._starts[senses] - ends + sizes, sizes) + np.arange(int(sizes.sum()))
        return self._parts[places], sizes


def follow(pieces: Sequence[str], tree: Tree, sequence: list[str], found: list[str]) -> None:
    """Append to ``sequence`` from left to right the longest phrase at each place, as its sense, or the piece itself.

    What phrases stand for is appended to ``found``.
    """
    start, count, node_of = 0, len(pieces), tree.get
    while start < count:
        piece = pieces[start]
        node = node_of(piece)
        start += 1
        if node is None:
            sequence.append(piece)
            continue
        sense, after = node
        place = start
        while after and place < count and (node := after.get(pieces[place])) is not None:
            place += 1
            longer, after = node
            if longer is not None:
                sense, start = longer, place
        sequence.append(piece if sense is None else sense)
        if sense is not None:
            found.append(sense)


def _less(word: str) -> set[str]:
    """A word, and what is left of it without one of its letters."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _is_slip(word: str, known: str) -> bool:
    """Whether a word is another with one letter more, less or wrong, or two neighbours swapped."""
    at = next((place for place, (left, right) in enumerate(zip(word, known, strict=False)) if left != right), None)
    if at is None or len(word) != len(known):
        longer, shorter = sorted((word, known), key=len, reverse=True)
        at = len(shorter) if at is None else at
        return longer[at + 1 :] == shorter[at:]
    return word[at + 1 :] == known[at + 1 :] or (
        word[at : at + 2] == known[at : at + 2][::-1] and word[at + 2 :] == known[at + 2 :]
    )


def _tree(phrases: Iterable[tuple[Sequence[str], tuple[str, ...]]]) -> Tree:
    root: Tree = {}
    for pieces, sense in phrases:
        level = root
        for piece in pieces[:-1]:
            level = level.setdefault(piece, Node(None, {})).after
        last = pieces[-1]
        level[last] = Node(_JOINT.join(sense), level[last].after if last in level else {})
    return root
