"""How much personal data is found, and how much else, in a few thousand generated messages."""

import pytest

from agents.understanding.mask import mask
from tests.personal_data import STRUCTURED, Labelled, messages, score

SEEDS = (11, 12)
COUNT = 2_000


@pytest.fixture(scope="module")
def corpus() -> list[Labelled]:
    return [message for seed in SEEDS for message in messages(COUNT, seed)]


def test_structured_personal_data_is_found_and_little_else(corpus: list[Labelled]) -> None:
    recall, precision = score(corpus, lambda text: mask(text).found, STRUCTURED)
    assert recall >= 0.995
    assert precision >= 0.99


@pytest.mark.parametrize("type_", STRUCTURED)
def test_no_structured_type_is_left_behind(corpus: list[Labelled], type_: str) -> None:
    recall, precision = score(corpus, lambda text: mask(text).found, (type_,))
    assert recall >= 0.98
    assert precision >= 0.98


@pytest.mark.parametrize("type_", ["name", "address"])
def test_names_and_addresses_are_found_by_their_cues(corpus: list[Labelled], type_: str) -> None:
    recall, precision = score(corpus, lambda text: mask(text).found, (type_,))
    assert recall >= 0.97
    assert precision >= 0.97


def test_the_generator_is_the_same_twice_and_labels_what_it_says(corpus: list[Labelled]) -> None:
    assert list(messages(COUNT, SEEDS[0])) == corpus[:COUNT]
    assert {span.type for message in corpus for span in message.spans} == {*STRUCTURED, "name", "address"}
    assert all(0 <= span.start < span.end <= len(message.text) for message in corpus for span in message.spans)
