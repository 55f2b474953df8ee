"""Simulated shoppers talk with the real dialogue: returns are resolved without a person, nothing wrong is done."""

import pytest

from tests.shopping.goals import TASKS
from tests.shopping.in_process import shop
from tests.shopping.judging import table

COUNT = 25


@pytest.mark.parametrize("task", TASKS)
def test_shoppers_get_what_they_want_and_nothing_else(task: str) -> None:
    verdicts = list(shop(task, COUNT, seed=1))
    assert [one.wrong for one in verdicts if one.wrong] == [], table(verdicts)
    assert sum(one.resolved for one in verdicts) / COUNT >= 0.85, table(verdicts)


def test_the_same_seed_says_the_same() -> None:
    said: list[list[str]] = [[], []]
    for one in said:
        for _ in shop("return", 3, seed=7, trace=lambda _, text, told=one: told.append(text)):  # type: ignore[misc]
            pass
    assert said[0] == said[1]
