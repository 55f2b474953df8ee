"""The phrases of the concepts as trees, followed from word to word; and the numbers of what they stand for."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.understanding.concepts import Concepts

EDGES = ("^", "$")
"""The names of the beginning and the end of a text: numbers 0 and 1."""

LONG = 6
"""Letters of a word that is still known where two neighbours among them have changed places."""

_JOINT = "\x1f"

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
        self._by_letters: dict[str, list[str]] = {}
        for word in sorted(self._words):
            if len(word) >= LONG:
                self._by_letters.setdefault(_letters(word), []).append(word)
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

    def typed(self, word: str) -> str:
        """The word of a phrase that a long word is but for two neighbours that changed places, else the word itself."""
        if len(word) < LONG or word in self._words:
            return word
        return next((known for known in self._by_letters.get(_letters(word), ()) if _swapped(word, known)), word)

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


def _letters(word: str) -> str:
    return "".join(sorted(word))


def _swapped(word: str, known: str) -> bool:
    """Whether two words of the same letters differ in the order of two neighbours."""
    at = next(place for place, (left, right) in enumerate(zip(word, known, strict=True)) if left != right)
    return word[at + 2 :] == known[at + 2 :]


def _tree(phrases: Iterable[tuple[Sequence[str], tuple[str, ...]]]) -> Tree:
    root: Tree = {}
    for pieces, sense in phrases:
        level = root
        for piece in pieces[:-1]:
            level = level.setdefault(piece, Node(None, {})).after
        last = pieces[-1]
        level[last] = Node(_JOINT.join(sense), level[last].after if last in level else {})
    return root
