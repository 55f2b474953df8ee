"""The mood of a conversation follows the scores of its messages."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.mood import Mood, step


def after(*scores: float) -> Mood:
    mood = Mood()
    for score in scores:
        mood = step(mood, score)
    return mood


def test_the_mean_is_that_of_the_scores() -> None:
    assert after(0.5, -0.5, 0.9).mean == pytest.approx(0.3)
    assert after(0.5, -0.7, 0.9).lowest == -0.7


@pytest.mark.parametrize(
    ("scores", "falling"),
    [
        ((), False),
        ((-0.9,), False),
        ((0.6, -0.7), False),
        ((0.6, -0.7, -0.7), True),
        ((0.1, 0.0, -0.8), False),
        ((0.1, 0.0, -0.6, -0.8), True),
        ((0.5, 0.4, 0.6), False),
        ((0.9, 0.2), False),
        ((-0.6, -0.6, -0.6), False),
        ((-0.8, 0.1, 0.6), False),
        ((0.6, -0.7, 0.8), False),
    ],
)
def test_a_mood_falls_when_the_latest_messages_are_worse_and_bad(scores: tuple[float, ...], falling: bool) -> None:
    assert after(*scores).falling is falling


def test_a_mood_rises_when_the_latest_messages_are_better() -> None:
    assert after(-0.8, 0.1, 0.6).rising
    assert not after(0.2, 0.2).rising


@given(st.lists(st.floats(-1, 1)))
def test_a_mood_stays_in_its_limits_and_is_kept_in_a_state(scores: list[float]) -> None:
    mood = after(*scores)
    assert mood.seen == len(scores)
    assert -1 - 1e-9 <= min(mood.mean, mood.now, mood.lowest) <= max(mood.mean, mood.now) <= 1 + 1e-9
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(mood), type=Mood) == mood
