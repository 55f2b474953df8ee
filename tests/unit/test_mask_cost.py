"""The work of masking grows as the text does: calls are counted, and no expression repeats a repetition without end."""

import re
import sys
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from re import _parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

import pytest

from agents.understanding import personal
from agents.understanding.mask import mask, mask_all

MODULES = [
    import_module("agents.understanding.mask"),
    *(import_module(f"{personal.__name__}.{module.name}") for module in iter_modules(personal.__path__)),
]
EXPRESSIONS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}
A_RUN_IS_READ_ONCE = "runs._RUN"
"""Its groups are consumed as they match, and it fails within seven of them."""

SHORT_TEXTS = ("context._CODE_BEFORE",)
"""It reads the 28 characters before a number."""

_PIECES = (
    "1|1 |1-|+1|(|a|a@|a.@|a.|@|４１１１ |13812345678 |4111111111111111 |11010519491231002X |订单|.|1.|1.2.3.4 |::1|"
    "1:|文三路1号|浙江省|地址：|我叫|我叫张三"
    "|my name is |Ann |12 Main St, |1 a |密码是|eyJ|eyJaaaaaaaaa.|sk-|护照E|passport is |京A1|[PHONE_1]|一|\u200b|İ"
)
PIECES = _PIECES.split("|")


def calls(work: Callable[[], object]) -> int:
    """How many functions, ours and the library's, ``work`` calls."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("piece", PIECES)
def test_a_text_eight_times_as_long_takes_eight_times_the_calls(piece: str) -> None:
    short, long = ((piece * 20_000)[:size] for size in (2_500, 20_000))
    mask(short)
    assert calls(lambda: mask(long)) <= 9 * calls(lambda: mask(short)) + 200


@pytest.mark.parametrize("piece", PIECES)
def test_eight_times_as_many_texts_take_eight_times_the_calls(piece: str) -> None:
    few, many = ([piece * 20] * size for size in (25, 200))
    mask_all(few)
    assert calls(lambda: mask_all(many)) <= 9 * calls(lambda: mask_all(few)) + 200


@pytest.mark.parametrize("name", sorted(EXPRESSIONS.keys() - {A_RUN_IS_READ_ONCE, *SHORT_TEXTS}))
def test_an_endless_repetition_is_of_single_characters(name: str) -> None:
    parsed = _parser.parse(EXPRESSIONS[name].pattern, EXPRESSIONS[name].flags)
    assert all(endless(parsed))


def test_a_repetition_of_a_repetition_is_noticed() -> None:
    assert endless(_parser.parse("a(?:b|(?:cd)+)e*")) == [False, True]


def endless(parsed: Any) -> list[bool]:
    """For each repetition without an end, whether what it repeats is one character."""
    found = []
    for operation, argument in parsed:
        if str(operation).endswith("_REPEAT"):
            _, most, body = argument
            if most == _parser.MAXREPEAT:
                found.append(len(body) == 1 and str(body[0][0]) in ("IN", "LITERAL", "NOT_LITERAL", "ANY"))
            found += endless(body)
        elif isinstance(argument, tuple | list):
            for part in argument if not isinstance(argument, _parser.SubPattern) else [argument]:
                for inner in part if isinstance(part, list) else [part]:
                    if isinstance(inner, _parser.SubPattern):
                        found += endless(inner)
    return found
