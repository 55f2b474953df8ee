"""A text as the rules read it: plain digits, letters and separators, as long as the original, placeholders as walls."""

import re

from agents.understanding.width import blanked

PLACEHOLDER = re.compile(r"\[([A-Z_]{4,13})(?:_([0-9]{1,9}))?\]")

_ZEROS = (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0x2080, 0x245F, 0x2473, 0x2487, 0x2775, 0x277F, 0x2789)
_ZEROS_BEYOND = (0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1FBF0)
"""Zero, or the place before one where a script of digits has no zero (circled, in brackets, with a full stop)."""
_DIGITS = {
    zero + digit: str(digit) for zero in (*_ZEROS, *_ZEROS_BEYOND) for digit in range(10) if chr(zero + digit).isdigit()
}
_KEPT = "！，：；？～／＂＇［］"
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in _KEPT}
_SPACES = dict.fromkeys((0x00A0, *range(0x2000, 0x200E), 0x202F, 0x2060, 0x20E3, 0x3000, 0xFE0F, 0xFEFF, 0x00AD), " ")
_HYPHENS = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63), "-")
_DOTS = dict.fromkeys((0x00B7, 0x2022, 0x2027, 0x30FB, 0xFF65), ".")
_TABLE = _FULL_WIDTH | _DIGITS | _SPACES | _HYPHENS | _DOTS
_FOLDS = re.compile("[" + re.escape("".join(chr(code) for code in _TABLE if code <= 0xFFFF)) + "]")
_FOLDS_BEYOND = re.compile("[\U0001d7ce-\U0001d7ff\U0001fbf0-\U0001fbf9]")
"""Apart, because a class with both is ten times as slow."""
_HAN_DIGITS = dict(zip("零〇一二三四五六七八九幺", "001234567891", strict=True))
_HAN_RUN = re.compile(f"[{''.join(_HAN_DIGITS)}]{{11,18}}")
_TWO_HAN_DIGITS = {one + other for one in _HAN_DIGITS for other in _HAN_DIGITS}
FOLDED = sorted({chr(code).lower() for code in _TABLE} | _TWO_HAN_DIGITS | {"["})
"""What the small letters of a text have in them where a readable text may differ from it."""

_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def readable(text: str) -> str:
    """``text`` folded character for character; placeholders in it become walls."""
    if not text.isascii():
        if _FOLDS.search(text) or _FOLDS_BEYOND.search(text):
            text = text.translate(_TABLE)
        text = _HAN_RUN.sub(_spelled, text)
    if "[" not in text:
        return text
    return blanked(text, (placeholder.span() for placeholder in PLACEHOLDER.finditer(text)))


def lowered(text: str) -> str:
    """``text`` in small letters, as long as it was: where that is impossible, only ASCII letters change."""
    low = text.lower()
    return low if len(low) == len(text) else text.translate(_ASCII_LOWER)


def has_any(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of ``words`` is in ``text``: quicker than an expression for a few of them."""
    for word in words:  # noqa: SIM110 - a generator takes three times as long
        if word in text:
            return True
    return False


def _spelled(digits: re.Match[str]) -> str:
    return "".join(_HAN_DIGITS[character] for character in digits[0])
