"""The words that a regular expression cannot do without: where none of them is in a text, it is not found there."""

import re
from collections.abc import Iterable
from importlib import import_module
from itertools import product
from typing import Any

MOST = 64
"""Words that one expression may have; of a part with more, less is asked."""

Words = frozenset[str]
_EMPTY = frozenset(("",))
_NONE: Words = frozenset()

_parser: Any = import_module("re._parser")
_ZERO_WIDTH = ("AT", "ASSERT", "ASSERT_NOT")
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


def anchors(pattern: str) -> Words:
    """Words of which at least one is in whatever the pattern finds; none where nothing is certain."""
    parsed = _parser.parse(pattern)
    return _NONE if parsed.state.flags & re.IGNORECASE else _of_sequence(parsed)[1]


def _of_sequence(parts: Iterable[tuple[Any, Any]]) -> tuple[Words | None, Words]:
    """All that a sequence can be, where that is a short list, and the best of what it must hold."""
    run, is_whole, needed = _EMPTY, True, [_NONE]
    for name, argument in parts:
        exact, held = _of_part(str(name), argument)
        if exact is not None and len(run) * len(exact) <= MOST:
            run = frozenset(map("".join, product(run, exact)))
            continue
        is_whole = False
        needed += [run, held]
        run = exact if exact is not None and len(exact) <= MOST else _EMPTY
    return run if is_whole else None, max((*needed, run), key=_worth)


def _of_part(name: str, argument: Any) -> tuple[Words | None, Words]:
    if name == "LITERAL":
        return frozenset((chr(argument),)), _NONE
    if name in _ZERO_WIDTH:
        return _EMPTY, _NONE
    if name == "IN" and all(str(kind) == "LITERAL" for kind, _ in argument):
        return frozenset(chr(code) for _, code in argument), _NONE
    if name == "BRANCH":
        return _of_branches([_of_sequence(branch) for branch in argument[1]])
    if name == "SUBPATTERN" and not argument[1]:
        return _of_sequence(argument[3])
    return _of_repeated(*argument) if name in _REPEATS else (None, _NONE)


def _of_repeated(least: int, most: int, repeated: Any) -> tuple[Words | None, Words]:
    exact, held = _of_sequence(repeated)
    if most > 1 or exact is None:
        return None, max(exact or _NONE, held, key=_worth) if least else _NONE
    return exact if least else exact | _EMPTY, held if least else _NONE


def _of_branches(branches: list[tuple[Words | None, Words]]) -> tuple[Words | None, Words]:
    every = [max(exact or _NONE, held, key=_worth) for exact, held in branches]
    held = _NONE.union(*every) if all(_worth(words)[0] for words in every) else _NONE
    if any(exact is None for exact, _ in branches):
        return None, held
    return _NONE.union(*(exact for exact, _ in branches if exact)), held


def _worth(words: Words) -> tuple[int, int]:
    """Long words are seldom there by chance, and few of them are looked for sooner."""
    shortest = min(map(len, words), default=0)
    return (shortest, -len(words)) if shortest else (0, 0)
