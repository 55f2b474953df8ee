"""Fills stock, prices and other values that change often into an article's text, and says how old they are."""

import re

import msgspec

from schemas import times
from schemas.operations import Article

_PLACE = re.compile(r"\{(\w+)\}")
AGE = "age"
"""The placeholder of the age itself; a text that uses values without it gets the age at its end."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
_UNKNOWN = {"zh": "暂时查不到", "en": "not known at the moment"}
_OLD = {
    "zh": "（这是{age}的数据，现在可能已有变化，请以商品页为准。）",
    "en": "(This was so {age} and may have changed since: the product page has the present state.)",
}
_FRESH = {"zh": "（{age}的数据）", "en": "(as of {age})"}


def filled(article: Article, now: float, read_at: float = 0.0) -> Article:
    """The article with its placeholders filled in at ``now``; ``read_at`` is when its source was last read.

    Both in seconds since the epoch. The values are as old as the later of ``read_at`` and ``as_of``. Without values
    the article comes back as it is, braces included; a value that is not there is said to be unknown.
    """
    if not article.values or not _PLACE.search(article.text + article.title):
        return article
    known = max(read_at, times.seconds(article.as_of) if article.as_of else 0.0)
    values = dict(article.values)
    aged = age(now - known, article.language) if known else ""
    values.setdefault(AGE, aged)
    text = _fill(article, article.text, values)
    if aged and text != article.text:
        text += _note(article, now - known, aged)
    return msgspec.structs.replace(article, text=text, title=_fill(article, article.title, values))


def _note(article: Article, seconds: float, aged: str) -> str:
    """What is added to the text: a warning where the values are stale, their age where the text does not say it."""
    space = " " if article.language == "en" else ""
    if seconds > article.stale_after_s:
        return space + _OLD[article.language].format(age=aged)
    return "" if f"{{{AGE}}}" in article.text else space + _FRESH[article.language].format(age=aged)


def _fill(article: Article, text: str, values: dict[str, str]) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], "") or _UNKNOWN[article.language], text)


def age(seconds: float, language: str) -> str:
    """A duration in words, in the largest unit that fits ("3 minutes ago", "3 分钟前"); below a minute: just now."""
    for size, zh, en in ((DAY, "天", "day"), (HOUR, "小时", "hour"), (MINUTE, "分钟", "minute")):
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {zh}前" if language == "zh" else f"{count} {en}{'s' if count > 1 else ''} ago"
    return "刚刚" if language == "zh" else "just now"
