"""Where a term occurs among the articles of a shelf."""

from array import array
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Slots: TypeAlias = NDArray[np.int64]


@dataclass(slots=True)
class Postings:
    """Where a term occurs (slots of articles) and how much of the term each of them covers, in (0, 1)."""

    slots: "array[int]" = field(default_factory=lambda: array("q"))
    shares: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, slot: int, share: float) -> None:
        self.slots.append(slot)
        self.shares.append(share)

    def drop(self, slot: int) -> None:
        place = int((np.frombuffer(self.slots, np.int64) == slot).argmax())
        self.slots[place], self.shares[place] = self.slots[-1], self.shares[-1]
        self.slots.pop()
        self.shares.pop()


class Gains(NamedTuple):
    """What a term adds to each article that has it, and its idf; kept until an article comes or goes."""

    slots: Slots
    gains: Numbers
    idf: float
