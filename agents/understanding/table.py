"""Numbers to places: a hash table that is asked for many numbers at once."""

import numpy as np
from numpy.typing import NDArray

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: the high bits of a product with it are a good hash (Knuth, TAOCP 3, 6.4)."""

Places = NDArray[np.int32]


class Table:
    """The places of different numbers, ``places[i]`` that of ``numbers[i]``; any number may be asked for."""

    __slots__ = ("_ends", "_most", "_numbers", "_places", "_shift", "_starts")

    def __init__(self, numbers: NDArray[np.int64], places: Places) -> None:
        bits = max(len(numbers).bit_length() + 1, 2)
        self._shift = np.uint64(64 - bits)
        slots = self._slots(numbers)
        order = np.argsort(slots, kind="stable")
        sizes = np.bincount(slots, minlength=1 << bits)
        self._ends = np.cumsum(sizes).astype(np.int32)
        self._starts = (self._ends - sizes).astype(np.int32)
        self._most = int(sizes.max())
        self._numbers, self._places = numbers[order], places[order]

    def find(self, numbers: NDArray[np.int64]) -> Places:
        """The places of ``numbers``, -1 for those that have none."""
        found = np.full(len(numbers), -1, np.int32)
        slots = self._slots(numbers)
        at, ends = self._starts[slots], self._ends[slots]
        asked = np.flatnonzero(at < ends)
        for _ in range(self._most):
            if not len(asked):
                break
            here = at[asked]
            same = self._numbers[here] == numbers[asked]
            found[asked[same]] = self._places[here[same]]
            at[asked] = here + 1
            asked = asked[~same & (here + 1 < ends[asked])]
        return found

    def _slots(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        return (numbers.astype(np.uint64) * _SPREAD >> self._shift).astype(np.int64)
