"""The language of a message: Chinese or English."""

import re
from typing import Literal

Language = Literal["zh", "en"]

_CHINESE = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_LATIN_WORD = re.compile(r"[A-Za-z\uff21-\uff3a\uff41-\uff5a\u00c0-\u024f][\w'’]*")
_CHINESE_MARK = re.compile(r"[\u3000-\u303f\uff00-\uff5e]")


def detect(text: str) -> Language:
    """The language that most of ``text`` is in: a Chinese character weighs as much as a Latin word.

    A draw is Chinese, because names of products are Latin in Chinese text too. A text without either
    is Chinese where it has no Latin letter to show otherwise: the desk's first language.
    """
    if text.isascii():
        return "en" if _LATIN_WORD.search(text) else "zh"
    chinese = len(_CHINESE.findall(text))
    latin = sum(1 for _ in _LATIN_WORD.finditer(text))
    if chinese or latin:
        return "zh" if chinese >= latin else "en"
    return "zh" if _CHINESE_MARK.search(text) or not any(character.isalpha() for character in text) else "en"
