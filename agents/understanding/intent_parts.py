"""Several wishes in one message: where one ends and the next begins."""

import re

from agents.understanding.personal.readable import has_any
from agents.understanding.width import plain

MOST = 4
"""A message is read as at most so many parts; the last one holds the rest."""

_READ = 600
_EDGES = ",，、" + "".join(character for character in map(chr, range(0x3001)) if character.isspace())

_BORDER = re.compile(
    r"[。!?;\n]+|\.(?=\s)|,(?=\s*(?:怎么|如何|什么|多少|能|可以|我要|我想|请|帮|再|how|what|when|where|can|could|please|i))|"
    r"另外|还有|顺便|此外|以及|并且|同时|\b(?:and|also|plus|then|by the way|as well as)\b"
)
_MARK = re.compile(r"[。!?;\n,]|\.\s")
_ENDS = "。!?;,.！？；，" + _EDGES
_WORDS = ("and", "also", "plus", "then", "by the way", "as well as")
_HAN_WORDS = ("另外", "还有", "顺便", "此外", "以及", "并且", "同时")
_HAN, _LATIN = "[\u3400-\u9fff]", r"[^\W_\u3400-\u9fff]"
_TWO = re.compile(rf"(?:{_HAN}|{_LATIN}++).*?(?:{_HAN}|{_LATIN})", re.DOTALL)


def parts(text: str) -> tuple[str, ...]:
    """The clauses of a text, cut at the ends of sentences, commas before a question or request, and words like 另外.

    A piece too short to hold a wish stays with what comes before it, or goes to what follows.
    """
    seen = plain(text)
    if not _may_divide(seen):
        return (text.strip(),)
    pieces: list[str] = []
    start = 0
    for border in _BORDER.finditer(seen, 0, _READ):
        piece = text[start : border.start()].strip(_EDGES)
        if piece and not _holds(piece):
            continue
        if len(pieces) + 1 == MOST:
            break
        pieces += [piece] if piece else []
        start = border.end()
    rest = text[start:].strip(_EDGES)
    if _holds(rest):
        pieces.append(rest)
    elif rest and pieces:
        pieces[-1] = f"{pieces[-1]} {rest}"
    return tuple(pieces) if len(pieces) > 1 else (text.strip(),)


def _may_divide(seen: str) -> bool:
    """Whether anything that may be a border stands in a text before its end: most have none."""
    inner = seen.rstrip(_ENDS)
    if _MARK.search(inner):
        return True
    return has_any(inner, _WORDS) or (not inner.isascii() and has_any(inner, _HAN_WORDS))


def _holds(piece: str) -> bool:
    """Whether it has two Chinese characters, two other words, or one of each."""
    return _TWO.search(piece) is not None
