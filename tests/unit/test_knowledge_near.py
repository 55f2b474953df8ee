"""Misspelt words and questions in nearly the words of an article find it; validity, versions and domains hold."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.knowledge import Index
from agents.knowledge import near as near_match
from agents.knowledge.near import Near, bucket, grams
from agents.knowledge.spelling import Spelling, distance
from schemas import times
from schemas.errors import Rejected
from schemas.operations import Article

WORDS = st.text("abc", min_size=1, max_size=7)


def article(article_id: str, title: str, **more: object) -> Article:
    return msgspec.convert({"article_id": article_id, "language": "en", "title": title, "text": ""} | more, Article)


def build(*articles: Article) -> Index:
    index = Index()
    for entry in articles:
        index.upsert(entry)
    return index


def found(index: Index, query: str, **more: object) -> list[str]:
    asked: dict[str, object] = {"tenant": "default", "language": "en"} | more
    return [hit.article.article_id for hit in index.search(query, **asked)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("refund", "refund", 0), ("refnud", "refund", 1), ("refud", "refund", 1), ("reefund", "refund", 1),
     ("rexund", "refund", 1), ("deliverd", "delivery", 1), ("", "abc", 3), ("recieve", "receive", 1)],
)  # fmt: skip
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == distance(other, one) == slips


@given(st.sets(WORDS, max_size=30), st.sets(WORDS, max_size=10), WORDS)
def test_a_near_word_is_one_at_the_least_distance(words: set[str], dropped: set[str], asked: str) -> None:
    spelling = Spelling()
    for word in words | dropped:
        spelling.add(word)
    for word in dropped - words:
        spelling.drop(word)
    near = spelling.near(asked)
    slips = {word: distance(asked, word) for word in words if word[0] == asked[0] and len(word) >= 3}
    assert bool(near) <= (len(asked) >= 4)
    for word, share in near:
        assert slips[word] == min(slips.values()) <= 1
        assert share == 1 - slips[word] / len(asked)


@pytest.mark.parametrize("asked", ["", "abc", "ab1d", "退款退款", "naïve", "zzzz"])
def test_short_foreign_and_unlike_words_have_no_near_one(asked: str) -> None:
    spelling = Spelling()
    spelling.add("abcd")
    assert spelling.near(asked) == []


def test_a_misspelt_question_finds_its_article_but_scores_less() -> None:
    index = build(article("a", "Refund of a deposit"), article("b", "Opening hours"))
    assert found(index, "refnud depossit") == ["a"]
    right, wrong = (index.search(query, tenant="default", language="en")[0] for query in ("refund", "refnud"))
    assert 0 < wrong.score < right.score < 1


def test_a_word_that_left_the_index_is_not_meant_any_more() -> None:
    index = build(article("a", "Refund"))
    index.remove("a")
    index.upsert(article("b", "Opening hours"))
    assert found(index, "refnud") == []


def test_grams_are_characters_of_chinese_and_pieces_of_words() -> None:
    assert grams("退款 Fee") == list(map(bucket, ["退", "款", "退款", "^fe", "fee", "ee$", "^fee", "fee$"]))
    assert grams(" ?!") == []


@pytest.mark.parametrize("few", [near_match.FEW, 0])
def test_likeness_is_that_of_title_and_questions_or_else_of_the_text(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_match, "FEW", few)
    near = Near()
    near.add(0, article("a", "Refund", questions=["How long does a refund take"], text="Seven days"))
    near.add(1, article("b", "Refund", text="How long it takes"))
    near.add(2, article("c", ""))
    near.add(3, article("d", "How long does a refund take?"))
    most, part, none, same = near.likeness("how long does a refund take", [0, 1, 2, 3])
    assert same == pytest.approx(1)
    assert 0 < part < most < same
    assert none == 0
    assert near.likeness("seven days", [0, 1, 2, 3])[0] < 0.1
    assert near.likeness("", [0, 1, 2, 3]) == [0, 0, 0, 0]
    assert near.likeness("how long does a refund take", [2]) == [0]
    assert near.likeness("how long does a refund take", [3, 1]) == [same, part]
    near.remove(0)
    assert near.likeness("how long does a refund take?", [0, 2]) == [0, 0]


def test_of_articles_with_the_same_words_the_one_asked_in_this_way_comes_first() -> None:
    asked = ["Who pays for the return", "For the return the shop pays"]
    index = build(*(article(name, "Return", questions=[text]) for name, text in zip("ab", asked, strict=True)))
    assert found(index, asked[0])[0] == "a"
    assert found(index, asked[1])[0] == "b"


def test_an_article_is_found_while_it_is_valid() -> None:
    limits = {"valid_from": "2026-11-01T00:00:00.000Z", "valid_until": "2026-11-12T00:00:00+08:00"}
    index = build(article("sale", "Autumn sale", **limits), article("always", "Autumn hours"))
    begin, end = 1_793_491_200.0, 1_794_412_800.0
    assert [found(index, "autumn sale", at=at) for at in (begin - 1, begin, end - 1, end)] == [
        ["always"], ["sale", "always"], ["sale", "always"], ["always"],
    ]  # fmt: skip
    assert found(index, "autumn sale") == ["sale", "always"]
    index.upsert(article("sale", "Autumn sale", version=2))
    assert found(index, "autumn sale", at=0.0) == ["sale", "always"]


def test_a_slot_that_was_limited_serves_the_next_article_without_limit() -> None:
    index = build(article("a", "Autumn sale", valid_until="2020-01-01"))
    index.remove("a")
    index.upsert(article("b", "Autumn sale"))
    assert found(index, "autumn", at=1.8e9) == ["b"]


def test_an_older_version_never_replaces_a_newer_one() -> None:
    index = build(article("a", "Refund", version=3), article("a", "Deposit", version=2))
    assert (found(index, "refund"), found(index, "deposit")) == (["a"], [])
    index.upsert(article("a", "Deposit", version=3))
    assert found(index, "deposit") == ["a"]
    index.remove("a")
    index.upsert(article("a", "Refund", version=1))
    assert found(index, "refund") == ["a"]


def test_only_the_domains_that_are_asked_for_are_searched() -> None:
    index = build(*(article(name, "Refund", domain=name) for name in ("returns", "payment", "travel")))
    assert found(index, "refund", domains=["travel"]) == ["travel"]
    assert found(index, "refund", domains=["payment", "returns", "nothing"]) == ["payment", "returns"]
    assert found(index, "refund", domains=["nothing"]) == []
    assert len(found(index, "refund")) == 3


def test_many_that_fit_equally_come_by_id_whatever_their_number() -> None:
    index = build(*(article(f"a{number:03}", "Refund") for number in range(200)))
    assert found(index, "refund") == ["a000", "a001", "a002"]
    assert len(found(index, "refund", limit=50)) == 50


@pytest.mark.parametrize("field", ["valid_from", "valid_until", "as_of"])
def test_a_time_that_is_none_is_rejected_and_what_stood_there_stays(field: str) -> None:
    index = build(article("a", "Refund"))
    before = index.version
    with pytest.raises(Rejected, match="RFC 3339"):
        index.upsert(article("a", "Deposit", **{field: "tomorrow"}))
    assert (found(index, "refund"), index.version) == (["a"], before)


@pytest.mark.parametrize("length", [60, 61, 255, 256, 5_000])
def test_a_word_of_any_length_is_taken_in_and_asked_for(length: int) -> None:
    index = build(article("a", "a" * length), article("b", "refund"))
    assert found(index, "a" * length) == ["a"]
    assert found(index, "a" * (length + 1) + " refund")[0] == "b"


def test_asked_again_a_question_follows_the_time_and_the_articles() -> None:
    limits = {"valid_from": "2026-11-01T00:00:00.000Z", "valid_until": "2026-11-12T00:00:00.000Z"}
    index = build(article("sale", "Autumn sale", **limits), article("winter", "Winter sale"))
    begin, end = (times.seconds(limits[name]) for name in ("valid_from", "valid_until"))
    for _ in range(2):
        both = [found(index, "autumn sale", at=at) for at in (None, begin, end - 1)]
        assert both == [["sale", "winter"]] * 3
        assert [found(index, "autumn sale", at=at) for at in (begin - 1, end)] == [["winter"]] * 2
        assert found(index, "autumn sale", at=begin, limit=1) == ["sale"]
        assert found(index, "autumn sale", domains=("finance",)) == []
    index.remove("winter")
    assert found(index, "autumn sale", at=end) == []
    index.upsert(article("sale", "Autumn sale", version=2))
    assert found(index, "autumn sale", at=end) == ["sale"]
