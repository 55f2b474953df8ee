"""Sizes: M, 2XL, 42码, 欧码 38, UK 8, 170/92A, 75B, 大号, extra large, 55 inches."""

import re
from collections.abc import Iterator

from agents.understanding.entity.found import Candidate
from agents.understanding.entity.numerals import han_number
from agents.understanding.entity.vocabulary import SIZE, SIZE_WORD, Sight, Word

_NAMED = {
    "均码": "ONE SIZE", "one size": "ONE SIZE", "特大号": "XXL", "特大码": "XXL", "加大号": "XL", "加大码": "XL",
    "特小号": "XS", "extra large": "XL", "extra-large": "XL", "x-large": "XL", "xx-large": "XXL",
    "extra small": "XS", "extra-small": "XS", "x-small": "XS", "大号": "L", "中号": "M", "小号": "S", "大码": "L",
    "中码": "M", "小码": "S", "large": "L", "medium": "M", "small": "S",
}  # fmt: skip
_REGIONS = {
    "欧": "EU", "eu": "EU", "eur": "EU", "美": "US", "us": "US", "英": "UK", "uk": "UK",
    "日": "JP", "法": "FR", "fr": "FR",
}  # fmt: skip
_CUES = (
    "码",
    "尺",
    "size",
    "sizes",
    "sized",
    "eu",
    "eur",
    "us",
    "uk",
    "l",
    "m",
    "s",
    "寸",
    "inch",
    "inches",
    "罩杯",
    "cup",
    "bra",
    "/",
)
_LETTERED = ("号", "xl", "xxl", "xxxl", "xs", "xxs", "内衣", "文胸")
CUES = (
    *(Word(cue, SIZE) for cue in (*_CUES, *_LETTERED)),
    *(Word(name, SIZE_WORD, size) for name, size in _NAMED.items()),
)

_CORE = re.compile(
    r"[0-9smlx二三四](?<![0-9a-z'./$€£¥-].)(?:"
    r"(?P<letter>(?<=[sml])(?:[-/][sml])?(?![0-9a-z'./&-]))"
    r"|(?P<letters>(?:(?<=x)x{0,3}[ls]|(?<=[2-9])xl)(?![0-9a-z'-]))"
    r"|(?P<chinese>(?<=1)[4-9][0-9]/[0-9]{2,3}[abcy]?(?![0-9a-z/]))"
    r"|(?P<cup>(?<=[3-9])[0-9][a-h](?![0-9a-z]))"
    r"|(?P<number>(?<=[0-9])[0-9]{0,2}(?:\.[0-9])?(?:-[0-9]{2}(?:\.5)?)?(?![0-9%.:/]|[a-z](?!nch)))"
    r"|(?P<han>(?<=[二三四])十[一二三四五六七八九]?(?=码)))"
)
_LABEL_AFTER = re.compile(r"\s?(?:码(?!头)|号(?!线|楼|店|[码手账])|-?size(?![a-z]))")
_NUMBER_AFTER = re.compile(r"\s?(?:码(?!头)|号(?=的?(?:鞋|裤|脚)))")
_LETTER_BEFORE = re.compile(
    r"(?:尺码|尺寸|码数|码|\bsize[ds]?|\bin(?:\san?)?|[换要穿拍选买的]|换成|还是|我是|\b(?:an?|the|to|from|for)"
    r")(?:[是为:=个]|一个|\s(?:is|was|of))?\s?$"
)
_SIZE_BEFORE = re.compile(r"(?:尺码|码数|鞋码|\bsizes?)(?:[是为:选拍]|\s(?:is|was|of))?\s?$")
_REGION_BEFORE = re.compile(r"(?P<region>[欧美英日法]|(?<![a-z])(?:eur?|us|uk|fr))(?:码|国码)?\s?(?:size\s)?:?是?\s?$")
_INCHES = re.compile(r"\s?-?(?:英?寸|inch(?:es)?(?![a-z]))")
_OTHER_UNIT = re.compile(r"\s?(?:dollars|元|块|%|x|×|厘|cm)")
_CUP_NEAR = re.compile(r"罩杯|码|内衣|文胸|\bbra\b|\bcup\b|\bsize\b")
_WORD_BEFORE = re.compile(
    r"(?:\bsize[ds]?(?:\sis|\swas|\sof|:)?\s|\bin\s(?:an?\s)?|\b(?:an?|the|to|from|than)\s(?:an?\s)?)$"
)
_WORD_AFTER = re.compile(
    r"\s*(?:$|[,.!?;)]|(?:one|instead|please|size|to|but|and|for|or|t-?shirt|shirt|dress|jacket|coat|hoodie|sweater)\b)"
)
_REACH = 14

Place = tuple[str, int, int]


def sizes(sight: Sight) -> Iterator[Candidate]:
    """Sizes in capitals, with their region where it is named: ``EU 42``; inches as ``55 IN``."""
    text = sight.text
    for core in _CORE.finditer(text) if sight.kinds & SIZE else ():
        place = _READ[str(core.lastgroup)](core, text)
        if place:
            yield Candidate("size", *place)
    for hit in sight.of(SIZE_WORD) if sight.kinds & SIZE_WORD else ():
        if text[hit.start - 1 : hit.start] == "多":
            continue
        if text[hit.start : hit.end] not in _VAGUE or (
            _WORD_BEFORE.search(text, *_before(hit.start)) and _WORD_AFTER.match(text, hit.end)
        ):
            yield Candidate("size", hit.value, hit.start, hit.end)


_VAGUE = frozenset(("large", "medium", "small"))


def _before(start: int) -> tuple[int, int]:
    return max(start - _REACH, 0), start


def _letter(core: re.Match[str], text: str) -> Place | None:
    """S, M and L alone are letters; 码, size or 换 make them sizes."""
    start, end = core.span()
    label = _LABEL_AFTER.match(text, end)
    if label or _LETTER_BEFORE.search(text, *_before(start)):
        return core[0].upper(), start, label.end() if label else end
    return None


def _letters(core: re.Match[str], text: str) -> Place:
    label = _LABEL_AFTER.match(text, core.end())
    value = core[0].upper()
    return {"2XL": "XXL", "3XL": "XXXL"}.get(value, value), core.start(), label.end() if label else core.end()


def _chinese(core: re.Match[str], _: str) -> Place:
    return core[0].upper(), *core.span()


def _cup(core: re.Match[str], text: str) -> Place | None:
    near = _CUP_NEAR.search(text, max(core.start() - _REACH, 0), core.end() + _REACH)
    return (core[0].upper(), *core.span()) if near else None


def _number(core: re.Match[str], text: str) -> Place | None:
    start, end = core.span()
    label = _NUMBER_AFTER.match(text, end)
    region = _REGION_BEFORE.search(text, *_before(start))
    if region and not _OTHER_UNIT.match(text, end):
        return f"{_REGIONS[region['region']]} {core[0]}", region.start(), label.end() if label else end
    if label:
        return core[0], start, label.end()
    inches = _INCHES.match(text, end)
    if inches:
        return f"{core[0]} IN", start, inches.end()
    sized = _SIZE_BEFORE.search(text, *_before(start)) and not _OTHER_UNIT.match(text, end)
    return (core[0], start, end) if sized and float(core[0].partition("-")[0]) < 200 else None


def _han(core: re.Match[str], _: str) -> Place:
    return str(han_number(core[0])), core.start(), core.end() + 1


_READ = {
    "letter": _letter, "letters": _letters, "chinese": _chinese, "cup": _cup, "number": _number, "han": _han,
}  # fmt: skip
