"""What a text is made of for the intent model: characters, words, concepts."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, pairwise

import rjieba

from agents.understanding.concepts import WORD, Concepts, stem
from agents.understanding.width import encodable, folded

SHARES = (0.35, 0.25, 0.15, 0.25)
"""What part of a text's squared length each block has: characters, words, concepts, pairs of concepts.

Within a tenth of these the leave-one-out accuracy is flat; without the last two it falls by a fifth.
"""

MAX_CHARACTERS = 600
"""A longer text is read by its beginning, where people say what they want."""

_RUN = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?|[\u3400-\u9fff]+")
_VALUE = re.compile(r"\d+|\[(?:phone|id_card|bank_card|email)(?:_\d+)?\]")


Blocks = tuple[Iterable[str], Iterable[str], Iterable[str], Iterable[str]]


def features(text: str, concepts: Concepts) -> Blocks:
    """The features of ``text``, block by block, each once and always in the same order.

    Figures and masked values count as one digit 0: they say nothing about intent.
    """
    text = _VALUE.sub("0", folded(encodable(text[:MAX_CHARACTERS])).lower())
    runs = _RUN.findall(text)
    words = [word for run in runs for word in (rjieba.cut(run) if run[0] >= "\u3400" else (stem(run),))]
    known = concepts.of(text, [stem(word) for word in WORD.findall(text)])
    return (
        dict.fromkeys(gram for run in runs for gram in _grams(run)).keys(),
        dict.fromkeys([*words, *(f"{left} {right}" for left, right in pairwise(["^", *words, "$"]))]).keys(),
        known,
        [f"{one} {other}" for one, other in combinations(known, 2)],
    )


def _grams(run: str) -> Iterator[str]:
    if run[0] < "\u3400":
        return iter(_latin_grams(run))
    return (run[start : start + size] for size in (1, 2, 3) for start in range(len(run) - size + 1))


@cache
def _latin_grams(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(padded[start : start + size] for size in (2, 3, 4) for start in range(len(padded) - size + 1))
