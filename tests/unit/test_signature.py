"""Signatures: questions that ask the same share one, and nothing that matters may be lost on the way to it."""

import re
from collections.abc import Callable, Iterator, Sequence

import pytest
import rjieba

from agents import catalog
from agents.cache.alike import exact, likeness
from agents.cache.signature import signature
from tests.cache_pairs import Pair, framed, heldout, look_alikes


def hits(pairs: Sequence[Pair], *, same: bool) -> list[bool]:
    signed = [(signature(p.a, p.language), signature(p.b, p.language)) for p in pairs if p.same is same]
    return [one is not None and one == other for one, other in signed]


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


@pytest.mark.parametrize("pairs", [framed, heldout, look_alikes])
def test_look_alikes_are_told_apart(pairs: Callable[[], list[Pair]]) -> None:
    wrong = [p for p, hit in zip([p for p in pairs() if not p.same], hits(pairs(), same=False), strict=True) if hit]
    assert wrong == []


def test_paraphrases_are_known_in_both_languages() -> None:
    for language in ("zh", "en"):
        assert share(hits([pair for pair in framed() if pair.language == language], same=True)) > 0.95
        assert share(hits([pair for pair in heldout() if pair.language == language], same=True)) > 0.5


def _texts() -> Iterator[tuple[str, str, str]]:
    """(language, text, intent) of the catalogue's examples and of what is out of scope."""
    known = catalog.load()
    for language in ("zh", "en"):
        for intent in known.intents:
            yield from ((language, text, intent.name) for text in getattr(intent.examples, language))
        yield from ((language, text, "outside") for text in getattr(known.outside, language))


def test_no_two_intents_share_a_signature() -> None:
    owner: dict[tuple[str, object], tuple[str, str]] = {}
    shared = []
    for language, text, intent in _texts():
        signed = signature(text, language)
        first = owner.setdefault((language, signed), (text, intent))
        if signed is not None and first[1] != intent:
            shared.append((first, (text, intent)))
    assert shared == []


def _negated(language: str, text: str) -> Iterator[str]:
    words = rjieba.cut(text) if language == "zh" else re.findall(r"\S+\s*", text)
    for place in range(1, len(words)):
        before, after = "".join(words[:place]), "".join(words[place:])
        if language == "en" or (before[-1] != after[0] and not re.fullmatch(r"[\W吗么呢啊呀]*", after)):
            yield f"{before}{'不' if language == 'zh' else 'not '}{after}"


def test_a_negation_anywhere_makes_another_question() -> None:
    lost = []
    for language, text, _ in list(_texts())[::3]:
        signed = signature(text, language)
        lost += [changed for changed in _negated(language, text) if signed and signature(changed, language) == signed]
    assert lost == []


def test_another_number_makes_another_question() -> None:
    numbered = [(language, text) for language, text, _ in _texts() if re.search("[0-9]", text)]
    assert len(numbered) > 50
    for language, text in numbered:
        for found in re.finditer("[0-9]", text):
            other = f"{text[: found.start()]}{(int(found[0]) + 1) % 10}{text[found.end() :]}"
            assert signature(other, language) != signature(text, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("zh", "请问怎么退货呢？", "退货怎么办理"),
        ("zh", "運費多少錢", "邮费是多少钱"),
        ("zh", "七天內可以退貨嗎", "7天之内能不能退货"),
        ("zh", "花呗可以用不", "能用花呗吗"),
        ("en", "How do I return an item?", "how to send back a product"),
        ("en", "Are sale items returnable?", "Can sale items be returned?"),
        ("en", "Do you ship to the United States?", "do you ship to the US"),
        ("en", "I was wondering whether you deliver on Sundays", "Do you deliver on Sunday?"),
    ],
)
def test_ways_to_ask_one_thing(language: str, one: str, other: str) -> None:
    assert signature(one, language) == signature(other, language) is not None


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("zh", "目的地可以改吗", "地可以改吗"),
        ("zh", "不，要退货", "不要退货"),
        ("zh", "付款了，什么时候发货", "什么时候付款了，发货"),
        ("zh", "还没发货怎么办", "没发货怎么办"),
        ("zh", "怎么投诉卖家", "卖家怎么投诉"),
        ("en", "do you ship to us", "do you ship to US"),
        ("en", "Is vitamin A included?", "Is a vitamin included?"),
        ("en", "Can I return any item?", "Can I return an item?"),
        ("en", "Can sellers be cancelled?", "Can I cancel sellers?"),
        ("en", "do you ship in May", "do you ship in, may"),
        ("en", "Is it 1.5 m?", "Is it 15 m?"),
    ],
)
def test_what_the_ways_of_writing_could_hide(language: str, one: str, other: str) -> None:
    assert signature(one, language) != signature(other, language)


@pytest.mark.parametrize("text", ["", "  ", "？！", "你好", "谢谢", "Hello!", "the", "\ud800", "😀"])
def test_texts_that_ask_nothing_have_none_or_their_own(text: str) -> None:
    for language in ("zh", "en"):
        signed = signature(text, language)
        assert signed is None or signed.said


def test_likeness_is_one_for_the_same_words_and_zero_for_none_in_common() -> None:
    assert likeness(exact("怎么退货？"), exact("怎么退貨")) == 1.0
    assert likeness("abc", "xyz") == likeness("", "xyz") == 0.0
    assert 0.5 < likeness("how to return", "how to return it") < 1.0
