"""Which way a sentence looks from today: back to what was bought, or ahead to what will come."""

import re
from collections.abc import Iterable
from datetime import date

_REACH = 40
_WORD = re.compile(r"[a-z']+")
_PAST_ZH = re.compile(r"了|过(?![年节段])|[买下拍订付寄发]的|收到的|已经")
_FUTURE_ZH = re.compile(
    r"[能会将]|可以|预计|之前|以前|送来|送到|发货吗|放假|休息|上班|开门|关门|值班|营业|开业|复工|活动"
)
_PAST_EN = frozenset(
    ("was", "were", "did", "had", "got", "came", "since", "bought", "paid", "sent", "said", "told", "ago", "made",
     "broke", "didn't", "hasn't", "haven't", "never")
)  # fmt: skip
_FUTURE_EN = frozenset(
    ("will", "can", "could", "would", "shall", "going", "by", "before", "until", "need", "want", "please", "closed",
     "open")
)  # fmt: skip


def tense(text: str, start: int, end: int) -> int:
    """1 where the words round a place speak of what comes, -1 of what was, 0 where they say neither or both."""
    near = text[max(start - _REACH, 0) : end + _REACH]
    words = frozenset(_WORD.findall(near))
    past = not words.isdisjoint(_PAST_EN) or any(map(_is_past, words)) or bool(_PAST_ZH.search(near))
    return (not words.isdisjoint(_FUTURE_EN) or bool(_FUTURE_ZH.search(near))) - past


def _is_past(word: str) -> bool:
    """Ordered and placed, not need or red; closed says when, not that it was."""
    return word.endswith("ed") and len(word) > 4 and word[-3] != "e" and word not in _FUTURE_EN


def nearest(days: Iterable[date], today: date, way: int) -> date:
    """The day nearest to today, of those on the side that a sentence looks to where there are any."""
    listed = list(days)
    fitting = [day for day in listed if (day - today).days * way >= 0] if way else listed
    return min(fitting or listed, key=lambda day: abs(day - today))
