"""Pieces of a date or time, and how neighbours become one: 去年 + 12月25号 + 晚上 + 8点."""

import re
from datetime import date, datetime
from typing import NamedTuple

_GAP = re.compile(r"\s?(?:的|,|，|\.|at|on|in the|of|of the|from)?\s?")
_TO = re.compile(r"\s?(?:到|至|-|~|to|until|till|through|or)\s?")
_BETWEEN, _AND = "between ", " and "
_LONGEST_GAP = 8

AFTERNOON = frozenset(("afternoon", "dusk", "evening", "night"))
PARTS = {
    "dawn": (0, 6), "early": (6, 9), "forenoon": (8, 12), "morning": (6, 12), "noon": (11, 13), "afternoon": (12, 18),
    "dusk": (17, 19), "evening": (18, 24), "night": (18, 24),
}  # fmt: skip
"""Parts of the day, with their hours."""


class Piece(NamedTuple):
    """What one word or group of digits says: fields of a date, days from first to last, a part of the day, minutes.

    ``last`` is a later day of the same month, ``third`` a part of the month. ``minutes`` count from midnight;
    ``certain`` ones say which half of the day. A ``weak`` piece needs a neighbour. ``moment`` is a point in time.
    """

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    days: tuple[date, date] | None = None
    part: str = ""
    minutes: int | None = None
    certain: bool = False
    weak: bool = False
    last: int | None = None
    third: str = ""
    moment: datetime | None = None

    @property
    def dated(self) -> bool:
        return self.days is not None or self.year is not None or self.month is not None or self.day is not None

    @property
    def timed(self) -> bool:
        return self.minutes is not None or bool(self.part)


def joined(pieces: list[Piece], text: str) -> list[tuple[Piece, Piece | None]]:
    """Pieces in order, neighbours merged, as (first, last) where two are the ends of a range."""
    merged: list[Piece] = []
    for piece in sorted(pieces, key=_place):
        if merged and piece.start < merged[-1].end:
            continue
        together = _merged(merged[-1], piece, text) if merged else None
        if together:
            merged[-1] = together
        else:
            merged.append(piece)
    return _ranges([piece for piece in merged if not piece.weak], text)


def _place(piece: Piece) -> tuple[int, int]:
    return piece.start, -piece.end


def _ranges(pieces: list[Piece], text: str) -> list[tuple[Piece, Piece | None]]:
    found: list[tuple[Piece, Piece | None]] = []
    for piece in pieces:
        first, last = found[-1] if found else (None, None)
        if first and not last and _reaches(first, piece, text) and _alike(first, piece):
            found[-1] = first, piece
        else:
            found.append((piece, None))
    return found


def _reaches(first: Piece, last: Piece, text: str) -> bool:
    """Whether 到 or the like stands between two pieces, or "and" after "between"."""
    if _TO.fullmatch(text, first.end, last.start):
        return True
    return text[first.end : last.start] == _AND and text.endswith(_BETWEEN, 0, first.start)


def _alike(first: Piece, last: Piece) -> bool:
    if first.moment is not None or last.moment is not None:
        return False
    return last.timed if first.timed else last.dated and not last.timed


def _merged(one: Piece, other: Piece, text: str) -> Piece | None:
    if other.start - one.end > _LONGEST_GAP or not _GAP.fullmatch(text, one.end, other.start):
        return None
    if one.moment is not None or other.moment is not None:
        return None
    if other.dated and other.minutes is None and not (one.dated and other.timed):
        return _date(one, other) or (_at(other, one) if one.timed and not one.dated and _spoken(one) else None)
    return _at(one, other) if other.timed and not other.dated and one.minutes is None else None


def _spoken(piece: Piece) -> bool:
    return piece.minutes is not None


def _date(one: Piece, other: Piece) -> Piece | None:
    if one.timed or one.days or other.days:
        return None
    year_first = one.month is None and one.day is None and other.year is None and other.month is not None
    month_first = one.month is not None and one.day is None and other.month is None and other.day is not None
    day_first = one.month is None and one.year is None and other.day is None and other.month is not None
    if not (year_first or month_first or day_first) or (month_first and other.year is not None):
        return None
    return one._replace(
        end=other.end,
        year=one.year if one.year is not None else other.year,
        month=one.month if one.month is not None else other.month,
        day=one.day if one.day is not None else other.day,
        last=other.last,
        third=other.third,
        weak=False,
    )


def _at(day: Piece, hour: Piece) -> Piece | None:
    """A day with a time of it; a part of the day says which half an uncertain hour is in."""
    part = day.part or hour.part
    minutes, certain = hour.minutes, hour.certain or bool(part)
    if minutes is not None and part and not hour.certain:
        minutes = in_part(minutes, part)
    start, end = min(day.start, hour.start), max(day.end, hour.end)
    return day._replace(start=start, end=end, part=part, minutes=minutes, certain=certain, weak=False)


def in_part(minutes: int, part: str) -> int:
    """Minutes from midnight of a clock's time in a part of the day: 8:00 in the evening is 20:00."""
    if part in AFTERNOON:
        if minutes < 720:
            return minutes + 720
        return 1440 if part in {"evening", "night"} and minutes == 720 else minutes
    if part == "noon" and minutes < 180:
        return minutes + 720
    return minutes - 720 if part == "dawn" and 720 <= minutes < 780 else minutes
