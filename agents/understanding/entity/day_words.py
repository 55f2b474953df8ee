"""Words for days: 昨天, 下周五, 上个月底, 国庆, yesterday, last Friday, next month."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import product
from typing import Any

from agents.understanding.entity.piece import Piece
from agents.understanding.entity.tense import nearest, tense
from agents.understanding.entity.vocabulary import DAY, Hit, Word

_DAYS = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨儿": -1, "今天": 0, "今日": 0, "今儿": 0, "明天": 1, "明日": 1,
    "明儿": 1, "后天": 2, "大后天": 3, "today": 0, "yesterday": -1, "tomorrow": 1, "tmr": 1, "tmrw": 1, "tomorow": 1,
    "the day before yesterday": -2, "day before yesterday": -2, "the day after tomorrow": 2, "day after tomorrow": 2,
}  # fmt: skip
_PARTED = {
    "昨晚": (-1, "evening"), "昨夜": (-1, "evening"), "昨早": (-1, "early"), "前晚": (-2, "evening"),
    "今早": (0, "early"), "今晨": (0, "early"), "今晚": (0, "evening"), "今夜": (0, "evening"), "明早": (1, "early"),
    "明晨": (1, "early"), "明晚": (1, "evening"), "tonight": (0, "evening"), "last night": (-1, "evening"),
    "this morning": (0, "morning"), "this afternoon": (0, "afternoon"), "this evening": (0, "evening"),
}  # fmt: skip
_PARTS = {
    "凌晨": "dawn", "清晨": "early", "早晨": "early", "早上": "early", "一早": "early", "早": "early",
    "上午": "forenoon", "中午": "noon", "下午": "afternoon", "傍晚": "dusk", "晚上": "evening", "晚": "evening",
    "夜里": "evening", "半夜": "dawn", "morning": "morning", "afternoon": "afternoon", "evening": "evening",
    "night": "night",
}  # fmt: skip
_ZH_OFFSETS = {
    "上上个": -2, "上上": -2, "上个": -1, "上": -1, "这个": 0, "这": 0, "本": 0,
    "下个": 1, "下": 1, "下下个": 2, "下下": 2,
}  # fmt: skip
_ZH_WEEKDAYS = dict(zip("一二三四五六日天", (*range(7), 6), strict=True))
_ZH_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}
THIRDS = {
    "上旬": "early", "初": "early", "中旬": "middle", "中": "middle",
    "下旬": "late", "底": "last", "末": "last",
}  # fmt: skip
_EN_OFFSETS = {"last": -1, "previous": -1, "this": 0, "next": 1}
_EN_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_WEEK = ("周", "星期", "礼拜")


def words(holidays: Mapping[str, Any]) -> Iterator[Word]:
    """All words for days, each with what it says: ``d-1``, ``w1.4``, ``m-1.last``, ``h10-01`` …"""
    for text, value in _said(holidays):
        yield Word(text, DAY, value)


def _said(holidays: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((text, f"d{days}") for text, days in _DAYS.items())
    yield from ((text, f"d{days} {part}") for text, (days, part) in _PARTED.items())
    yield from ((text, f"p{part}") for text, part in _PARTS.items())
    yield from (("noon", "c720"), ("midday", "c720"), ("正午", "c720"), ("midnight", "c0"), ("午夜", "c0"))
    yield from _zh_periods()
    yield from _en_periods()
    for feast in ("fixed", "weekday", "days"):
        yield from _FEASTS[feast](holidays[feast])


def _zh_periods() -> Iterator[tuple[str, str]]:
    for (prefix, offset), week in product({**_ZH_OFFSETS, "": 0}.items(), _WEEK):
        bare = "?" if not prefix else ""
        yield from ((f"{prefix}{week}{name}", f"w{offset}.{day}{bare}") for name, day in _ZH_WEEKDAYS.items())
        yield f"{prefix}{week}末", f"e{offset}"
        if prefix:
            yield f"{prefix}{week}", f"w{offset}"
    for prefix, offset in {**_ZH_OFFSETS, "当": 0, "": 0}.items():
        if prefix:
            yield f"{prefix}月", f"m{offset}"
        yield from (
            (f"{prefix}月{name}", f"m{offset}.{third}") for name, third in THIRDS.items() if prefix or name != "中"
        )
    for prefix, offset in {**_ZH_YEARS, "": 0}.items():
        if prefix:
            yield prefix, f"y{offset}"
        yield from (
            (f"{prefix}{name}", f"y{offset}.{month}") for name, month in (("年底", 12), ("年末", 12), ("年初", 1))
        )


def _en_periods() -> Iterator[tuple[str, str]]:
    for prefix, offset in _EN_OFFSETS.items():
        yield from (
            (f"{prefix} {name}", f"{unit}{offset}") for name, unit in (("week", "w"), ("month", "m"), ("year", "y"))
        )
        yield f"{prefix} weekend", f"e{offset}"
        for day, name in (*enumerate(_EN_WEEKDAYS), *((day, name) for name, day in _SHORT.items())):
            yield f"{prefix} {name}", f"l{day}" if offset < 0 else f"w{offset}.{day}"
    for name, offset in {"the month": 0, "this month": 0, "next month": 1, "last month": -1}.items():
        yield from (
            (f"{edge} of {name}", f"m{offset}.{third}")
            for edge, third in (("end", "last"), ("beginning", "early"), ("start", "early"), ("middle", "middle"))
        )
    yield from ((name, f"n{day}") for day, name in enumerate(_EN_WEEKDAYS))
    yield from (
        (f"{before} {name}", f"n{day}") for name, day in _SHORT.items() for before in ("on", "by", "until", "since")
    )
    yield from (("this weekend", "e0"), ("the weekend", "e0"))


def _fixed(feasts: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    return ((name, f"h{day}") for day, names in feasts.items() for name in names)


def _weekdays(feasts: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for feast in feasts:
        rule = f"r{feast['month']}.{feast['nth']}.{feast['weekday']}.{feast['after']}"
        yield from ((name, rule) for name in feast["names"])


def _dated(feasts: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    return ((name, f"t{' '.join(feast['dates'])}") for feast in feasts for name in feast["names"])


_FEASTS: Mapping[str, Any] = {"fixed": _fixed, "weekday": _weekdays, "days": _dated}


def piece(hit: Hit, text: str, today: date | None) -> Piece | None:
    """What a word for a day says on that day; nothing where it needs a day and there is none, or is another word."""
    value, start, end = hit.value, hit.start, hit.end
    if value[0] == "p":
        return Piece(start, end, part=value[1:], weak=True)
    if value[0] == "c":
        return Piece(start, end, minutes=int(value[1:]), certain=True)
    if today is None or (start and text[start - 1] in "每一两三几" and value[0] in "wemy"):
        return None
    return _READ[value[0]](value[1:], hit, text, today)


def _day(value: str, hit: Hit, _: str, today: date) -> Piece:
    offset, _, part = value.partition(" ")
    day = today + timedelta(int(offset))
    return Piece(hit.start, hit.end, days=(day, day), part=part)


def _week(value: str, hit: Hit, text: str, today: date) -> Piece:
    offset, _, weekday = value.partition(".")
    monday = today + timedelta(7 * int(offset) - today.weekday())
    if not weekday:
        return Piece(hit.start, hit.end, days=(monday, monday + timedelta(6)))
    day = monday + timedelta(int(weekday[0]))
    if weekday[1:]:
        day += timedelta(7 * _weeks_off(day, hit, text, today))
    return Piece(hit.start, hit.end, days=(day, day))


def _weeks_off(day: date, hit: Hit, text: str, today: date) -> int:
    """A bare 周五 is this week's, unless the sentence looks to the other side of today."""
    way = tense(text, hit.start, hit.end) if day != today else 0
    return way if way * (today - day).days > 0 else 0


def _weekend(value: str, hit: Hit, _: str, today: date) -> Piece:
    saturday = today + timedelta(7 * int(value) - today.weekday() + 5)
    return Piece(hit.start, hit.end, days=(saturday, saturday + timedelta(1)))


def _month(value: str, hit: Hit, _: str, today: date) -> Piece:
    offset, _, third = value.partition(".")
    year, month = divmod(today.year * 12 + today.month - 1 + int(offset), 12)
    return Piece(hit.start, hit.end, year=year, month=month + 1, third=third)


def _year(value: str, hit: Hit, _: str, today: date) -> Piece:
    offset, _, month = value.partition(".")
    return Piece(hit.start, hit.end, year=today.year + int(offset), month=int(month) if month else None)


def _last_weekday(value: str, hit: Hit, _: str, today: date) -> Piece:
    day = today - timedelta((today.weekday() - int(value) - 1) % 7 + 1)
    return Piece(hit.start, hit.end, days=(day, day))


def _weekday(value: str, hit: Hit, text: str, today: date) -> Piece:
    """A bare English weekday: the coming one, or the last one where the sentence is in the past."""
    if tense(text, hit.start, hit.end) < 0:
        return _last_weekday(value, hit, text, today)
    day = today + timedelta((int(value) - today.weekday()) % 7)
    return Piece(hit.start, hit.end, days=(day, day))


def _feast(value: str, hit: Hit, _: str, today: date) -> Piece:
    return Piece(hit.start, hit.end, month=int(value[:2]), day=int(value[3:]))


def _ruled(value: str, hit: Hit, text: str, today: date) -> Piece:
    month, nth, weekday, after = map(int, value.split("."))
    firsts = (date(today.year + years, month, 1) for years in (0, -1, 1))
    days = [first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1) + after) for first in firsts]
    return _yearly(days, hit, text, today)


def _listed(value: str, hit: Hit, text: str, today: date) -> Piece:
    return _yearly(map(date.fromisoformat, value.split()), hit, text, today)


def _yearly(days: Iterable[date], hit: Hit, text: str, today: date) -> Piece:
    day = nearest(days, today, tense(text, hit.start, hit.end))
    return Piece(hit.start, hit.end, days=(day, day))


_READ: Mapping[str, Callable[[str, Hit, str, date], Piece]] = {
    "d": _day, "w": _week, "e": _weekend, "m": _month, "y": _year, "l": _last_weekday, "n": _weekday, "h": _feast,
    "r": _ruled, "t": _listed,
}  # fmt: skip
