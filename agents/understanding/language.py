"""The language of a message: Chinese, English or another one."""

import re
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import yaml

from agents.understanding.width import only_simplified, only_traditional

Language = Literal["zh", "en"]
Spoken = Literal["zh", "en", "other"]
Script = Literal["simplified", "traditional", "mixed", "none"]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_CHINESE = re.compile(f"[{_HAN}]")
_CHINESE_RUN = re.compile(f"[{_HAN}]+")
_LATIN_WORD = re.compile(r"[A-Za-z\uff21-\uff3a\uff41-\uff5a\u00c0-\u024f][\w'’]*")
_CHINESE_MARK = re.compile(r"[\u3000-\u303f\uff00-\uff5e]")
_WORD = re.compile(r"[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]+(?:['’][a-zA-Z\u00c0-\u024f]+)?")
_KANA = re.compile(r"[\u3041-\u309f\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff9d]")
_OTHER_SCRIPT = re.compile(r"[^\W\d_a-zA-Z\u00aa-\u024f\u1e00-\u1eff\uff21-\uff5a" + _HAN + r"]")
_ACCENT = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")
_MOST, _FEW = 400, 4


class Shares(NamedTuple):
    """Which part of the text is in each language, by characters of Chinese and words of the rest; sums to 1 or 0."""

    zh: float = 0.0
    en: float = 0.0
    other: float = 0.0


_ALL_CHINESE = Shares(zh=1.0)


class Recognised(NamedTuple):
    """The language that most of a text is in, the script of its Chinese, and the share of each language."""

    language: Spoken
    script: Script
    shares: Shares


def detect(text: str) -> Language:
    """The language of the desk, Chinese or English, that most of ``text`` is in.

    A Chinese character weighs as much as a Latin word. A draw is Chinese, because names of products are Latin in
    Chinese text too. A text without either is Chinese where it has no Latin letter to show otherwise: the desk's first
    language.
    """
    if text.isascii():
        return "en" if _LATIN_WORD.search(text) else "zh"
    chinese = len(_CHINESE.findall(text))
    latin = sum(1 for _ in _LATIN_WORD.finditer(text))
    if chinese or latin:
        return "zh" if chinese >= latin else "en"
    return "zh" if _CHINESE_MARK.search(text) or not any(character.isalpha() for character in text) else "en"


def answered_in(spoken: Spoken) -> Language:
    """The language of the desk for somebody who speaks ``spoken``: English where it is neither."""
    return "zh" if spoken == "zh" else "en"


def recognise(text: str) -> Recognised:
    """The language of ``text``, ``other`` where it is neither Chinese nor English.

    Kana makes a text Japanese, other scripts count as they are; Latin text is another language where its stop words
    and accents are not English. What little there is in a short Latin text stays English. The first 400 characters
    decide.
    """
    text = text[:_MOST]
    if text.isascii():
        return _latin(text)
    chinese = "".join(_CHINESE_RUN.findall(text))
    strange = len(_OTHER_SCRIPT.findall(text))
    if chinese and strange and _KANA.search(text):
        strange, chinese = strange + len(chinese), ""
    english, foreign = _told_apart(text) if _WORD.search(text) else (0, 0)
    return _weighed(chinese, english, foreign + strange, text)


def _latin(text: str) -> Recognised:
    english, foreign = _told_apart(text)
    if not english and not foreign:
        return Recognised("zh", "none", Shares())
    return _weighed("", english, foreign, text)


def _told_apart(text: str) -> tuple[int, int]:
    """How many Latin words are English and how many are not: all of them one or the other, by what gives them away."""
    words = _WORD.findall(text.lower())
    said = set(words)
    stops = _stop_words()
    foreign = len(said & stops.foreign)
    if not text.isascii():
        foreign += len([word for word in said if not word.isascii() and _ACCENT.search(word)])
    if not foreign:
        return len(words), 0
    away = foreign > len(said & stops.english) and (foreign > 1 or len(words) < _FEW)
    return (0, len(words)) if away else (len(words), 0)


class _StopWords(NamedTuple):
    english: frozenset[str]
    foreign: frozenset[str]


@cache
def _stop_words() -> _StopWords:
    """The words of agents/catalog/lexicons/stop_words.yaml; what English has too tells nothing."""
    text = files("agents").joinpath("catalog", "lexicons", "stop_words.yaml").read_text(encoding="utf-8")
    source = yaml.safe_load(text)
    english = frozenset(source["english"].split())
    foreign = frozenset(word for words in source["foreign"].values() for word in words.split())
    return _StopWords(english, foreign - english)


def _weighed(chinese: str, english: int, other: int, text: str) -> Recognised:
    if chinese and not english and not other:
        return Recognised("zh", _script(chinese), _ALL_CHINESE)
    total = len(chinese) + english + other
    if not total:
        return Recognised(detect(text), "none", Shares())
    shares = Shares(len(chinese) / total, english / total, other / total)
    if shares.other > max(shares.zh, shares.en):
        return Recognised("other", _script(chinese), shares)
    return Recognised("zh" if len(chinese) >= english else "en", _script(chinese), shares)


def _script(chinese: str) -> Script:
    """Which characters the text has that the other script writes differently; simplified where none tells."""
    if not chinese:
        return "none"
    said = set(chinese)
    traditional, simple = len(said & only_traditional()), len(said & only_simplified())
    if traditional and simple and min(traditional, simple) * 3 > max(traditional, simple):
        return "mixed"
    return "traditional" if traditional > simple else "simplified"
