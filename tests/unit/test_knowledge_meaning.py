"""Knowledge by meaning: vectors join the ranking where question and article have one, and change nothing elsewhere."""

import msgspec
import numpy as np
import pytest

from agents.knowledge import Index
from agents.knowledge.meaning import Meaning, packed, wording
from agents.knowledge.shelf import MEANT
from schemas.operations import Article

MODEL = "model"


def article(article_id: str, title: str, **more: object) -> Article:
    return msgspec.convert({"article_id": article_id, "language": "en", "title": title, "text": ""} | more, Article)


REFUNDS, STAMPS, KITES = article("refunds", "Refunds"), article("stamps", "Stamps"), article("kites", "Kites")
EAST, NORTH, UP = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def index(*articles: Article) -> Index:
    built = Index()
    for one in articles:
        built.upsert(one)
    return built


def embedded() -> Index:
    built = index(REFUNDS, STAMPS, KITES)
    for one, vector in ((REFUNDS, EAST), (STAMPS, NORTH), (KITES, UP)):
        built.embedded(one, packed(MODEL, vector))
    return built


def found(built: Index, query: str, vector: bytes = b"", **more: object) -> list[tuple[str, float]]:
    hits = built.search(query, tenant="default", language="en", vector=vector, **more)  # type: ignore[arg-type]
    return [(hit.article.article_id, hit.score) for hit in hits]


def test_an_article_is_found_by_its_meaning_alone() -> None:
    assert found(embedded(), "money back") == []
    ((name, score), *_) = found(embedded(), "money back", packed(MODEL, (2.0, 0.1, 0.0)))
    assert name == "refunds"
    assert score == pytest.approx(MEANT, abs=0.01)


def test_the_meaning_moves_an_article_before_another_with_the_same_words() -> None:
    both = index(article("a", "Kites and stamps"), article("b", "Stamps and kites"))
    asked = packed(MODEL, EAST)
    assert [name for name, _ in found(both, "stamps", asked)] == ["a", "b"]
    for name, vector in (("a", NORTH), ("b", EAST)):
        both.embedded(both.get(name) or REFUNDS, packed(MODEL, vector))
    assert [name for name, _ in found(both, "stamps", asked)] == ["b", "a"]


def test_without_a_vector_of_the_question_the_articles_vectors_change_nothing() -> None:
    assert found(embedded(), "refunds") == found(index(REFUNDS, STAMPS, KITES), "refunds")


@pytest.mark.parametrize("vector", [packed("another", EAST), packed(MODEL, (1.0, 0.0)), packed(MODEL, (0.0, 0.0, 0.0))])
def test_a_vector_of_another_model_or_size_or_of_nothing_changes_nothing(vector: bytes) -> None:
    assert found(embedded(), "refunds", vector) == found(embedded(), "refunds")


def test_an_article_that_is_not_embedded_keeps_its_score_beside_those_that_are() -> None:
    some = index(REFUNDS, STAMPS)
    some.embedded(STAMPS, packed(MODEL, NORTH))
    plain = dict(found(some, "refunds"))
    assert dict(found(some, "refunds", packed(MODEL, EAST)))["refunds"] == plain["refunds"]


def test_a_vector_of_an_article_that_has_changed_meanwhile_is_dropped() -> None:
    now = index(msgspec.structs.replace(REFUNDS, title="Money", version=2))
    now.embedded(REFUNDS, packed(MODEL, EAST))
    assert found(now, "zzz", packed(MODEL, EAST)) == []


def test_a_changed_and_a_removed_article_lose_their_vectors() -> None:
    now, asked = embedded(), packed(MODEL, EAST)
    assert found(now, "zzz", asked)
    now.upsert(msgspec.structs.replace(REFUNDS, title="Money", version=2))
    assert found(now, "zzz", asked) == []
    now.remove("stamps")
    assert found(now, "zzz", packed(MODEL, NORTH)) == []


def test_who_is_not_valid_or_not_wanted_is_not_found_by_meaning_either() -> None:
    over = article("over", "Refunds", valid_until="2026-01-01T00:00:00.000Z")
    now = index(over, STAMPS)
    now.embedded(over, packed(MODEL, EAST))
    now.embedded(STAMPS, packed(MODEL, NORTH))
    asked = packed(MODEL, EAST)
    assert [name for name, _ in found(now, "zzz", asked)] == ["over"]
    assert found(now, "zzz", asked, at=1_800_000_000.0) == []
    assert found(now, "zzz", asked, domains=("returns",)) == []


def test_a_search_that_was_remembered_is_not_given_to_one_with_another_vector() -> None:
    now = embedded()
    assert [name for name, _ in found(now, "zzz", packed(MODEL, EAST))] == ["refunds"]
    assert [name for name, _ in found(now, "zzz", packed(MODEL, UP))] == ["kites"]
    assert found(now, "zzz") == []


def test_likeness_is_measured_from_what_all_articles_have_in_common() -> None:
    """In a space where every cosine is above 0.8, only the article that is meant is alike."""
    chance, meaning = np.random.default_rng(7), Meaning()
    space = np.ones(64) + chance.normal(0.0, 0.4, (30, 64))
    for slot, vector in enumerate(space):
        meaning.put(slot, packed(MODEL, vector))
    alike = meaning.likeness(packed(MODEL, space[3] + chance.normal(0.0, 0.05, 64)), 30)
    assert alike is not None
    assert alike[3] == 1.0
    assert np.median(np.delete(alike, 3)) < 0.1


def test_what_is_embedded_of_an_article_are_its_questions_or_its_text() -> None:
    asked = article("a", "Title", text="Text {stock}", questions=["One?", "Two?"])
    assert wording(asked) == "Title\nOne?\nTwo?"
    assert wording(msgspec.structs.replace(asked, questions=())) == "Title\nText {stock}"
