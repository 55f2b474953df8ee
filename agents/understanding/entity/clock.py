"""Times of the day: 15:30, 3pm, 下午3点半, half past three, 2-5pm."""

import re
from collections.abc import Iterator

from agents.understanding.entity.numerals import WORDS, whole
from agents.understanding.entity.piece import Piece
from agents.understanding.entity.vocabulary import CLOCK, DIGIT, Word

CUES = tuple(
    Word(cue, CLOCK)
    for cue in (":", "点", "时", "am", "pm", "a.m", "p.m", "o'clock", "half past", "quarter", "at", "a", "p")
)

_HALF = r"(?:am|pm|a\.m\.?|p\.m\.?)(?![a-z])"
_DIGITAL = re.compile(
    r"(?P<hour>[0-9](?<![0-9:./¥$€£a-z-].)[0-9]?)(?:"
    rf":(?P<minute>[0-5][0-9])(?::[0-5][0-9](?:\.[0-9]{{1,6}})?)?(?:\s?(?P<half>{_HALF}))?(?![0-9:])"
    rf"|\s?(?P<plain_half>{_HALF})"
    rf"|(?=\s?(?:-|to)\s?[0-9]{{1,2}}\s?(?P<later_half>{_HALF})))"
    rf"|(?<=[0-9]-)(?P<to>[0-9]{{1,2}})(?::(?P<to_minute>[0-5][0-9]))?(?:\s?(?P<to_half>{_HALF})"
    rf"|(?<=:[0-9]{{2}})(?![0-9:]))"
)
_CHINESE = re.compile(
    r"(?P<hour>[0-9一二两三四五六七八九十](?<![第0-9.有几差一二三四五六七八九十百].)(?:(?<=[0-9])[0-9]?"
    r"|(?<=[^0-9])[一二三四五六七八九十]{0,2}))\s?"
    r"(?P<mark>点钟|点|时(?!间|候|常|效|长|刻|段|不))(?:(?P<minute>[0-9]{2}|[一二三四五六七八九十]{2,3})分?"
    r"|(?P<one>[0-9一二三四五六七八九])分(?!钟)|(?P<half>半)|(?P<quarter>[一三])刻|(?P<whole>整))?"
    r"(?![0-9%折])(?!建议|意见|要求|问题|希望|原因|疑问|想法|说明|都|也|点|儿|积分|不)"
)
_NUMBER = rf"[0-9]{{1,2}}|{'|'.join(WORDS)}"
_SPOKEN = re.compile(
    rf"\b(?P<clock>{_NUMBER})\so'?clock(?:\sin\sthe\s(?P<part>morning|afternoon|evening))?"
    rf"|\b(?P<side>half past|quarter past|quarter to)\s(?P<hour>{_NUMBER})\b"
)
_AT = re.compile(r"\bat\s(?P<hour>[0-9]{1,2})(?![0-9:%./a-z-]|\s?(?:[ap]\.?m|[a-z]+s\b|%|th|st|dollars|o'clock))")
_SIDES = {"half past": 30, "quarter past": 15, "quarter to": -15}


def pieces(text: str, kinds: int) -> Iterator[Piece]:
    """Pieces of the times in a folded text."""
    if kinds & DIGIT:
        yield from _read(_digital(match) for match in _DIGITAL.finditer(text))
        if "at " in text:
            yield from _read(_at(match) for match in _AT.finditer(text))
    if "点" in text or "时" in text:
        yield from _read(_chinese(match) for match in _CHINESE.finditer(text))
    if "clock" in text or "past " in text or "quarter " in text:
        yield from _read(_spoken(match) for match in _SPOKEN.finditer(text))


def _read(found: Iterator[Piece | None]) -> Iterator[Piece]:
    return (piece for piece in found if piece)


def _digital(match: re.Match[str]) -> Piece | None:
    if match["to"]:
        return _piece(match, int(match["to"]), int(match["to_minute"] or 0), match["to_half"] or "")
    half = match["half"] or match["plain_half"] or match["later_half"] or ""
    return _piece(match, int(match["hour"]), int(match["minute"] or 0), half)


def _chinese(match: re.Match[str]) -> Piece | None:
    """点 after a bare Chinese numeral, and 时, need a day or a part of it: 两点 may be two points."""
    minute = match["minute"] or match["one"]
    minutes = (
        whole(minute) if minute else 30 if match["half"] else 15 * whole(match["quarter"]) if match["quarter"] else 0
    )
    sure = minute or match["half"] or match["quarter"] or match["whole"] or match["mark"] == "点钟"
    weak = not sure and not (match["mark"] == "点" and match["hour"][0] in "0123456789")
    piece = _piece(match, whole(match["hour"]), minutes, "")
    return piece._replace(weak=weak) if piece else None


def _spoken(match: re.Match[str]) -> Piece | None:
    if match["clock"]:
        half = {"morning": "am", "afternoon": "pm", "evening": "pm"}.get(match["part"] or "", "")
        return _piece(match, whole(match["clock"]), 0, half)
    return _piece(match, whole(match["hour"]), _SIDES[match["side"]], "")


def _at(match: re.Match[str]) -> Piece | None:
    piece = _piece(match, int(match["hour"]), 0, "")
    return piece._replace(start=match.start("hour"), weak=True) if piece else None


def _piece(match: re.Match[str], hour: int, minute: int, half: str) -> Piece | None:
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    return Piece(*match.span(), minutes=max(hour * 60 + minute, 0), certain=bool(half) or hour > 12)
