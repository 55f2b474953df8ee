"""Makes messages with labelled entities by seed: Chinese, English and mixed, with traps that look like entities.

The values are worked out here, with nothing of the recognisers: a label says what the writer of the message meant.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import yaml

_FIRST = datetime(2024, 3, 1, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
_HAN = "零一二三四五六七八九"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "September", "Oct", "Nov", "December")
_NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ZH_CURRENCIES = {
    "元": "CNY",
    "块": "CNY",
    "块钱": "CNY",
    "rmb": "CNY",
    "美元": "USD",
    "欧元": "EUR",
    "港币": "HKD",
    "英镑": "GBP",
}
_EN_CURRENCIES = {" dollars": "USD", " euros": "EUR", " USD": "USD", " pounds": "GBP", " yuan": "CNY", " HKD": "HKD"}
_MARKS = {"$": "USD", "€": "EUR", "£": "GBP", "HK$": "HKD", "US$": "USD", "GBP ": "GBP", "CNY ": "CNY"}


@dataclass(frozen=True, slots=True)
class Label:
    """What stands in a text between two characters (the end excluded), and what it means."""

    type: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message with its labels, written at ``now`` (RFC 3339)."""

    text: str
    now: str
    labels: tuple[Label, ...]


Said = tuple[str, str]
"""How an entity is written, and what it means."""
Slot = Callable[[Random, datetime], Said]


def _digits(chance: Random, count: int) -> str:
    return str(chance.randrange(10 ** (count - 1), 10**count))


def _han(number: int) -> str:
    """A number below a thousand in Chinese, as it is said."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    said = f"{_HAN[hundreds]}百" if hundreds else ""
    if tens:
        said += ("" if tens == 1 and not hundreds else _HAN[tens]) + "十"
    elif hundreds and ones:
        said += "零"
    return said + (_HAN[ones] if ones or not number else "")


def _order(chance: Random, now: datetime) -> Said:
    spaced = f"{_digits(chance, 3)}-{_digits(chance, 7)}-{_digits(chance, 7)}"
    named = (f"KF-{now:%Y%m%d}-{_digits(chance, 3)}", f"a{_digits(chance, 8)}", f"ORD-{_digits(chance, 6)}", spaced)
    written = chance.choice((_digits(chance, chance.randrange(6, 19)), *named))
    return written, written.upper()


def _parcel(chance: Random, _: datetime) -> Said:
    forms = (f"SF{_digits(chance, 13)}", f"yt{_digits(chance, 15)}", _digits(chance, 14), f"RR{_digits(chance, 9)}CN")
    written = chance.choice(forms)
    return written, written.upper()


def _zh_amount(chance: Random, _: datetime) -> Said:
    whole, tenth = chance.randrange(101, 999), chance.randrange(1, 9)
    unit, currency = chance.choice(list(_ZH_CURRENCIES.items()))
    forms = (
        (f"{whole}{unit}", f"{whole} {currency}"),
        (f"{_han(whole)}{unit}", f"{whole} {currency}"),
        (f"{whole}.{tenth}0{unit}", f"{whole}.{tenth}0 {currency}"),
        (f"￥{whole}", f"{whole} CNY"),
        (f"¥{tenth},{whole}.00", f"{tenth}{whole}.00 CNY"),
        (f"{tenth}.{tenth}万{unit}", f"{tenth}{tenth}000 {currency}"),
        (f"{whole}到{whole + 50}{unit}", f"{whole}-{whole + 50} {currency}"),
        (f"{_HAN[tenth]}块{_HAN[tenth]}毛", f"{tenth}.{tenth} CNY"),
    )
    return chance.choice(forms)


def _en_amount(chance: Random, _: datetime) -> Said:
    whole, tenth = chance.randrange(101, 999), chance.randrange(1, 9)
    unit, counted = chance.choice(list(_EN_CURRENCIES.items()))
    mark, marked = chance.choice(list(_MARKS.items()))
    forms = (
        (f"{whole}{unit}", f"{whole} {counted}"),
        (f"{mark}{whole}", f"{whole} {marked}"),
        (f"{mark}{whole}.9{tenth}", f"{whole}.9{tenth} {marked}"),
        (f"{mark}{tenth},{whole}", f"{tenth}{whole} {marked}"),
        (f"{tenth}k{unit}", f"{tenth}000 {counted}"),
        (f"${whole}-{whole + 20}", f"{whole}-{whole + 20} USD"),
    )
    return chance.choice(forms)


def _zh_quantity(chance: Random, _: datetime) -> Said:
    count, counter = chance.randrange(2, 30), chance.choice("件个双条台箱盒瓶本份")
    number = chance.choice((str(count), _han(count) if count != 2 else "两"))
    return f"{number}{counter}", str(count)


def _en_quantity(chance: Random, _: datetime) -> Said:
    count, thing = chance.randrange(2, 11), chance.choice(("boxes", "items", "pieces", "bottles", "packs", "pairs"))
    return f"{chance.choice((str(count), _NUMBERS[count]))} {thing}", str(count)


def _iso(day: datetime) -> str:
    return f"{day:%Y-%m-%d}"


def _months_off(now: datetime, months: int) -> tuple[int, int]:
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    return year, month + 1


def _zh_past(chance: Random, now: datetime) -> Said:
    days, weekday = chance.randrange(2, 30), chance.randrange(7)
    day, monday = now - timedelta(days), now - timedelta(now.weekday() + 7)
    year, month = _months_off(now, -1)
    last = monthrange(year, month)[1]
    forms = (
        ("昨天", _iso(now - timedelta(1))), ("前天", _iso(now - timedelta(2))), ("大前天", _iso(now - timedelta(3))),
        (f"{_han(days) if days != 2 else '两'}天前", _iso(day)), (f"{days}天前", _iso(day)),
        (f"上{chance.choice(('周', '星期', '礼拜'))}{'一二三四五六日'[weekday]}", _iso(monday + timedelta(weekday))),
        (f"{day.year}年{day.month}月{day.day}日", _iso(day)), (f"{day:%Y-%m-%d}", _iso(day)),
        (f"{day.month}月{day.day}号", _iso(day)), (f"{day:%Y/%m/%d}", _iso(day)),
        (f"上个月{min(days, last)}号", f"{year}-{month:02}-{min(days, last):02}"),
        ("上周", f"{_iso(monday)}/{_iso(monday + timedelta(6))}"),
        ("去年", f"{now.year - 1}-01-01/{now.year - 1}-12-31"),
        ("去年双11", f"{now.year - 1}-11-11"), ("去年国庆", f"{now.year - 1}-10-01"),
        (f"{_han(day.month)}月{_han(day.day)}号", _iso(day)),
    )  # fmt: skip
    return chance.choice(forms)


def _en_past(chance: Random, now: datetime) -> Said:
    days, weekday = chance.randrange(3, 11), chance.randrange(7)
    day, monday = now - timedelta(days), now - timedelta(now.weekday() + 7)
    recent = now - timedelta((now.weekday() - weekday - 1) % 7 + 1)
    year, month = _months_off(now, -1)
    forms = (
        ("yesterday", _iso(now - timedelta(1))), ("the day before yesterday", _iso(now - timedelta(2))),
        (f"{_NUMBERS[days]} days ago", _iso(day)), (f"{days} days ago", _iso(day)),
        (f"last {_WEEKDAYS[weekday]}", _iso(recent)), (f"on {_WEEKDAYS[weekday]}", _iso(recent)),
        ("last week", f"{_iso(monday)}/{_iso(monday + timedelta(6))}"),
        ("last month", f"{year}-{month:02}-01/{year}-{month:02}-{monthrange(year, month)[1]}"),
        (f"on {day.day} {_MONTHS[day.month - 1]}", _iso(day)), (f"on {_MONTHS[day.month - 1]} {day.day}", _iso(day)),
        (f"on {_MONTHS[day.month - 1]} {day.day}, {day.year}", _iso(day)), (_iso(day), _iso(day)),
        (f"on {day:%m/%d/%Y}", _iso(day)),
    )  # fmt: skip
    said, value = chance.choice(forms)
    return said.removeprefix("on "), value


def _zh_time(chance: Random, now: datetime) -> Said:
    hour, count = chance.randrange(1, 6), chance.randrange(2, 10)
    tomorrow = f"{now + timedelta(1):%Y-%m-%d}"
    number = _HAN[hour] if hour != 2 else "两"
    forms = (
        (f"明天下午{number}点", f"{tomorrow}T{hour + 12}:00:00+08:00"),
        (f"明天下午{hour}点半", f"{tomorrow}T{hour + 12}:30:00+08:00"),
        (f"明天上午{hour + 6}:15", f"{tomorrow}T{hour + 6:02}:15:00+08:00"),
        (f"今晚{hour + 6}点", f"{now:%Y-%m-%d}T{hour + 18}:00:00+08:00"),
        (f"{count}小时后", (now + timedelta(hours=count)).isoformat()),
        ("半小时后", (now + timedelta(minutes=30)).isoformat()),
    )
    return chance.choice(forms)


def _en_time(chance: Random, now: datetime) -> Said:
    hour, count = chance.randrange(1, 10), chance.randrange(2, 10)
    tomorrow = f"{now + timedelta(1):%Y-%m-%d}"
    forms = (
        (f"{hour}pm tomorrow", f"{tomorrow}T{hour + 12}:00:00+08:00"),
        (f"tomorrow at {hour}:30 pm", f"{tomorrow}T{hour + 12}:30:00+08:00"),
        (f"tomorrow at {hour} am", f"{tomorrow}T{hour:02}:00:00+08:00"),
        (f"in {_NUMBERS[count]} hours", (now + timedelta(hours=count)).isoformat()),
        ("in half an hour", (now + timedelta(minutes=30)).isoformat()),
    )
    return chance.choice(forms)


def _listed(wordings: dict[str, dict[str, str]]) -> dict[str, Slot]:
    return {name: partial(_chosen, list(pairs.items())) for name, pairs in wordings.items()}


def _chosen(pairs: list[Said], chance: Random, _: datetime) -> Said:
    return chance.choice(pairs)


_TEXTS: Any = yaml.safe_load((Path(__file__).parent / "unit" / "data" / "entities.yaml").read_text("utf-8"))
_CODES: dict[str, Slot] = {"order_number": _order, "tracking_number": _parcel}
_ZH: dict[str, Slot] = {"amount": _zh_amount, "quantity": _zh_quantity, "date": _zh_past, "time": _zh_time}
_EN: dict[str, Slot] = {"amount": _en_amount, "quantity": _en_quantity, "date": _en_past, "time": _en_time}
_ZH_SLOTS = _CODES | _ZH | _listed(_TEXTS["zh_said"])
_EN_SLOTS = _CODES | _EN | _listed(_TEXTS["en_said"])
_LANGUAGES = ((_ZH_SLOTS, "zh"), (_EN_SLOTS, "en"), (_ZH_SLOTS, "mixed"))


def messages(seed: int, count: int) -> Iterator[Labelled]:
    """``count`` labelled messages; the same for the same seed."""
    chance = Random(seed)
    for _ in range(count):
        now = _FIRST + timedelta(days=chance.randrange(1200), minutes=chance.randrange(600))
        slots, language = chance.choice(_LANGUAGES)
        parts = [chance.choice(_TEXTS[language])]
        if chance.random() < 0.5:
            parts.insert(chance.randrange(2), chance.choice(_TEXTS["traps"]))
        yield _filled("。".join(parts) if slots is _ZH_SLOTS else ". ".join(parts), slots, chance, now)


def _filled(template: str, slots: dict[str, Slot], chance: Random, now: datetime) -> Labelled:
    text, labels = "", []
    for piece in template.split("{"):
        name, brace, rest = piece.partition("}")
        if brace:
            written, value = slots[name](chance, now)
            labels.append(Label(name, value, len(text), len(text) + len(written)))
            text += written
        text += rest if brace else name
    return Labelled(_wide(text) if chance.random() < 0.05 else text, now.isoformat(), tuple(labels))


def _wide(text: str) -> str:
    """Digits as Chinese keyboards may write them."""
    return text.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})
