"""Features as numbers: the same words make the same features, in a batch or alone, and tables find what they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.concepts import concepts, stem
from agents.understanding.features import COMPANY, CONCEPTS, NEIGHBOURS, PAIRS, WORDS, Read, read
from agents.understanding.senses import Senses, follow
from agents.understanding.table import Table
from agents.understanding.vectors import fitted

NUMBERS = st.integers(-(2**63), 2**63 - 1)
LEXICON = concepts({"back": ["give back", "return"], "money": ["money", "return"], "late": ["late", "not here", "晚"]})


def shown(found: Read, block: int) -> int:
    return int((found.blocks == block).sum())


def read_one(text: str) -> Read:
    senses = Senses(LEXICON)
    return read([text], senses, {name: number for number, name in enumerate(senses.names)})


@given(st.dictionaries(NUMBERS, st.integers(0, 2**31 - 1)), st.lists(NUMBERS))
def test_a_table_finds_what_it_holds_and_nothing_else(held: dict[int, int], others: list[int]) -> None:
    table = Table(np.array(list(held), np.int64), np.array(list(held.values()), np.int32))
    asked = [*held, *others]
    assert table.find(np.array(asked, np.int64)).tolist() == [held.get(number, -1) for number in asked]


def test_the_longest_phrase_at_each_place_is_read() -> None:
    sequence, found = list[str](), list[str]()
    said = ("please", "give", "back", "my", "money", "not", "here")
    follow([stem(word) for word in said], Senses(LEXICON).english, sequence, found)
    assert found == ["back", "money", "late"]
    assert sequence == [stem("please"), "back", "my", "money", "late"]


def test_a_phrase_that_only_begins_is_words() -> None:
    sequence, found = list[str](), list[str]()
    follow(["give", "me", "not"], Senses(LEXICON).english, sequence, found)
    assert (sequence, found) == (["give", "me", "not"], [])


SHOP = Senses(concepts({"swap": ["exchange", "trade in"], "buy": ["order", "reorder"], "bill": ["invoice", "invoke"]}))


@pytest.mark.parametrize("word", ["ecxhange", "exchnage", "xechange", "exchagne", "exchage", "exxchange", "exchqnge"])
def test_a_long_word_is_known_with_one_slip(word: str) -> None:
    assert SHOP.typed(stem(word)) == "exchang"


@pytest.mark.parametrize("word", ["exgnahc", "oredr", "trdae", "echnage", "exchangwww", "invoixe", "invode"])
def test_a_short_word_is_not_nor_one_with_more_slips_nor_one_that_may_be_two(word: str) -> None:
    assert SHOP.typed(word) == word


@given(st.text(max_size=20))
def test_any_word_is_read_as_itself_or_as_one_that_phrases_hold(word: str) -> None:
    typed = SHOP.typed(word)
    assert typed == word or typed in SHOP.english or typed in {"exchang", "reorder"}


def test_features_are_each_once_and_concepts_share_their_phrase() -> None:
    found = read_one("return return it")
    assert (shown(found, WORDS), shown(found, PAIRS), shown(found, COMPANY)) == (2, 4, 0)
    assert np.allclose(found.weights[found.blocks == CONCEPTS], [2**-0.5] * 2)
    assert shown(read_one("late money"), COMPANY) == 1


def test_what_is_said_in_chinese_has_concepts_and_characters() -> None:
    found = read_one("太晚了")
    assert shown(found, CONCEPTS) == 1
    assert len(found.han) == 6
    assert shown(found, NEIGHBOURS) > 0


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_a_text_has_the_same_row_alone_and_in_a_batch(texts: list[str]) -> None:
    vectors = fitted(["return my money", "it is late", "太晚了 return", "give back 123"], LEXICON)
    together = vectors.matrix(texts).toarray()
    for row, text in zip(together, texts, strict=True):
        assert np.allclose(row, vectors.matrix([text]).toarray()[0], atol=1e-6)


def test_a_known_text_has_length_one() -> None:
    """Of each block that a text has something in, the share; a concept that only a shared phrase showed counts too."""
    vectors = fitted(["return late", "money"], LEXICON)
    row = vectors.matrix(["return late"]).toarray()[0]
    assert abs(float(row @ row) - 1) < 0.01
