"""Telephone numbers at a place in a text. Patterns find candidates; the library phonenumbers says what is valid.

Toll-free and service numbers (400, 800, 110) belong to businesses and are no personal data.
"""

import re
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, REGION_CODE_FOR_NON_GEO_ENTITY, PhoneMetadata

from agents.understanding.personal.context import says_phone

Since = int | None
"""What stands before is claimed; None where nothing before a number can announce it."""

_S = r"[ .-]{0,3}"
_END = r"(?![0-9])"
_MOBILE = re.compile(rf"(?:[+(]{{0,2}}(?:00)?86\)?{_S})?\(?(1{_S}[3-9](?:{_S}[0-9]){{9}}){_END}")
_LANDLINE = re.compile(
    rf"(?:[+(]{{0,2}}(?:00)?86\)?{_S})?\(?(0(?:10|2[0-9]|"
    rf"[3-9][0-9]{{2}}))(\)?{_S})([2-8][0-9]{{2,3}}{_S}[0-9]{{4}}){_END}"
)
_AMERICAN = re.compile(
    r"(?:\+?1[ .-]{1,2})?"
    rf"(\(?)([2-9][0-9]{{2}})(\)?[ .-]{{0,2}})([2-9][0-9]{{2}})([ .-]?)([0-9]{{4}}){_END}(?!-[0-9])"
)
_ABROAD = re.compile(r"\(?(?:\+|00)\)?([1-9](?:[ .()-]{0,3}[0-9]){6,14})")
_TRUNK = re.compile(rf"(0[1-9](?:[ .()-]{{0,2}}[0-9]){{7,9}}){_END}(?!-[0-9])")
_LOCAL = re.compile(
    rf"((?!(?:19|20)[0-9]{{2}}[ -]?(?:0[1-9]|1[0-2])[0-3][0-9])[2-9][0-9]{{2,3}}[ -]?[0-9]{{4}}){_END}(?!-[0-9])"
)
_DATE = re.compile(r"[ .-](?:19|20)[0-9]{2}[.-](?:0[1-9]|1[0-2])[.-][0-3][0-9]\Z")
_SEPARATORS = str.maketrans("", "", " .-()+")
_ENDED = re.compile(_END)
_GROUP_END = re.compile(r"[ .()-]{1,3}[0-9]+\Z")
_MOBILE_DIGITS = 11
_MOBILE_GROUPS = frozenset(
    {
        (3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (4, 4, 3), (3, 3, 5), (3, 5, 3), (5, 6), (6, 5), (4, 7), (5, 3, 3),
        (3, 4, 2, 2), (3, 2, 2, 2, 2), (2, 3, 3, 3), (3, 2, 3, 3), (3, 3, 2, 3), (1,) * 11,
    }
)  # fmt: skip
_KINDS = ("mobile", "fixed_line", "voip", "personal_number")
_TRUNK_REGIONS = ("TW", "GB", "AU", "DE", "FR", "JP", "KR", "IT", "NZ")


def phone_at(text: str, start: int, since: Since) -> int:
    """Where the telephone number that begins at ``start`` ends, or 0.

    Where what stands before it, from ``since`` on, says phone, less usual groupings and local numbers count too.
    """
    for read in _READERS.get(text[start], (_american, _local)):
        if end := read(text, start, since):
            return end
    return 0


def _announced(text: str, start: int, since: Since) -> bool:
    return since is not None and says_phone(text, start, since)


def is_valid(national: str, region: str) -> bool:
    """Whether the library's figures have ``national`` (digits, no trunk 0) as a person's number in ``region``."""
    return _valid(region).fullmatch(national) is not None


@cache
def _valid(region: str) -> re.Pattern[str]:
    metadata = PhoneMetadata.metadata_for_region(region)
    kinds = [getattr(metadata, kind, None) for kind in _KINDS]
    return re.compile("|".join(kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern))


def _mobile(text: str, start: int, since: Since) -> int:
    found = _MOBILE.match(text, start)
    if not found or not is_valid(found[1].translate(_SEPARATORS), "CN"):
        return 0
    if found.end() - found.start(1) == _MOBILE_DIGITS:
        return found.end()
    if _DATE.search(found[1]):
        return 0
    sizes = tuple(len(group) for group in re.split("[ .-]+", found[1]))
    return found.end() if sizes in _MOBILE_GROUPS or _announced(text, start, since) else 0


def _landline(text: str, start: int, since: Since) -> int:
    found = _LANDLINE.match(text, start)
    if not found or not (found[2] or _announced(text, start, since)):
        return 0
    if is_valid(found[1][1:] + found[3].translate(_SEPARATORS), "CN"):
        return found.end()
    if found[2].strip() and _announced(text, start, since):
        return found.end()
    return 0


def _american(text: str, start: int, since: Since) -> int:
    found = _AMERICAN.match(text, start)
    if not found or (found[1] == "(") != (")" in found[3]):
        return 0
    written = found[1] or (found[3] in ("-", ".") and found[5])
    if not is_valid(found[2] + found[4] + found[6], "US") or not (written or _announced(text, start, since)):
        return 0
    return found.end()


def _abroad(text: str, start: int, since: Since) -> int:
    found = _ABROAD.match(text, start)
    if not found:
        return 0
    number = found[1] if _ENDED.match(text, found.end()) else _without_last_group(found[1])
    for _ in range(4):
        if _is_valid_abroad(number):
            return found.start(1) + len(number)
        number = _without_last_group(number)
    return 0


def _without_last_group(number: str) -> str:
    """Nothing where there is one group only."""
    cut = _GROUP_END.search(number)
    return number[: cut.start()] if cut else ""


def _is_valid_abroad(number: str) -> bool:
    """``number`` begins with the code of a country, of one to three digits; a trunk 0 after it may be too much."""
    digits = number.translate(_SEPARATORS)
    return any(
        is_valid(digits[size:].removeprefix("0"), region) or is_valid(digits[size:], region)
        for size in (1, 2, 3)
        for region in COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:size] or 0), ())
        if region != REGION_CODE_FOR_NON_GEO_ENTITY
    )


def _trunk(text: str, start: int, since: Since) -> int:
    """A national number of another country, with the 0 before it that is dialled at home."""
    found = _TRUNK.match(text, start)
    if not found or not (re.search("[ ()-]", found[1]) or _announced(text, start, since)):
        return 0
    national = found[1].translate(_SEPARATORS)[1:]
    return found.end() if any(is_valid(national, region) for region in _TRUNK_REGIONS) else 0


def _local(text: str, start: int, since: Since) -> int:
    found = _LOCAL.match(text, start)
    return found.end() if found and _announced(text, start, since) else 0


_READERS = {
    "+": (_mobile, _landline, _abroad),
    "(": (_mobile, _landline, _american, _abroad, _trunk),
    "0": (_mobile, _landline, _abroad, _trunk),
    "1": (_mobile, _american),
    "8": (_mobile, _landline, _american, _local),
}
