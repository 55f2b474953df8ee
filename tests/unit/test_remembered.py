"""What was made of a text is kept for when it is said again."""

from collections.abc import Sequence

import pytest

from agents.understanding import remembered
from agents.understanding.remembered import SHORT, Remembered


class Asked:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[str]:
        self.texts += texts
        return [text.upper() for text in texts]


def test_a_text_is_made_something_of_once_and_each_gets_its_own() -> None:
    make = Asked()
    kept = Remembered(make)
    assert kept.of(["a", "b", "a"]) == ["A", "B", "A"]
    assert kept.of(["b", "c"]) == ["B", "C"]
    assert kept.of([]) == []
    assert make.texts == ["a", "b", "c"]


def test_long_texts_are_not_kept() -> None:
    make = Asked()
    kept = Remembered(make)
    long = "x" * (SHORT + 1)
    assert kept.of([long]) == kept.of([long]) == [long.upper()]
    assert make.texts == [long, long]


def test_what_was_said_last_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    make = Asked()
    kept = Remembered(make)
    kept.of(["a", "b"])
    kept.of(["a", "c"])
    assert kept.of(["a", "c"]) == ["A", "C"]
    assert make.texts == ["a", "b", "c"]
    assert kept.of(["b", "a", "c", "d"]) == ["B", "A", "C", "D"]
