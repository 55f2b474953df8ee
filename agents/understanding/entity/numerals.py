"""Numbers as customers write them: digits, Chinese numerals, English words, with ten thousands and thousands."""

from decimal import Decimal

HAN = "零〇一二两俩三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
"""The characters of a Chinese numeral."""

WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100,
}  # fmt: skip
"""The English numbers that are written out."""

_DIGITS = dict(
    zip("零〇一二两俩三四五六七八九壹贰叁肆伍陆柒捌玖", (0, 0, 1, 2, 2, 2, *range(3, 10), *range(1, 10)), strict=True)
)
_UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_SCALES = {"万": 10_000, "亿": 100_000_000}
_MULTIPLES = {
    "万": 10_000, "千": 1000, "百": 100, "亿": 100_000_000, "k": 1000, "w": 10_000, "thousand": 1000,
    "million": 1_000_000, "hundred": 100,
}  # fmt: skip


def han_number(numeral: str) -> int:
    """The value of a Chinese numeral, such as 一百二十, 两百五 (250), 一万二 (12 000) or 二〇二六."""
    total, section, digit, unit = 0, 0, 0, 0
    for character in numeral:
        if character in _SCALES:
            unit = _SCALES[character]
            total, section, digit = (total + section + digit or 1) * unit, 0, 0
        elif character in _UNITS:
            unit = _UNITS[character]
            section, digit = section + (digit or 1) * unit, 0
        else:
            digit = digit * 10 + _DIGITS[character]
            unit = 1 if character in "零〇" else unit
    return total + section + digit * (unit // 10 if unit > 10 and digit < 10 else 1)


def whole(numeral: str) -> int:
    """The value of digits, a Chinese numeral or an English word."""
    if numeral[0] in "0123456789":
        return int(numeral)
    return WORDS[numeral] if numeral in WORDS else han_number(numeral)


def decimal(numeral: str, multiple: str = "") -> str:
    """A number as plain digits: ``1,299.00`` is 1299.00, ``1.2`` times 万 is 12000."""
    if numeral[0] in "0123456789":
        plain = numeral.replace(",", "")
        return plain if not multiple else bare(Decimal(plain) * _MULTIPLES[multiple])
    return str(han_number(numeral) * _MULTIPLES.get(multiple, 1))


def bare(number: Decimal) -> str:
    """A number without an exponent or zeros at its end."""
    digits = f"{number:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
