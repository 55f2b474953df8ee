"""Values named in a message: order and tracking numbers, amounts with their currency, quantities."""

import re
from collections.abc import Callable, Iterator

from agents.understanding.language import Language
from agents.understanding.width import blanked, folded
from schemas.messages import Entity

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,9}(?:\.\d{1,2})?"
_HAN_DIGITS = {
    "零": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "俩": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMERAL = "[零一二两俩三四五六七八九十百千]"
_HAN = f"(?<!{_HAN_NUMERAL}){_HAN_NUMERAL}{{1,9}}"
_EN_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip

_CARRIER = r"(?:SF|YT|ZTO|STO|JDVA|JDVB|JDV|JD|JT|DB|DPK|EMS|YD|HTKY|1Z)[0-9A-Z]{10,16}|[A-Z]{2}\d{9}[A-Z]{2}"
_TRACKING_CUE = (
    r"(?:(?:运单|快递|物流|包裹)(?:单?号码?|编号|单)"
    r"|tracking(?:\s(?:number|no\.?|id|code))?|waybill(?:\s(?:number|no\.?))?)"
)
_ORDER_CUE = (
    r"(?:订单(?:号码?|编号)?|单号"
    r"|\border(?:\s?(?:number|no\.?|id|num|nr\.?))?|\bpurchase(?:\s?(?:number|no\.?))?)"
)
_FILLER = r"(?:\s?(?:是|为|is|:|#)){0,2}\s?[(\"'\[]?"
_CODE = r"(?=[A-Z-]{0,8}\d)[0-9A-Z](?:[0-9A-Z-]{3,30})[0-9A-Z]"

_BEFORE = r"(?<![0-9A-Za-z])"
_AFTER = r"(?![0-9A-Za-z])"
_TRACKING = re.compile(rf"{_TRACKING_CUE}{_FILLER}({_CODE}){_AFTER}|{_BEFORE}({_CARRIER}){_AFTER}", re.IGNORECASE)
_ORDER = re.compile(
    rf"{_ORDER_CUE}{_FILLER}({_CODE}){_AFTER}|{_BEFORE}((?:[A-Z]{{2,4}}-\d{{4,20}}(?:-\d{{1,12}})*)|\d{{12,24}}){_AFTER}",
    re.IGNORECASE,
)

_CURRENCIES = {
    "¥": "CNY", "rmb": "CNY", "cny": "CNY", "元": "CNY", "块": "CNY", "块钱": "CNY", "圆": "CNY",
    "人民币": "CNY", "yuan": "CNY",
    "$": "USD", "us$": "USD", "usd": "USD", "美元": "USD", "美金": "USD",
    "dollar": "USD", "dollars": "USD", "bucks": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "英镑": "GBP",
    "hk$": "HKD", "hkd": "HKD", "港币": "HKD", "港元": "HKD",
}  # fmt: skip
_AMOUNT = re.compile(
    rf"(?P<mark>(?<![a-z])(?:us\$|hk\$|rmb|cny|usd|eur|gbp|hkd)|[¥$€£])\s?(?P<marked>{_NUMBER})(?![\d.]\d)"
    rf"|(?<![\d.-])(?<!\d,)(?:(?P<plain>{_NUMBER})|(?P<han>{_HAN}))\s?"
    r"(?P<unit>块钱|人民币|美元|美金|欧元|英镑|港币|港元|元(?!旦|素|件)|(?<!一)块|圆|[€£]|"
    r"(?:rmb|cny|yuan|usd|dollars?|bucks|eur|euros?|gbp|pounds?|hkd)(?![a-z]))",
    re.IGNORECASE,
)
_COUNTER = "件|个|双|条|台|箱|盒|瓶|包|本|套|只|部|份|张|袋|罐|桶|支|把|块|顶|副|款|单|枚|束|卷|对"
_THING = (
    r"items?|pieces?|pcs|units?|boxes|box|pairs?|bottles?|packs?|packets?|sets?|copies|copy|bags?|cans?|"
    r"orders?|parcels?|shirts?|shoes|books?|phones?|dress(?:es)?"
)
_QUANTITY = re.compile(
    rf"(?<![\d.第-])(?<!\d,)(?:(?P<digits>\d{{1,5}})|(?P<han>{_HAN}))\s?(?:{_COUNTER})(?<!一个)(?!钱|月|星期|礼拜|小时|钟头|工作日|人|问题|分)"
    rf"|(?<![\w.-])(?<!\d,)(?:(?P<number>\d{{1,5}})|(?P<word>{'|'.join(_EN_NUMBERS)}))\s(?:{_THING})(?![a-z])"
    r"|(?<![a-z0-9])(?:x\s?|qty:?\s?)(?P<times>\d{1,4})(?![\da-z])",
    re.IGNORECASE,
)

_A_NUMBER = re.compile(rf"\d|{_HAN_NUMERAL}|\b(?:{'|'.join(_EN_NUMBERS)})\b", re.IGNORECASE)
_A_DIGIT = re.compile(r"\d")

Finder = Callable[[str], Iterator[Entity]]


def find(text: str, language: Language) -> tuple[Entity, ...]:
    """The values in ``text``, in order, without overlaps; offsets count its characters.

    Values are normalised: numbers in capitals, ``199.50 CNY``, ``3``. ``language`` does not matter yet, because
    customers mix units of both languages.
    """
    shadow = folded(text)
    if not _A_NUMBER.search(shadow):
        return ()
    taken: list[Entity] = []
    for finder in _FINDERS if _A_DIGIT.search(shadow) else _FINDERS[2:]:
        new = list(finder(shadow))
        shadow = blanked(shadow, ((entity.start, entity.end) for entity in new))
        taken += new
    taken.sort(key=lambda entity: entity.start)
    return tuple(taken)


def _codes(entity_type: str, pattern: re.Pattern[str]) -> Finder:
    """Codes are in the one group of ``pattern`` that took part."""

    def finder(shadow: str) -> Iterator[Entity]:
        for match in pattern.finditer(shadow):
            group = match.lastindex or 0
            yield Entity(type=entity_type, value=match[group].upper(), start=match.start(group), end=match.end(group))

    return finder


def _amounts(shadow: str) -> Iterator[Entity]:
    for match in _AMOUNT.finditer(shadow):
        currency = _CURRENCIES[(match["mark"] or match["unit"]).lower()]
        number = match["marked"] or match["plain"]
        value = number.replace(",", "") if number else str(han_number(match["han"]))
        yield Entity(type="amount", value=f"{value} {currency}", start=match.start(), end=match.end())


def _quantities(shadow: str) -> Iterator[Entity]:
    for match in _QUANTITY.finditer(shadow):
        han, word = match["han"], match["word"]
        value = han_number(han) if han else _EN_NUMBERS[word.lower()] if word else int(match[match.lastgroup or 0])
        yield Entity(type="quantity", value=str(value), start=match.start(), end=match.end())


def han_number(numeral: str) -> int:
    """The value of a Chinese numeral below ten thousand, such as 一百二十 or 两百五."""
    total, digit, unit = 0, 0, 0
    for character in numeral:
        if character in _HAN_UNITS:
            unit = _HAN_UNITS[character]
            total, digit = total + (digit or 1) * unit, 0
        else:
            digit = digit * 10 + _HAN_DIGITS[character]
            unit = 1 if character == "零" else unit
    return total + digit * (unit // 10 if unit > 10 and digit < 10 else 1)


_FINDERS: tuple[Finder, ...] = (
    _codes("tracking_number", _TRACKING),
    _codes("order_number", _ORDER),
    _amounts,
    _quantities,
)
