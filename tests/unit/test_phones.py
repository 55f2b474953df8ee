"""Telephone numbers: the expressions taken from the library phonenumbers decide as the library does."""

from random import Random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from agents.understanding.personal.phones import is_valid, phone_at, solid_phone_at

PERSONS = {
    PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER,
}  # fmt: skip
COUNT = 3_000


@pytest.mark.parametrize("region", ["CN", "HK", "TW", "MO", "US", "GB", "SG", "JP", "AU", "DE", "KR"])
def test_a_number_is_valid_where_the_library_says_so(region: str) -> None:
    """Random digits after the beginnings of real numbers; those that the library gives to a neighbour are left out."""
    chance, valid = Random(region), 0
    code = phonenumbers.country_code_for_region(region)
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in PERSONS]
    starts = ["", *(str(example.national_number)[:4] for example in examples if example)]
    for _ in range(COUNT):
        start = chance.choice(starts)
        national = start + "".join(chance.choices("0123456789", k=chance.choice((7, 8, 9, 10, 11)) - len(start)))
        if national.startswith("0"):
            continue
        number = phonenumbers.PhoneNumber(country_code=code, national_number=int(national))
        if phonenumbers.region_code_for_number(number) not in (region, None):
            continue
        expected = phonenumbers.number_type(number) in PERSONS
        assert is_valid(national, region) == expected, national
        valid += expected
    assert valid


@pytest.mark.parametrize("before", ["", "电话", "订单"])
def test_digits_alone_are_read_as_numbers_with_separators_are(before: str) -> None:
    """Their count tells which readers to ask: the answer is that of all readers."""
    chance, found = Random(5), 0
    leads = ["", "1", "138", "86138", "0086138", "010", "0571", "8610", "0044", "00852", "2", "415", "02", "8"]
    for _ in range(20_000):
        lead = chance.choice(leads)
        digits = lead + "".join(chance.choices("0123456789", k=chance.randint(7, 19) - len(lead)))
        start, low = len(before), before + digits + chance.choice(["", "元", "-x", " a"])
        since = chance.choice((0, None))
        end = solid_phone_at(low, start, len(digits), since)
        assert end == phone_at(low, start, since), low
        found += end > 0
    assert found
