"""Telephone numbers at a place in a text. Patterns find candidates; the library phonenumbers says what is valid.

Toll-free and service numbers (400, 800, 110) belong to businesses and are no personal data.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, REGION_CODE_FOR_NON_GEO_ENTITY, PhoneMetadata

from agents.understanding.personal.context import says_phone

Since = int | None
"""What stands before is claimed; None where nothing before a number can announce it."""

Reader = Callable[[str, int, Since], int]
"""Where the number of its kind that begins at a place of a text of small letters ends, or 0."""

_S = r"[ .-]{0,3}"
_END = r"(?![0-9])"
_CHINA = rf"(?:[+(]{{0,2}}(?:00)?86\)?{_S})?\(?"
_USUAL_MOBILE = re.compile(rf"{_CHINA}(1[3-9][0-9]){_S}([0-9]{{4}}){_S}([0-9]{{4}}){_END}")
_MOBILE = re.compile(rf"{_CHINA}(1{_S}[3-9](?:{_S}[0-9]){{9}}){_END}")
_LANDLINE = re.compile(
    rf"{_CHINA}(0(?:10|2[0-9]|[3-9][0-9]{{2}}))(\)?{_S})([2-8][0-9]{{2,3}}{_S}[0-9]{{4}}){_END}",
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
_BETWEEN = re.compile("[ .-]+")
_APART = re.compile("[ ()-]")
_FIGURES = frozenset("0123456789")
_GROUP_END = re.compile(r"[ .()-]{1,3}[0-9]+\Z")
_MOBILE_GROUPS = frozenset(
    {
        (4, 3, 4), (4, 4, 3), (3, 3, 5), (3, 5, 3), (5, 6), (6, 5), (4, 7), (5, 3, 3), (3, 4, 2, 2), (3, 2, 2, 2, 2),
        (2, 3, 3, 3), (3, 2, 3, 3), (3, 3, 2, 3), (1,) * 11,
    }
)  # fmt: skip
"""Beside the usual ones of three, four and four digits."""
_MOBILE_DIGITS = 11
_KINDS = ("mobile", "fixed_line", "voip", "personal_number")
_TRUNK_REGIONS = ("TW", "GB", "AU", "DE", "FR", "JP", "KR", "IT", "NZ")


def phone_at(low: str, start: int, since: Since) -> int:
    """Where the telephone number that begins at ``start`` ends, or 0; ``low`` are the small letters of a text.

    Where what stands before it, from ``since`` on, says phone, less usual groupings and local numbers count too.
    """
    for read in _READERS[low[start]]:
        if end := read(low, start, since):
            return end
    return 0


def solid_phone_at(low: str, start: int, size: int, since: Since) -> int:
    """The same for ``size`` digits with nothing between them and none beside them: their count tells what they can be.

    Most of what looks like a number is none by that alone.
    """
    for read in _SOLID_READERS.get((low[start], size), ()):
        if end := read(low, start, since):
            return end
    return 0


def _solid_mobile(low: str, start: int, since: Since) -> int:
    end = start + _MOBILE_DIGITS
    return end if low[start + 1] > "2" and _CHINESE_PLAN.fullmatch(low, start, end) else 0


def is_valid(national: str, region: str) -> bool:
    """Whether the library's figures have ``national`` (digits, no trunk 0) as a person's number in ``region``."""
    return _in_any((region,)).fullmatch(national) is not None


@cache
def _in_any(regions: Sequence[str]) -> re.Pattern[str]:
    """What is a person's number in one of ``regions``, compiled from the library's own expressions."""
    patterns = (pattern for region in regions for pattern in _patterns(region))
    return re.compile("|".join(patterns) or "(?!)")


def _patterns(region: str) -> list[str]:
    metadata = PhoneMetadata.metadata_for_region(region)
    kinds = [getattr(metadata, kind, None) for kind in _KINDS]
    return [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]


_CHINESE_PLAN, _AMERICAN_PLAN = _in_any(("CN",)), _in_any(("US",))


def _announced(low: str, start: int, since: Since) -> bool:
    return since is not None and says_phone(low, start, since)


def _mobile(low: str, start: int, since: Since) -> int:
    usual = _USUAL_MOBILE.match(low, start)
    if usual:
        return usual.end() if _CHINESE_PLAN.fullmatch("".join(usual.groups())) else 0
    found = _MOBILE.match(low, start)
    if not found or not _CHINESE_PLAN.fullmatch(found[1].translate(_SEPARATORS)) or _DATE.search(found[1]):
        return 0
    sizes = tuple(map(len, _BETWEEN.split(found[1])))
    return found.end() if sizes in _MOBILE_GROUPS or _announced(low, start, since) else 0


def _landline(low: str, start: int, since: Since) -> int:
    found = _LANDLINE.match(low, start)
    if not found or not (found[2] or _announced(low, start, since)):
        return 0
    if _CHINESE_PLAN.fullmatch(found[1][1:] + found[3].translate(_SEPARATORS)):
        return found.end()
    if found[2].strip() and _announced(low, start, since):
        return found.end()
    return 0


def _american(low: str, start: int, since: Since) -> int:
    found = _AMERICAN.match(low, start)
    if not found:
        return 0
    opened, area, closed, exchange, joint, line = found.groups()
    if (opened == "(") != (")" in closed):
        return 0
    written = opened or (closed in ("-", ".") and joint)
    if not _AMERICAN_PLAN.fullmatch(area + exchange + line) or not (written or _announced(low, start, since)):
        return 0
    return found.end()


def _abroad(low: str, start: int, since: Since) -> int:
    found = _ABROAD.match(low, start)
    if not found:
        return 0
    number = found[1] if low[found.end() : found.end() + 1] not in _FIGURES else _without_last_group(found[1])
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
    for size in (1, 2, 3):
        if regions := _regions().get(digits[:size]):
            plan, national = _in_any(regions), digits[size:]
            return bool(plan.fullmatch(national) or (national[:1] == "0" and plan.fullmatch(national[1:])))
    return False


@cache
def _regions() -> Mapping[str, tuple[str, ...]]:
    """The countries by their code."""
    return {
        str(code): tuple(region for region in regions if region != REGION_CODE_FOR_NON_GEO_ENTITY)
        for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
    }


def _trunk(low: str, start: int, since: Since) -> int:
    """A national number of another country, with the 0 before it that is dialled at home."""
    found = _TRUNK.match(low, start)
    if not found or not (_APART.search(found[1]) or _announced(low, start, since)):
        return 0
    national = found[1].translate(_SEPARATORS)[1:]
    return found.end() if _in_any(_TRUNK_REGIONS).fullmatch(national) else 0


def _local(low: str, start: int, since: Since) -> int:
    found = _LOCAL.match(low, start)
    return found.end() if found and _announced(low, start, since) else 0


_OTHERS = (_american, _local)
_READERS: Mapping[str, tuple[Reader, ...]] = {
    **dict.fromkeys("2345679", _OTHERS),
    "+": (_mobile, _landline, _abroad),
    "(": (_mobile, _landline, _american, _abroad, _trunk),
    "0": (_mobile, _landline, _abroad, _trunk),
    "1": (_mobile, _american),
    "8": (_mobile, _landline, *_OTHERS),
}
"""What a number can be by the character that it begins with."""

_SOLID_SIZES: Mapping[tuple[str, Reader], Sequence[int]] = {
    **{(lead, _american): (10,) for lead in "23456789"},
    **{(lead, _local): (7, 8) for lead in "23456789"},
    ("8", _mobile): (13,),
    ("0", _mobile): (15,),
    ("8", _landline): (12, 13, 14),
    ("0", _landline): (*range(10, 13), *range(14, 17)),
    ("0", _abroad): range(9, 18),
    ("0", _trunk): (9, 10, 11),
}
"""How many digits it has, country code and trunk 0 included, where nothing stands between them."""

_SOLID_READERS = {
    (lead, size): tuple(read for read in readers if size in _SOLID_SIZES.get((lead, read), ()))
    for lead, readers in _READERS.items()
    for size in range(7, 18)
} | {("1", _MOBILE_DIGITS): (_solid_mobile,)}
