"""Numbers with a check digit: bank cards, identity cards of the mainland, Hong Kong and Taiwan."""

import re
from datetime import date
from operator import mul

_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_ISSUED = re.compile(
    r"4\d{15}(?:\d{3})?"
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|220[0-4]\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|62\d{14,17}|(?:6011|64[4-9]\d|65\d\d)\d{12}|(?:60138[12]|60[34]\d{3}|9558\d\d)\d{10,13}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{12,15}"
)
_PROVINCES = frozenset(
    str(code)
    for first, after in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84), (91, 100))
    for code in range(first, after)
)
_BORN = re.compile(
    rf"(?:{'|'.join(sorted(_PROVINCES))})\d{{4}}((?:18|19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{{3}}[\dX]"
)
_IN_EVERY_MONTH = "28"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = ord("0") * sum(_WEIGHTS)
_CHECK_DIGITS = "10X98765432"
_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1, annex B."""
    figures = digits.encode("ascii")
    doubled = figures[-2::-2].translate(_DOUBLED)
    return (sum(figures[::-2]) + sum(doubled) - ord("0") * len(figures)) % 10 == 0


def is_bank_card(digits: str) -> bool:
    """Whether prefix and length are an issuer's and the check digit is Luhn's.

    Visa, Mastercard, Mir, American Express, Diners, JCB, UnionPay, Discover, Maestro, and the older Chinese ranges.
    """
    return _ISSUED.fullmatch(digits) is not None and is_luhn(digits)


def is_id_card(number: str) -> bool:
    """Whether 18 characters (``X`` in capitals) are an identity number: province, a day of the calendar, check digit.

    Residents from Hong Kong, Macau and Taiwan (81 to 83) and foreigners (9…) have numbers of the same make.
    """
    born = _BORN.fullmatch(number)
    if not born or id_check_digit(number[:17]) != number[17]:
        return False
    year, month, day = born.groups()
    return day <= _IN_EVERY_MONTH or _is_day(int(year), int(month), int(day))


def is_old_id_card(number: str) -> bool:
    """Whether 15 digits are an identity number as issued until 1999: province and birthday, no check digit."""
    return (
        len(number) == 15
        and number[:2] in _PROVINCES
        and _is_day(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    )


def id_check_digit(first_17: str) -> str:
    """The 18th character of an identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return _CHECK_DIGITS[(sum(map(mul, first_17.encode("ascii"), _WEIGHTS)) - _ZEROS) % 11]


def hong_kong_check_digit(letters: str, digits: str) -> str:
    """The character in brackets of a Hong Kong identity card: one or two letters, six digits, weights 9 to 2 mod 11."""
    values = [36 if len(letters) == 1 else ord(letters[0]) - 55, ord(letters[-1]) - 55, *map(int, digits)]
    rest = -sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True)) % 11
    return "A" if rest == 10 else str(rest)


def taiwan_check_digit(letter: str, first_8: str) -> str:
    """The last digit of an identity card of Taiwan: a letter for the county, then eight digits."""
    county = _TAIWAN.index(letter) + 10
    weighted = sum(int(digit) * weight for digit, weight in zip(first_8, range(8, 0, -1), strict=True))
    return str(-(county // 10 + county % 10 * 9 + weighted) % 10)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
