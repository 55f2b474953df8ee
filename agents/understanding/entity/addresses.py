"""Addresses: 上海市浦东新区张江路88号3栋502室, 12 High Street, Apt 4, London SW1A 1AA."""

import re
from collections.abc import Iterable, Iterator

from agents.understanding.entity.found import Candidate
from agents.understanding.entity.vocabulary import DIGIT, PLACE, STREET, Sight, Word

_ZH_STREETS = (
    "路",
    "街",
    "大道",
    "巷",
    "弄",
    "胡同",
    "小区",
    "花园",
    "大厦",
    "广场",
    "公寓",
    "号楼",
    "栋",
    "幢",
    "单元",
    "室",
    "区",
    "县",
    "镇",
    "村",
)
_EN_STREETS = (
    "street", "st", "road", "rd", "avenue", "ave", "lane", "ln", "drive", "dr", "boulevard", "blvd", "court", "terrace",
    "crescent", "parkway", "pkwy", "highway", "hwy", "square", "close", "way", "place", "gardens", "row",
)  # fmt: skip
CUES = tuple(Word(cue, STREET) for cue in (*_ZH_STREETS, *_EN_STREETS))

_HAN = "[\u4e00-\u9fff]"
_STOP = "在到是至住寄送去了的于改从往发给我你他把换成要不没问吗个这那和跟说想能会有为请帮地址:"
_NAME = f"(?:(?![{_STOP}]){_HAN})"
_N = "(?:[0-9]{1,5}|[一二三四五六七八九十百零]{1,4})"
_REGION = rf"(?:{_NAME}{{1,5}}?(?:特别行政区|自治州|自治县|地区|省|市|区|县|旗|盟)\s?)"
_TOWN = rf"(?:{_NAME}{{1,8}}?(?:街道|镇|乡|村|开发区|新区)\s?)"
_ROAD = rf"(?:(?:{_NAME}|[0-9]){{1,8}}?(?:大街|大道|街|路|巷|胡同|里)(?!上|边|口|由|线|过|费)\s?(?:{_N}弄\s?)?)"
_NUMBER = rf"(?:{_N}(?:-[0-9]{{1,4}})?号(?:院|楼)?\s?)"
_ESTATE = (
    rf"(?:{_NAME}{{0,10}}?(?:小区|花园|大厦|广场|公寓|家园|花苑|新村|中心|城|苑|府|园区|科技园|大学|医院|学校)\s?)"
)
_HOUSE = rf"(?:(?:{_N}|[a-z])(?:号楼|栋|幢|座)\s?)"
_ROOM = rf"(?:(?:{_N}单元\s?)?(?:{_N}[层楼]\s?)?(?:[a-z]?{_N}(?:室|房|户)|[0-9]{{3,4}}(?![0-9a-z年月日元块个件号-]))?)"
_TAIL = re.compile(
    rf"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市)?\s?(?P<regions>{_REGION}{{0,3}})"
    rf"(?P<town>{_TOWN}{{0,2}})"
    rf"(?P<road>{_ROAD})?(?P<number>{_NUMBER})?(?P<estate>{_ESTATE})?(?P<house>{_HOUSE})?(?P<room>{_ROOM})"
)
_LOCAL = re.compile(
    rf"(?:(?P<district>(?:{_NAME}){{1,3}}(?:区|县|镇))\s?)?(?:(?P<road>(?:{_NAME}){{1,5}}(?:大街|大道|街|路|巷"
    rf"|胡同))\s?(?:{_N}弄\s?)?{_NUMBER}(?P<estate>{_ESTATE})?{_HOUSE}?"
    rf"|(?P<only_estate>{_NAME}{{2,8}}(?:小区|花园|大厦|公寓|家园|花苑|新村|苑))\s?{_HOUSE}){_ROOM}"
)
_WORD = (
    r"(?:(?!days?\b|weeks?\b|hours?\b|items?\b|on\b|the\b|in\b|to\b|my\b|of\b|and\b|is\b|was\b|a\b|for\b|at\b"
    r"|orders?\b|times?\b)[a-z][a-z'.]{1,14}\s)"
)
_SUFFIX = (
    "street|road|avenue|ave|lane|boulevard|blvd|terrace|crescent|parkway|pkwy|highway|hwy|st|rd|ln|dr|drive"
    "|court|square|close|way|place|gardens|row"
)
_UNIT = r"(?:apartment|apt|unit|suite|flat|room|floor|#)\.?\s?#?[0-9a-z]{1,5}"
_POSTCODE = r"(?:[a-z]{1,2}[0-9][0-9a-z]?\s?[0-9][a-z]{2}|[0-9]{5}(?:-[0-9]{4})?)(?![0-9a-z])"
_PLACE = (
    r"(?!and\b|but\b|please\b|not\b|thanks?\b|can\b|i\b|is\b|my\b|the\b|by\b|instead\b|it\b|for\b|before\b"
    r"|today\b|tomorrow\b)[a-z][a-z.]{1,14}(?:\s(?!and\b|but\b|please\b|not\b|instead\b|is\b|by\b|before\b)"
    r"[a-z][a-z.]{2,14})?"
)
_EN = re.compile(
    rf"(?<![0-9a-z$€£.-])(?:{_UNIT},?\s)?[0-9]{{1,5}}[a-z]?(?:-[0-9]{{1,4}})?,?\s(?:{_WORD})"
    rf"{{1,3}}?(?P<suffix>{_SUFFIX})(?![a-z])\.?(?:\s[ns]?[ew](?![a-z])|\s[ns](?![a-z]))?"
    rf"(?:,?\s{_UNIT})?(?:,\s{_PLACE}){{0,2}}(?:,?\s[a-z]{{2}}(?=,?\s[0-9]{{5}}))?(?:,?\s{_POSTCODE})?"
)
_VAGUE = frozenset(("way", "place", "close", "drive", "row", "court", "square", "st", "dr"))


def words(places: Iterable[str]) -> Iterator[Word]:
    """The names of provinces and cities with which an address begins."""
    return (Word(place, PLACE, place) for place in places)


def addresses(sight: Sight) -> Iterator[Candidate]:
    """Addresses as they are written, without spaces in Chinese."""
    if not sight.kinds & STREET:
        return
    if sight.kinds & PLACE:
        yield from _of_places(sight)
    if sight.kinds & DIGIT:
        for match in _LOCAL.finditer(sight.text):
            yield _chinese(match[0], match.start())
        for match in _EN.finditer(sight.text):
            said = match[0].rstrip(".")
            if match["suffix"] not in _VAGUE or not said.endswith(match["suffix"]) or _at_end(match):
                yield Candidate("address", " ".join(said.split()), match.start(), match.start() + len(said))


def _at_end(match: re.Match[str]) -> bool:
    """Whether nothing goes on behind a word that need not be a street: 12 all the way is none."""
    return match.end() == len(match.string) or match.string[match.end()] in ",.!?;\n "


def _of_places(sight: Sight) -> Iterator[Candidate]:
    end = 0
    for hit in sight.of(PLACE):
        match = _TAIL.match(sight.text, hit.end) if hit.start >= end else None
        if match and (match["road"] or match["estate"] or match["town"] or match["regions"]):
            end = match.end()
            yield _chinese(sight.text[hit.start : end], hit.start)


def _chinese(said: str, start: int) -> Candidate:
    said = said.rstrip()
    return Candidate("address", "".join(said.split()), start, start + len(said))
