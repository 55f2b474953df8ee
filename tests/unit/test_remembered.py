"""What was made of a text is kept for when it is said again."""

from collections.abc import Sequence

import pytest

from agents.understanding import remembered
from agents.understanding.remembered import SHORT, Remembered, remembering


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


def test_what_was_made_of_short_texts_alone_is_kept() -> None:
    made = list[tuple[str, int]]()

    def make(text: str, times: int = 1) -> str:
        made.append((text, times))
        return text * times

    kept, long = remembering(make), "x" * (SHORT + 1)
    assert [kept("a"), kept("a", 2), kept("a"), kept("a", 2), kept("b")] == ["a", "aa", "a", "aa", "b"]
    assert kept(long) == kept(long) == long
    assert made == [("a", 1), ("a", 2), ("b", 1), (long, 1), (long, 1)]
