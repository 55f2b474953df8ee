"""From text to search terms: words and characters for Chinese, lightly stemmed words for everything else."""

import re
import unicodedata
from functools import lru_cache

import rjieba

from agents.knowledge.words import SIMPLIFIED, STOP_WORDS

HAN = r"\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"([{HAN}]+)|([^\W_{HAN}]+)")
"""A run of Chinese characters, or a word of other letters and digits."""
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff'’]")


def terms(text: str) -> list[str]:
    """The terms of a text in order, repeats included, stop words left out; any text is accepted, even lone surrogates.

    A Chinese word counts as itself and as each of its characters: a word that the index has never seen still meets its
    relatives (销号 meets 注销账号), and the word itself weighs more because it is rarer.
    """
    found: list[str] = []
    for han, word in RUN.findall(fold(text)):
        if han:
            for part in rjieba.cut_for_search(han):
                found += _with_characters(part)
        elif word not in STOP_WORDS:
            found.append(stem(word))
    return found


@lru_cache(64)
def fold(text: str) -> str:
    """One spelling for what reads alike: width and case, traditional and simplified, invisible marks, apostrophes."""
    if text.isascii():
        return text.replace("'", "").lower()
    clean = _UNSEEN.sub("", text.encode("utf-8", "replace").decode())
    return unicodedata.normalize("NFKC", clean).casefold().translate(SIMPLIFIED)


@lru_cache(20_000)
def stem(word: str) -> str:
    """Strip the common English endings, so that shipped, ships, shipping and shipment meet.

    The plural rules follow the S-stemmer (Harman, "How effective is suffixing?", JASIS 42, 1991); -ing, -ed, -ment,
    -ation, -able go as well where three letters with a vowel remain, and a last e or y. Words with digits stay.
    """
    if len(word) <= 3 or not (word.isascii() and word.isalpha()):
        return word
    word = _cut_derivation(_cut_verb(_singular(word)))
    if word.endswith("our") and len(word) > 4:
        word = word[:-2] + "r"
    if len(word) > 4 and word[-1] in "ey":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("ll") else word


@lru_cache(20_000)
def _with_characters(word: str) -> tuple[str, ...]:
    """The terms of a Chinese word."""
    if word in STOP_WORDS:
        return ()
    characters = tuple(character for character in word if character not in STOP_WORDS)
    return (word, *characters) if len(word) > 1 else characters


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _cut_verb(word: str) -> str:
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and _is_stem(rest):
            return rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "aeiousz" else rest
    return word


def _cut_derivation(word: str) -> str:
    for ending in ("ation", "ment", "able"):
        rest = word.removesuffix(ending)
        if rest != word and _is_stem(rest):
            return rest
    return word


def _is_stem(rest: str) -> bool:
    return len(rest) >= 3 and any(letter in "aeiouy" for letter in rest)
