"""Numbers with a check digit: bank cards and identity cards of the mainland."""

import re

_SEPARATORS = str.maketrans("", "", " -")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_ISSUED = re.compile(
    r"4\d{12}(?:\d{3})?|5[0-8]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6\d{14,18}|9558\d{15}"
)
_BORN = re.compile(r"[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1, annex B."""
    even = sum(int(digit) for digit in digits[-1::-2])
    return (even + sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])) % 10 == 0


def bank_card(candidate: str) -> str:
    """The longest beginning of ``candidate`` that ends where a group ends and is a card number, or nothing.

    A card number has a prefix and a length that an issuer uses (Visa, Mastercard, American Express, Diners, JCB,
    UnionPay, Discover, Maestro, ICBC) and Luhn's check digit.
    """
    while candidate:
        digits = candidate.translate(_SEPARATORS)
        if _ISSUED.fullmatch(digits) and is_luhn(digits):
            return candidate
        candidate = candidate[: max(candidate.rfind(" "), candidate.rfind("-"), 0)]
    return ""


def id_card(candidate: str) -> str:
    """``candidate`` where it is an identity number with a possible birthday and a right check digit, or nothing."""
    number = candidate.translate(_SEPARATORS).upper()
    return candidate if _BORN.fullmatch(number) and id_check_digit(number[:17]) == number[17] else ""


def id_check_digit(first_17: str) -> str:
    """The 18th character of an identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return _CHECK_DIGITS[sum(int(d) * w for d, w in zip(first_17, _WEIGHTS, strict=True)) % 11]
