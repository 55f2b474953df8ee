"""Several wishes in one message: where one ends and the next begins, and which two to ask back about."""

import re
from collections.abc import Sequence

from agents.understanding.personal.readable import has_any
from agents.understanding.width import plain
from schemas.messages import Intent

MOST = 4
"""A message is read as at most so many parts; the last one holds the rest."""

_READ = 600
_EDGES = ",，、" + "".join(character for character in map(chr, range(0x3001)) if character.isspace())
_UNKNOWN = "unknown"
_UNDECIDED = 0.65
_CLOSE = 0.5

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


def clarification(intents: Sequence[Intent]) -> tuple[str, ...] | None:
    """The names of two intents to ask back about, best first ("did you mean …"); none where one is clear.

    Two are close where the second has at least half the confidence of the first, which is itself no more than 0.65.
    Two that are both sure were both asked for. After ``unknown`` its candidates are compared.
    """
    candidates = [intent for intent in intents if intent.name != _UNKNOWN][:2]
    if len(candidates) < 2:
        return None
    first, second = sorted((intent.confidence for intent in candidates), reverse=True)
    if first > _UNDECIDED or second < _CLOSE * first:
        return None
    return tuple(intent.name for intent in candidates)


def _may_divide(seen: str) -> bool:
    """Whether anything that may be a border stands in a text before its end: most have none."""
    inner = seen.rstrip(_ENDS)
    if _MARK.search(inner):
        return True
    return has_any(inner, _WORDS) or (not inner.isascii() and has_any(inner, _HAN_WORDS))


def _holds(piece: str) -> bool:
    """Whether it has two Chinese characters, two other words, or one of each."""
    return _TWO.search(piece) is not None
