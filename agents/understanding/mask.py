"""Personal data in a text: where it stands, and the text with typed placeholders in its place.

Every rule reads a copy of the text that is folded to ASCII, character for character. What a rule has claimed is
blanked in that copy before the next rule reads it, so that spans never overlap and masking twice changes nothing.
All patterns are bounded: the time is linear in the length of the text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from agents.understanding.numbers import bank_card, id_card
from agents.understanding.width import blanked, folded
from schemas.messages import Event


class PersonalData(Event, frozen=True):
    """A span of personal data in the original text; ``type`` is phone, id_card, bank_card or email."""

    type: str
    start: int
    end: int


class Masked(NamedTuple):
    """``text`` with placeholders, and what was found, in order, with offsets into the original text."""

    text: str
    found: tuple[PersonalData, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """Candidates of ``pattern`` (its first group) that ``accept`` shortens to what is meant, or to nothing."""

    type: str
    pattern: re.Pattern[str]
    accept: Callable[[str], str]


_WORTH_A_LOOK = re.compile(r"@|[0-9][0-9 ().-]{6}")
_LOCAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-"
_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_MAX_LOCAL = 64

_MOBILE = (
    r"(?:\(?(?:\+|00)?86\)?[ -]?)?"
    r"(?:1[3-9]\d(?:[ -]?\d{4}[ -]?\d{4}|[ -]\d{3}[ -]\d{5})|1[3-9]\d{2}-\d{3}-\d{4}|1[ -][3-9](?:[ -]\d){9})"
)
_LANDLINE = r"\(?0(?:10|2\d|[3-9]\d{2})(?:-|\) ?)[2-8]\d{6,7}"
_INTERNATIONAL = r"\+[1-9](?:[ .()-]{0,2}\d){7,14}"
_NORTH_AMERICAN = r"(?:\([2-9](?!00)\d{2}\) ?|[2-9](?!00)\d{2}[.-])[2-9]\d{2}[.-]\d{4}"

_RULES = (
    Rule("id_card", re.compile(r"(?<![\d+])(?=([1-9]\d{5}(?:[ -]?\d){11}[ -]?[0-9Xx])(?!\d))"), id_card),
    Rule("bank_card", re.compile(r"(?<![\d+])(?=(\d(?:[ -]?\d){12,18})(?!\d))"), bank_card),
    Rule(
        "phone",
        re.compile(rf"(?<!\d)(?=({_MOBILE}|{_LANDLINE}|{_INTERNATIONAL}|{_NORTH_AMERICAN})(?!\d))"),
        str,
    ),
)

_BEFORE = 24
_OTHER_NUMBER = re.compile(
    r"(?:订单|定单|单号|运单|快递|物流|包裹|流水|批次|货号|型号|编码|条码|序列|"
    r"order|tracking|parcel|shipment|invoice|reference|sku|item|product|model|serial|transaction)"
    r"(?:号码?|编号|单号?|是|为|number|no\b|num|nr|id|code|is|[ :#.()\"'=-])*$"
    r"|[¥$€£]\s?$",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(r"(?:^|[^A-Za-z])(?:tel|phone|mobile|mob|cell|call|wechat|wx|vx|id|card|no)[-.]?$", re.I)
_CODE_LETTER = re.compile(r"[A-Z_]-?$")
_PRICE_AFTER = re.compile(r"\.\d{1,2}(?![ -]?\d)")


def mask(text: str) -> Masked:
    """Find personal data in ``text`` and put ``[PHONE]``, ``[ID_CARD]``, ``[BANK_CARD]``, ``[EMAIL]`` in its place."""
    shadow = folded(text)
    if not _WORTH_A_LOOK.search(shadow):
        return Masked(text)
    found = []
    for spans in (_emails, *(_reader(rule) for rule in _RULES)):
        new = list(spans(shadow))
        shadow = blanked(shadow, ((data.start, data.end) for data in new))
        found += new
    found.sort(key=lambda data: data.start)
    return Masked(_replaced(text, found), tuple(found)) if found else Masked(text)


def _emails(shadow: str) -> Iterator[PersonalData]:
    """Start from each @: the name before it is cut at 64 characters, as RFC 5321 has it."""
    end, at = 0, shadow.find("@")
    while at >= 0:
        name = shadow[max(end, at - _MAX_LOCAL) : at]
        start = at - len(name) + len(name.rstrip(_LOCAL))
        domain = _DOMAIN.match(shadow, at + 1)
        if domain and start < at:
            end = domain.end()
            yield PersonalData("email", start, end)
        at = shadow.find("@", max(end, at + 1))


def _reader(rule: Rule) -> Callable[[str], Iterator[PersonalData]]:
    def spans(shadow: str) -> Iterator[PersonalData]:
        end = 0
        for candidate in rule.pattern.finditer(shadow):
            start = candidate.start(1)
            meant = rule.accept(candidate[1]) if start >= end else ""
            if meant and not _is_another_number(shadow, end, start, start + len(meant)):
                end = start + len(meant)
                yield PersonalData(rule.type, start, end)

    return spans


def _is_another_number(shadow: str, previous: int, start: int, end: int) -> bool:
    """Whether what stands round it says order, price or product code."""
    before = shadow[max(previous, start - _BEFORE) : start]
    if _CODE_LETTER.search(before):
        return not _CODE_BEFORE.search(before)
    return bool(_OTHER_NUMBER.search(before) or _PRICE_AFTER.match(shadow, end))


def _replaced(text: str, spans: list[PersonalData]) -> str:
    pieces, end = [], 0
    for span in spans:
        pieces += [text[end : span.start], f"[{span.type.upper()}]"]
        end = span.end
    return "".join([*pieces, text[end:]])
