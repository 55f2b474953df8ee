"""Passports, travel permits and identity cards that a word announces, Hong Kong's also by itself; licence plates."""

import re
from collections.abc import Iterator, Sequence

from agents.understanding.numbers import hong_kong_check_digit, taiwan_check_digit
from agents.understanding.personal.context import before
from agents.understanding.personal.spans import Hit, PersonalData, Recogniser, around, kinds, standing

_LINK = (
    r"(?:号码?|號碼?|编号|证号|證號|是|为|為|改成|换成|写的|填的|(?:page )?numbers?|no\b|num\b|id\b|card\b|document|"
    r"is|are|was|"
    r"[ ：:#.,，()（）\"'“”=-]){0,6}"
)
_DAY = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9](?![0-9])"
_CODE = (
    rf"([A-Za-z]{{0,3}}[ -]?(?!{_DAY})[0-9]{{7,10}}(?![0-9A-Za-z])"
    r"|[A-Za-z]{0,2}[0-9]{2,5}(?:[ -][0-9]{2,5}){1,3}(?![0-9A-Za-z])"
    r"|(?=[A-Za-z]{1,8}[0-9]|[0-9]{1,8}[A-Za-z])(?=(?:[A-Za-z]{0,4}[0-9]){4})[0-9A-Za-z]{7,12}(?![0-9A-Za-z]))"
)
_PASSPORTS = ("护照", "護照", "passport")
_PERMITS = (
    "通行证", "通行證", "回乡证", "回鄉證", "返乡证", "台胞证", "臺胞證", "台胞證", "居留证", "居住证", "travel permit",
    "home return permit", "residence permit", "taiwan compatriot permit", "mainland permit",
)  # fmt: skip
_CARDS = (
    "身份证", "身份證", "身分證", "hkid", "identity card", "id card", "id number", "tw id", "national id",
)  # fmt: skip
_PASSPORT = re.compile(rf"(?:{'|'.join(_PASSPORTS)}){_LINK}{_CODE}", re.ASCII)
_PERMIT = re.compile(rf"(?:{'|'.join(_PERMITS)}){_LINK}{_CODE}", re.ASCII)
_CARD = re.compile(
    rf"(?:{'|'.join(_CARDS)})"
    rf"{_LINK}([A-Za-z]{{1,2}}[ -]?[0-9]{{6}}[ -]?\(?[0-9A]\)?|[A-Za-z][0-9]{{9}})(?![0-9A-Za-z])",
    re.ASCII,
)
_SOCIAL = re.compile(
    r"(?:\bssn|social security)(?: number| no\.?)?(?: is| was)?[ :#]{0,2}([0-9]{3}-?[0-9]{2}-?[0-9]{4})(?![0-9])",
    re.ASCII,
)
_AFTERWARDS = re.compile(
    r"(?<![0-9A-Za-z\x00_.-])([A-Za-z]{1,2}[0-9]{7,9}|[0-9]{9})(?![0-9A-Za-z])\s?"
    r"(?:(?:[(（]|(?:[,，]\s?)?(?:就|才)?[是为](?:我|本人|她|他)?的?新?的?)"
    r"(?:(护照)|(?:港澳|台湾|往来)?(?:通行证|回乡证|台胞证))"
    r"|(?:is|was)\s(?:my|her|his)\s(?:new\s|old\s)?(?:(passport)|travel permit))",
    re.IGNORECASE | re.ASCII,
)
_A_DIGIT = re.compile("[0-9]")
_BETWEEN = 16
"""More characters than stand between a number and the word after it that says what it is."""
_HONG_KONG = re.compile(r"(?<![0-9A-Za-z\x00])([A-Z]{1,2})([0-9]{6})\(([0-9A])\)")
_CHINESE = re.compile(r"[EG](?<![0-9A-Za-z\x00_.-].)[0-9]{8}(?![0-9A-Za-z])", re.DOTALL)
_SAYS_DOCUMENT_WORDS = (
    "证件", "證件", "出境", "签证", "签注", "登机", "机票", "海关", "清关", "实名", "document", "visa", "boarding",
    "customs", "flight",
)  # fmt: skip
_SAYS_DOCUMENT = re.compile("|".join(_SAYS_DOCUMENT_WORDS))
_PASSPORT_WORD, _PERMIT_WORD, _CARD_WORD, _SOCIAL_WORD, _BRACKET, _DOCUMENT_WORD = range(6)
_ANNOUNCED = (
    (_PASSPORT_WORD, "passport", _PASSPORT),
    (_PERMIT_WORD, "permit", _PERMIT),
    (_CARD_WORD, "id_card", _CARD),
    (_SOCIAL_WORD, "id_card", _SOCIAL),
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATE = re.compile(
    rf"[{_PROVINCES}]\s?[A-HJ-NP-Za-hj-np-z]"
    r"[ .-]{0,3}"
    r"((?:[0-9]{5}[A-Ka-k]|[A-Ka-k][A-HJ-NP-Za-hj-np-z0-9][0-9]{4}|"
    r"[A-HJ-NP-Za-hj-np-z0-9]{4}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳]))"
    r"(?![0-9A-Za-z款版])"
)
_NO_PLATE_BEFORE = re.compile(r"(?:[最全更崭刷创翻上重阿腾百华里]|型号|货号|款)\Z")


def _find(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    found = list(_documents(text, low, hits))
    if len(found) < 2:
        return found
    taken: list[PersonalData] = []
    for document in sorted(found, key=lambda document: (document.start, -document.end)):
        if not taken or document.start >= taken[-1].end:
            taken.append(document)
    return taken


def _documents(text: str, low: str, hits: Sequence[Hit]) -> Iterator[PersonalData]:
    told = {kind for _, kind in hits}
    for kind, type_, pattern in _ANNOUNCED:
        for found in standing(pattern, low, hits, kind) if kind in told else ():
            start, end = found.span(1)
            if kind != _CARD_WORD or _is_card(text[start:end]):
                yield PersonalData(type_, start, end)
    yield from _told_afterwards(text, low, [at for at, kind in hits if kind <= _PERMIT_WORD])
    if _BRACKET in told:
        yield from _hong_kong(text, [at for at, kind in hits if kind == _BRACKET])
    if _DOCUMENT_WORD in told:
        yield from _chinese(text, low, [at for at, kind in hits if kind == _DOCUMENT_WORD])


def _told_afterwards(text: str, low: str, words: Sequence[int]) -> Iterator[PersonalData]:
    done = 0
    for at in words:
        if at < done or not _A_DIGIT.search(low, max(at - _BETWEEN, 0), at):
            continue
        begin, done = around(low, at)
        for found in _AFTERWARDS.finditer(text, begin, done):
            yield PersonalData("passport" if found[2] or found[3] else "permit", *found.span(1))


def _hong_kong(text: str, brackets: Sequence[int]) -> Iterator[PersonalData]:
    """One letter or two and six digits before a bracket."""
    for at in brackets:
        found = (at > 7 and _HONG_KONG.match(text, at - 8)) or (at > 6 and _HONG_KONG.match(text, at - 7))
        if found and hong_kong_check_digit(found[1], found[2]) == found[3]:
            yield PersonalData("id_card", found.start(), found.end())


def _chinese(text: str, low: str, words: Sequence[int]) -> Iterator[PersonalData]:
    done = 0
    for at in words:
        if at < done:
            continue
        begin, done = around(low, at)
        for found in _CHINESE.finditer(text, begin, done):
            if _SAYS_DOCUMENT.search(before(low, found.start())):
                yield PersonalData("passport", *found.span())


def _find_plates(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    """Of the mainland, new energy included; a letter and at least two digits follow the province."""
    return [
        PersonalData("licence_plate", found.start(), found.end())
        for found in standing(_PLATE, text, hits, 0)
        if sum(map(str.isdigit, found[1])) >= 2
        and not _NO_PLATE_BEFORE.search(text, max(found.start() - 2, 0), found.start())
    ]


def _is_card(written: str) -> bool:
    code = re.sub("[^0-9A-Z]", "", written.upper())
    letters = code.rstrip("0123456789") if code[-1] != "A" else code[:-1].rstrip("0123456789")
    digits = code[len(letters) :]
    if len(letters) == 1 and len(digits) == 9:
        return taiwan_check_digit(letters, digits[:8]) == digits[8]
    return len(digits) == 7 and hong_kong_check_digit(letters, digits[:6]) == digits[6]


DOCUMENTS = Recogniser(
    _find, cues_by_digit=kinds(_PASSPORTS, _PERMITS, _CARDS, ("ssn", "social security"), "(", _SAYS_DOCUMENT_WORDS)
)
PLATES = Recogniser(_find_plates, cues_by_digit=kinds(_PROVINCES))
