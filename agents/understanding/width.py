"""Full-width text folded to ASCII, one character for one, so that offsets stay those of the original."""

from collections.abc import Iterable

_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    (0x3000, 0x00A0, 0x2002, 0x2003, 0x2009, 0x202F), 0x20
)
_DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE63), ord("-"))
_CURRENCIES = {0xFFE5: ord("¥"), 0xFFE1: ord("£")}
_TABLE = _TO_ASCII | _DASHES | _CURRENCIES


def folded(text: str) -> str:
    """``text`` with full-width forms, wide spaces and dashes as their plain characters; its length is unchanged."""
    return text if text.isascii() else text.translate(_TABLE)


def encodable(text: str) -> str:
    """``text`` with lone surrogates as question marks, for libraries that read UTF-8; its length is unchanged."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` with NUL in place of the characters of ``spans``, which are in order and do not overlap."""
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], "\x00" * (stop - start)]
        end = stop
    return "".join([*pieces, text[end:]]) if end else text
