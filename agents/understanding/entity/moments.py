"""Dates and times: pieces of them joined, and resolved against the time of the message."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from agents.understanding.entity import clock, day_numbers, day_words
from agents.understanding.entity.found import Candidate
from agents.understanding.entity.piece import PARTS, Piece, in_part, joined
from agents.understanding.entity.tense import nearest, tense
from agents.understanding.entity.vocabulary import CLOCK, DAY, DIGIT, MONTH, UNIT, WHEN, Sight

Days = tuple[date, date]
_SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def moments(sight: Sight) -> Iterator[Candidate]:
    """``date`` as 2026-01-31 and ``time`` as 2026-01-31T15:00:00+08:00; two of them with / between are a range.

    Without the time of the message only what names its year is found.
    """
    text, now = sight.text, sight.now
    pieces = _pieces(sight)
    for first, last in joined(pieces, text) if pieces else ():
        read = _range(first, last, now, text) if last else _one(first, now, text)
        if read:
            yield Candidate(*read, first.start, (last or first).end)


def may_be(sight: Sight) -> bool:
    """Whether any moment is named, whenever the text was written: but for words for days, that is all the same."""
    return bool(sight.of(DAY) or _pieces(sight._replace(now=_SOME_TIME)))


def _pieces(sight: Sight) -> list[Piece]:
    text, now = sight.text, sight.now
    today = now.date() if now else None
    words = (day_words.piece(hit, text, today) for hit in sight.of(DAY))
    found = [piece for piece in words if piece]
    if sight.kinds & (WHEN | UNIT | MONTH | DIGIT):
        found += day_numbers.pieces(text, now, sight.kinds)
    if sight.kinds & CLOCK:
        found += clock.pieces(text, sight.kinds)
    return found


def _one(piece: Piece, now: datetime | None, text: str) -> tuple[str, str] | None:
    if piece.moment is not None:
        return "time", _instant(piece.moment)
    days = _days(piece, now.date() if now else None, text)
    if days is None:
        return None
    if piece.minutes is not None and now:
        return "time", _instant(_at(days[0], piece.minutes, now))
    if piece.part and now:
        first, last = (_at(days[0], 60 * hour, now) for hour in PARTS[piece.part])
        return "time", f"{_instant(first)}/{_instant(last)}"
    return "date", _span(days)


def _range(first: Piece, last: Piece, now: datetime | None, text: str) -> tuple[str, str] | None:
    """From one piece to another; the second takes over what the first has said: 1月3号到5号, 下午2点到5点."""
    if first.timed:
        return _hours(first, last, now, text)
    today = now.date() if now else None
    if last.month is None and last.days is None and first.month is not None:
        last = last._replace(year=first.year, month=first.month)
    start = _days(first, today, text)
    end = _days(last if last.year else last._replace(year=first.year), today, text)
    if not start or not end:
        return None
    if end[1] < start[0] and last.days:
        end = end[0] + timedelta(7), end[1] + timedelta(7)
    return ("date", _span((start[0], end[1]))) if end[1] >= start[0] else None


def _hours(first: Piece, last: Piece, now: datetime | None, text: str) -> tuple[str, str] | None:
    days = _days(first if first.dated else last, now.date() if now else None, text)
    until = _days(last, now.date() if now else None, text) if last.dated else days
    if now is None or not days or not until or first.minutes is None or last.minutes is None:
        return None
    minutes = last.minutes
    if first.part and not last.certain:
        minutes = in_part(minutes, first.part)
    if minutes <= first.minutes and until == days:
        minutes += 720 if minutes + 720 > first.minutes and not last.certain else 1440
    return "time", f"{_instant(_at(days[0], first.minutes, now))}/{_instant(_at(until[0], minutes, now))}"


def _at(day: date, minutes: int, now: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo) + timedelta(minutes=minutes)


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _span(days: Days) -> str:
    first, last = days
    return first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"


def _days(piece: Piece, today: date | None, text: str) -> Days | None:
    """The first and last day of a piece; without a year it is the nearest, on the side that the sentence looks to."""
    if piece.days or not piece.dated:
        return piece.days or ((today, today) if today else None)
    if piece.year is not None:
        return _of_year(piece, piece.year)
    if today is None:
        return None
    way = tense(text, piece.start, piece.end)
    possible = {days[0]: days for year, month in _months(piece, today, way) if (days := _of_month(piece, year, month))}
    return possible[nearest(possible, today, way)] if possible else None


def _months(piece: Piece, today: date, way: int) -> list[tuple[int, int]]:
    """The months that a piece may be in: of this year and its neighbours.

    A day without a month is in this month, or where that is the wrong side of today in one beside it.
    """
    if piece.month is not None:
        return [(today.year + years, piece.month) for years in (0, -1, 1)]
    this = today.year * 12 + today.month - 1
    return [(month // 12, month % 12 + 1) for month in ((this, this - 1, this + 1) if way else (this,))]


def _of_year(piece: Piece, year: int) -> Days | None:
    if not 1 <= year <= 9998:
        return None
    return _of_month(piece, year, piece.month) if piece.month else (date(year, 1, 1), date(year, 12, 31))


def _of_month(piece: Piece, year: int, month: int) -> Days | None:
    last = monthrange(year, month)[1]
    first, end = piece.day or 1, piece.last or piece.day or last
    if piece.third:
        first, end = {"early": (1, 10), "middle": (11, 20), "late": (21, last)}.get(piece.third, (last, last))
    return (date(year, month, first), date(year, month, end)) if first <= end <= last else None
