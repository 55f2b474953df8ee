"""Postal addresses in English: number, street and its type, with flat, town and code; post-office boxes; codes."""

import re
from collections.abc import Sequence

from agents.understanding.personal.spans import Hit, PersonalData, Recogniser, around, first_come, kinds, standing

_TYPE = (
    r"streets?|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|square|sq|place|pl|terrace|ter|"
    r"parkway|pkwy|"
    r"highway|hwy|circle|cir|close|crescent|cres|gardens|grove|row|mews|trail|trl|alley|plaza|quay|walk|hill|loop"
)
_ANY_TYPE = re.compile(rf"[a-z]\s(?:{_TYPE})\b", re.ASCII)
_START = re.compile(r"[0-9afusrbn](?<![0-9a-z$€£¥.,#\x00-].)", re.DOTALL)
"""Where a street may begin: a number, or the first letter of what may stand before it."""
_NUMBERED = re.compile("[0-9][A-Za-z]?,? [0-9A-Za-z]")
_PLAIN_TYPES_WORDS = (
    "street streets avenue ave road rd boulevard blvd lane ln drive terrace parkway pkwy highway hwy crescent st"
)
_PLAIN_TYPES = frozenset(_PLAIN_TYPES_WORDS.split())
_NO_NAME_WORDS = (
    "a an the of on in at to from by for with and or but is are was per my your our his her their this that these "
    "those not no "
    "day days hour hours minute minutes min mins week weeks month months year years second seconds mile miles km "
    "metre metres "
    "item items piece pieces pair pairs order orders dollar dollars percent star stars time times more less people "
    "person way "
    "down up off out into across along near two one three best better easy wrong only another which every each any "
    "some no january february march april may june july "
    "august september october november december it them i we you he she they as than then so just same"
)
_NO_NAME = frozenset(_NO_NAME_WORDS.split())
_HEAD = r"(?:(?:apt|apartment|flat|unit|suite|room|rm|building|bldg)\.?\s?#?[0-9a-z]{1,5},?\s){0,2}"
_STREET = re.compile(
    rf"(?<![0-9A-Za-z$€£¥.,#\x00-])({_HEAD}(?:no\.?\s?)?[0-9]{{1,5}}(?:-[0-9]{{1,5}})?[a-z]?,?\s(?:[nsew]{{1,2}}\.?\s|north\s|south\s|east\s|west\s)?)"
    rf"((?:[0-9]{{1,3}}(?:st|nd|rd|th)|[a-z][a-z'’.-]{{0,19}}(?:\s[a-z][a-z'’.-]{{0,19}}){{0,3}}?)\s)({_TYPE})\b\.?"
    r"(?:\s(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b)?",
    re.IGNORECASE | re.ASCII,
)
_UNIT = re.compile(
    r",?\s(?:(?:apt|apartment|flat|unit|suite|ste|room|rm|floor|fl|building|bldg|block)\.?\s?#?\s?[0-9A-Za-z-]{1,6}|"
    r"#\s?[0-9A-Za-z-]{1,6}"
    r"|[0-9]{1,3}(?:st|nd|rd|th)\s(?:floor|fl))\b",
    re.IGNORECASE | re.ASCII,
)
_TOWN = r"(?:,?\s[A-Z][A-Za-z.'-]{1,19}(?:\s[A-Z][A-Za-z.'-]{1,19}){0,2}){0,3}"
_CODE = (
    r"(?:,?\s[A-Z]{2},?\s[0-9]{5}(?:-[0-9]{4})?|,?\s[A-Z]{1,2}[0-9][0-9A-Z]?\s[0-9][A-Z]{2}|"
    r",?\s[A-Z][a-z]+\s[0-9]{5}|,?\s[0-9]{5,6})(?![0-9A-Za-z])"
)
_REST = re.compile(
    rf"{_TOWN}{_CODE}|(?:,\s[A-Z][a-z]{{2,19}}(?:\s[A-Z][a-z]{{2,19}}){{0,2}}){{1,3}}(?=\s*(?:[.;!?\n\x00\x01]|\Z))"
)
_BOX = re.compile(r"(?<![0-9A-Za-z])p\.?\s?o\.?\s?box\s?#?\s?[0-9]{1,8}(?![0-9A-Za-z])", re.IGNORECASE | re.ASCII)
_ZIP = re.compile(
    r"(?:zip(?:\s?code)?|post\s?code|postal code)(?:\s?(?:is|to|=|:|：|-))?\s?\(?"
    r"([0-9]{5}(?:-[0-9]{4})?|[0-9]{6}|[a-z]{1,2}[0-9][0-9a-z]?\s?[0-9][a-z]{2}|"
    r"[a-z][0-9][a-z]\s?[0-9][a-z][0-9])(?![0-9a-z])",
)
_SAYS_ZIP = ("zip", "postcode", "post code", "postal code")


def _find(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    told = {kind for _, kind in hits}
    streets = _streets(text, low, hits) if _TYPE_WORD in told else ()
    boxes = _boxes(text, low, hits) if _BOX_WORD in told else ()
    codes = [code.span(1) for code in standing(_ZIP, low, hits, _ZIP_WORD)] if _ZIP_WORD in told else ()
    return first_come("address", [*streets, *boxes, *codes]) if streets or boxes or codes else ()


def _streets(text: str, low: str, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """Where one of their words stands by itself after another, and a number before a word."""
    found: list[tuple[int, int]] = []
    done = 0
    for at, kind in hits:
        if kind == _TYPE_WORD and at > done and _ANY_TYPE.match(low, at - 1):
            begin, done = around(low, at)
            if _NUMBERED.search(text, begin, done):
                found += _streets_in(text, low, begin, done)
    return found


def _streets_in(text: str, low: str, begin: int, done: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    end = matched = 0
    for may in _START.finditer(low, begin, done):
        start = may.start()
        if start >= matched and (street := _STREET.match(text, start)):
            matched = street.end()
            if start >= end and _is_street(street[2], street[3]):
                end = _end(text, matched)
                found.append((start, end))
    return found


def _is_street(name: str, kind: str) -> bool:
    """Words that make no name ("20 minutes drive", "3 days on the road") count only where all are capitals' names."""
    words = name.split()
    if any(word.lower() in _NO_NAME for word in words):
        return False
    return kind.lower() in _PLAIN_TYPES or (kind[0].isupper() and all(word[0].isupper() for word in words))


def _end(text: str, end: int) -> int:
    for pattern in (_UNIT, _UNIT, _REST):
        more = pattern.match(text, end)
        end = more.end() if more else end
    return end


def _boxes(text: str, low: str, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """The word is the last of three: P. O. Box."""
    found: list[tuple[int, int]] = []
    matched = 0
    for at in (at for at, kind in hits if kind == _BOX_WORD):
        for start in range(max(at - 6, matched, 0), at):
            if low[start] == "p" and (box := _BOX.match(text, start)):
                matched = box.end()
                found.append((start, _end(text, matched)))
                break
    return found


_TYPE_WORD, _BOX_WORD, _ZIP_WORD = range(3)
_TYPES = {f" {kind}" for kind in _TYPE.replace("?", "").split("|")}
_SHORTEST_TYPES = [kind for kind in _TYPES if not any(kind[:size] in _TYPES for size in range(2, len(kind)))]

ENGLISH_ADDRESSES = Recogniser(_find, cues_by_digit=kinds(_SHORTEST_TYPES, ("box",), _SAYS_ZIP))
