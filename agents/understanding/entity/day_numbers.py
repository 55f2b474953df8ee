"""Days in numbers: 2026-01-31, 1/31, 31 Jan, 1月31号, 3号, 三天前, in two weeks."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from agents.understanding.entity.day_words import THIRDS
from agents.understanding.entity.numerals import HAN, WORDS, whole
from agents.understanding.entity.piece import Piece
from agents.understanding.entity.vocabulary import DIGIT, MONTH, UNIT, WHEN, Word

_MONTHS = (
    ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
    ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"), ("november", "nov"),
    ("december", "dec"),
)  # fmt: skip
MONTH_NAMES = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAME = "|".join(sorted(MONTH_NAMES, key=len, reverse=True))
_LONG_NAME = "|".join(names[0] for names in _MONTHS if names[0] != "may")
CUES = (
    *(Word(name, MONTH) for name in MONTH_NAMES),
    *(Word(cue, WHEN) for cue in ("年", "月", "日", "号", "前", "后", "过")),
    *(
        Word(form, UNIT)
        for unit in ("minute", "min", "hour", "hr", "day", "week", "month", "year")
        for form in (unit, f"{unit}s")
    ),
)
_HAN_DAY = "[一二三四五六七八九十廿]{1,3}"
_EN_N = rf"[0-9]{{1,3}}|half an|a couple of|an?|{'|'.join(WORDS)}"

_ZH_DATE = re.compile(
    r"(?P<first>[0-9〇零一二三四五六七八九十](?<![0-9.第半几a-z].)(?:(?<=[0-9])[0-9]{0,3}|(?<=[^0-9])"
    r"[〇零一二三四五六七八九十]{0,3}))\s?"
    r"(?:年\s?(?P<month>[0-9]{1,2}|[一二三四五六七八九十]{1,2})\s?月|月)份?\s?"
    rf"(?:(?P<day>[0-9]{{1,2}}|{_HAN_DAY})(?:\s?[日号]|(?:-|~|到|至)(?P<to>[0-9]{{1,2}}|{_HAN_DAY})[日号]"
    r"|(?=[^0-9a-z日号个件%.折元块天年月点:/-]|$))|(?P<third>上旬|中旬|下旬|初|中|底|末))?"
)
_ZH_YEAR = re.compile(r"(?P<year>[12](?<![0-9].)[09][0-9]{2})\s?年(?!\s?[0-9一二三四五六七八九十]{1,2}\s?月)")
_DAY_NUMBER = re.compile(
    r"(?P<day>[0-9一二三四五六七八九十](?<![0-9a-z路街道弄巷第村院服大小工.:一二三四五六七八九十-].)"
    r"(?:(?<=[0-9])[0-9]?|(?<=[^0-9])[一二三四五六七八九十]{0,2}(?=号)))(?:\s?(?:-|~|到|至)\s?(?P<to>[0-9]{1,2}))?"
    r"(?:号(?![楼店色线电柜门仓机院厅桌库字码球款鞋单客选位房井键签员商包窗铺栋工])"
    r"|日(?!内|之|无理由|游|达|后|前|以|均|常|期|用|租|间|化|志|报|子|起?无))"
)
_ISO = re.compile(
    r"(?<![0-9a-z.-])(?P<year>(?:19|20)[0-9]{2})(?:(?P<sep>[-/.])(?P<month>[0-9]{1,2})(?P=sep)"
    r"(?P<day>[0-9]{1,2})(?![0-9])(?!-[0-9a-z])"
    r"|[-/](?P<only_month>0[1-9]|1[0-2])(?![0-9a-z./-])|(?P<packed>(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))"
    r"(?![0-9a-z.-]))"
)
_SHORT = re.compile(
    r"(?<![0-9a-z./:¥$€£-])(?P<a>[0-9]{1,2})(?P<sep>[/.-])(?P<b>[0-9]{1,2})(?:(?P=sep)(?P<year>(?:19|20)"
    r"[0-9]{2}|[0-9]{2}))?(?![0-9a-z%/:]|[.-][0-9a-z])"
)
_DATED_BEFORE = re.compile(
    r"(?:\b(?:on|by|since|from|until|till|before|after|date|dated|to)|[于在从到至自是和]|日期)[\s:]{0,2}$"
)
_DATED_AFTER = re.compile(r"\s?(?:号|下单|下的|买|购|拍|订|付|发货|收到|到货|签收|寄|当天|那天|之?前|之?后|以后|以前)")
_EN = re.compile(
    rf"(?<![0-9a-z.$])(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?(?:\sof)?[\s-]?(?P<month>{_NAME})(?![a-z])"
    rf"\.?(?:[,\s-]{{1,2}}(?P<year>(?:19|20)[0-9]{{2}})(?![0-9]))?"
    rf"|(?<![a-z])(?P<month_2>{_NAME})\.?\s?(?P<day_2>[0-3]?[0-9])(?:st|nd|rd|th)?(?![0-9a-z:%])(?:\s?(?:-|to)"
    rf"\s?(?P<to>[0-3]?[0-9])(?:st|nd|rd|th)?(?![0-9a-z:%]))?(?:,?\s(?P<year_2>(?:19|20)[0-9]{{2}})(?![0-9]))?"
    rf"|(?<![a-z])(?P<month_3>{_NAME})\.?,?\s(?P<year_3>(?:19|20)[0-9]{{2}})(?![0-9])"
    rf"|\b(?:in|since|last|next|this|of|by|until|from|during)\s(?P<month_4>{_LONG_NAME})(?![a-z])"
)
_ORDINAL = re.compile(
    r"\bthe\s(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)(?=\s*(?:$|[,.!?;)]|(?:of\s(?:this|next|last|the)|and|at|but|i"
    r"|we|for|in|this|next|last|it|was|is|or)\b))"
)
_ZH_AGO = re.compile(
    rf"(?P<n>[0-9半{HAN}](?<![第前0-9.].)(?:(?<=[0-9])[0-9]{{0,2}}|(?<=[^0-9半])[{HAN}]{{0,3}}|(?<=半)))"
    rf"\s?个?(?P<half>半)?\s?"
    r"(?P<unit>分钟|小时|钟头|天|日|周|星期|礼拜|月|年)(?P<more>半)?多?\s?(?:(?:之|以)?(?P<way>前|后)"
    r"(?![台者悔续面缀天]))?"
)
_EN_AGO = re.compile(
    rf"\b(?:(?P<n>{_EN_N})\s(?P<half>and a half\s)?(?P<unit>minute|min|hour|hr|day|week|month|year)"
    rf"s?\s(?P<way>ago|later|from now|from today|earlier|back(?!\s(?:to|and)))"
    rf"|(?P<within>in)\s(?P<n_2>{_EN_N})\s(?P<unit_2>minute|min|hour|hr|day|week|month|year)s?(?!\sago|[a-z]))"
)
_UNITS = {
    "分钟": "minute", "小时": "hour", "钟头": "hour", "天": "day", "日": "day", "周": "week", "星期": "week",
    "礼拜": "week", "月": "month", "年": "year", "min": "minute", "hr": "hour",
}  # fmt: skip
_EN_COUNTS = {"half an": 0.5, "a couple of": 2, "a": 1, "an": 1}
_PAST = frozenset(("ago", "earlier", "back"))
_DIGITAL = re.compile(r"[0-9][/.-][0-9]|[0-9]{8}")
_PASSED = ("超过", "经过", "不过", "通过")
_NEGATED = re.compile(r"(?:n't|\b(?:not|never))\b[^.!?;]*$")
_FAR = 1000
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}


def pieces(text: str, now: datetime | None, kinds: int) -> Iterator[Piece]:
    """Pieces of the days in a folded text with words of those kinds."""
    if "月" in text:
        yield from _zh_dates(text)
    if "年" in text:
        yield from (Piece(*match.span(), year=int(match["year"])) for match in _ZH_YEAR.finditer(text))
    if "号" in text or "日" in text:
        yield from _day_numbers(text)
    if kinds & DIGIT and _DIGITAL.search(text):
        yield from _iso(text)
        yield from _short(text)
    if kinds & MONTH:
        yield from _english(text)
    if kinds & DIGIT and "the " in text:
        yield from (
            Piece(*match.span(), day=int(match["day"])) for match in _ORDINAL.finditer(text) if _in(31, match["day"])
        )
    if now is not None:
        yield from _zh_relative(text, now)
    if now is not None and kinds & UNIT:
        yield from _en_relative(text, now)


def _in(limit: int, number: str) -> bool:
    return 1 <= whole(number) <= limit


def _day_of(number: str | None) -> int | None:
    return whole(number.replace("廿", "二十")) if number else None


def _zh_dates(text: str) -> Iterator[Piece]:
    for match in _ZH_DATE.finditer(text):
        year, month = (match["first"], match["month"]) if match["month"] else ("", match["first"])
        day = _day_of(match["day"])
        if len(month) <= 2 and _in(12, month) and (day is None or 1 <= day <= 31) and len(year) in (0, 2, 4):
            third = THIRDS[match["third"]] if match["third"] else ""
            full = _four_digits(year) if year else None
            yield Piece(*match.span(), year=full, month=whole(month), day=day, last=_day_of(match["to"]), third=third)


def _four_digits(year: str) -> int:
    digits = "".join(str(whole(character)) for character in year)
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _day_numbers(text: str) -> Iterator[Piece]:
    for match in _DAY_NUMBER.finditer(text):
        if _in(31, match["day"]):
            yield Piece(*match.span(), day=whole(match["day"]), last=_day_of(match["to"]))


def _iso(text: str) -> Iterator[Piece]:
    for match in _ISO.finditer(text):
        year, packed = int(match["year"]), match["packed"]
        month = packed[:2] if packed else match["month"] or match["only_month"]
        day = packed[2:] if packed else match["day"]
        if _in(12, month) and (day is None or _in(31, day)):
            yield Piece(*match.span(), year=year, month=int(month), day=int(day) if day else None)


def _short(text: str) -> Iterator[Piece]:
    for match in _SHORT.finditer(text):
        first, second, year = int(match["a"]), int(match["b"]), match["year"]
        month, day = (second, first) if first > 12 or (match["sep"] == "." and year) else (first, second)
        if 1 <= month <= 12 and 1 <= day <= 31 and (year or _is_dated(match, text)):
            full = int(year) + (2000 if int(year) < 100 else 0) if year else None
            yield Piece(*match.span(), year=full, month=month, day=day)


def _is_dated(match: re.Match[str], text: str) -> bool:
    """Whether 1/31 is a day: words say so, or its form does (not 1/2, 24/7, 2-3 or 1.5)."""
    before = text[max(match.start() - 10, 0) : match.start()]
    if _DATED_AFTER.match(text, match.end()) or (match["sep"] == "/" and _DATED_BEFORE.search(before)):
        return True
    return (
        match["sep"] == "/"
        and match[0] != "24/7"
        and (int(match["a"]) > 12 or int(match["b"]) > 12 or match["b"][0] == "0")
    )


def _english(text: str) -> Iterator[Piece]:
    for match in _EN.finditer(text):
        day = match["day"] or match["day_2"]
        year = match["year"] or match["year_2"] or match["year_3"]
        name = match["month"] or match["month_2"] or match["month_3"] or match["month_4"]
        if day is None or _in(31, day):
            start = match.start("month_4") if match["month_4"] else match.start()
            yield Piece(
                start,
                match.end(),
                year=int(year) if year else None,
                month=MONTH_NAMES[name],
                day=int(day) if day else None,
                last=_day_of(match["to"]),
            )


def _zh_relative(text: str, now: datetime) -> Iterator[Piece]:
    if "前" not in text and "后" not in text and "过" not in text:
        return
    for match in _ZH_AGO.finditer(text):
        way = match["way"] or _over(text, match.start())
        number = 0.5 if match["n"] == "半" else whole(match["n"])
        if way and number < _FAR:
            number += 0.5 if match["half"] or match["more"] else 0
            yield _shifted(match, number if way == "后" else -number, match["unit"], now)


def _over(text: str, start: int) -> str:
    """过三天 and 再过三天 are in three days, 超过三天 is not."""
    passed = text.startswith("过", start - 1) and not text.startswith(_PASSED, max(start - 2, 0))
    return "后" if start and passed else ""


def _en_relative(text: str, now: datetime) -> Iterator[Piece]:
    for match in _EN_AGO.finditer(text):
        said = match["n"] or match["n_2"]
        number = (_EN_COUNTS.get(said) or whole(said)) + (0.5 if match["half"] else 0)
        unit = match["unit"] or match["unit_2"]
        if match["within"] and _NEGATED.search(text, max(match.start() - 40, 0), match.start()):
            continue
        yield _shifted(match, -number if match["way"] in _PAST else number, unit, now)


def _shifted(match: re.Match[str], count: float, unit: str, now: datetime) -> Piece:
    """A point in time for minutes and hours, a day for longer units; half a month is fifteen days."""
    unit = _UNITS.get(unit, unit)
    start, end = match.span()
    if unit in {"minute", "hour"} or (unit == "day" and count % 1):
        return Piece(start, end, moment=now + timedelta(minutes=count * _MINUTES[unit]))
    day = (
        _months_on(now.date(), count * (12 if unit == "year" else 1))
        if unit in {"month", "year"}
        else (now + timedelta(minutes=count * _MINUTES[unit])).date()
    )
    return Piece(start, end, days=(day, day))


def _months_on(day: date, months: float) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + int(months), 12)
    year = min(max(year, 1), 9998)
    moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return moved + timedelta(round(months % 1 * 30) * (1 if months > 0 else -1)) if months % 1 else moved
