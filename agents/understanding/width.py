"""Text in its plain form: full-width as ASCII, capitals small, Chinese simplified, one character for one."""

from collections.abc import Iterable
from functools import cache, lru_cache

from opencc import OpenCC

_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    (0x3000, 0x00A0, 0x2002, 0x2003, 0x2009, 0x202F), 0x20
)
_DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE63), ord("-"))
_CURRENCIES = {0xFFE5: ord("¥"), 0xFFE1: ord("£")}
_TABLE = _TO_ASCII | _DASHES | _CURRENCIES

_HAN = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x2A6E0))
_FREQUENT = (range(0x80, 0x250), range(0x2000, 0x2800), range(0x3000, 0x3100), range(0x4E00, 0xA000))
_SURROGATES = range(0xD800, 0xE000)


def folded(text: str) -> str:
    """``text`` with full-width forms, wide spaces and dashes as their plain characters; its length is unchanged."""
    return text if text.isascii() else text.translate(_TABLE)


@lru_cache(512)
def plain(text: str) -> str:
    """``text`` folded, in small letters and simplified characters, lone surrogates as ``?``; its length is unchanged.

    Characters are simplified one by one, as OpenCC's t2s does with a character that stands alone. Whatever reads a
    message asks for the same text: the last ones are kept.
    """
    return text.lower() if text.isascii() else text.translate(_plain_table())


@cache
def simplified() -> dict[str, str]:
    """Traditional character → simplified character, for those that differ (OpenCC's t2s)."""
    characters = [chr(code) for block in _HAN for code in block]
    turned = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {one: other for one, other in zip(characters, turned, strict=True) if one != other and len(other) == 1}


@cache
def only_traditional() -> frozenset[str]:
    """Characters that simplified text does not have: they are simplified to others and GB 2312 lacks them."""
    return frozenset(one for one in simplified() if not _has("gb2312", one))


@cache
def only_simplified() -> frozenset[str]:
    """Characters that traditional text does not have: others are simplified to them and Big5 lacks them."""
    return frozenset(one for one in simplified().values() if not _has("big5", one))


def _has(charset: str, character: str) -> bool:
    return bool(character.encode(charset, "ignore"))


@cache
def _plain_table() -> dict[int, int]:
    """Frequent characters stand for themselves in it, because str.translate is slow at those that it does not find."""
    itself = {code: code for block in _FREQUENT for code in block}
    small = {code: ord(chr(code).lower()) for code in range(0x250) if len(chr(code).lower()) == 1}
    wide = {code: ord(chr(code - 0xFEE0).lower()) for code in range(0xFF01, 0xFF5F)}
    han = {ord(one): ord(other) for one, other in simplified().items()}
    return itself | small | _TABLE | wide | han | dict.fromkeys(_SURROGATES, ord("?"))


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
