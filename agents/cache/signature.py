"""What a question asks, as a value that two questions share only where nothing that matters tells them apart.

Likeness is no proof: "cancel" and "don't cancel" are 95 % alike. So nothing is compared by degree. What is known to say
nothing is let go, what is known to mean the same is set equal, and all that is left has to be the same, in the same
order: numbers, sizes, colours, names, negations, and every word that the lexicon does not know. Only where it cannot
change the meaning may a piece move: the question word and "may" of a single clause, and a Chinese verb that stands
after its object.
"""

from collections.abc import Sequence
from typing import NamedTuple

from agents.cache import chinese, english
from agents.cache.phrases import Kind, Told

_MOVES: frozenset[Kind] = frozenset(("ask", "may"))
_FIXES: frozenset[Kind] = frozenset(("not", "stop"))
_ORDERED: frozenset[Kind] = frozenset(("not", "stop", "two", "people", "binds"))
_ROLES = frozenset(("who", "whom", "which", "what", "that"))
"""Beside these it counts who acts: "who do I call", "who calls"."""


class Signature(NamedTuple):
    """``asked`` is the kind of question, ``said`` all the rest in order; equal signatures ask the same."""

    asked: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def text(self) -> str:
        """The signature as one text, for keys and for people."""
        return f"{' '.join(self.asked)} | {' '.join(self.said)}"


def signature(text: str, language: str) -> Signature | None:
    """The signature of a question in ``zh`` or ``en``; None where too little is left to tell what it asks."""
    is_chinese = language == "zh"
    told = _clauses((chinese if is_chinese else english).pieces(text))
    whether = (chinese if is_chinese else english).whether(text)
    signed = _signed(_persons(told), whether=whether, moves=is_chinese)
    return signed if signed.said and (signed.asked or len("".join(signed.said)) > 1) else None


def _clauses(told: Sequence[Told]) -> list[Told]:
    """Clauses that say nothing are gone, one stop stands between the others."""
    found: list[Told] = []
    for piece in told:
        if piece.kind != "stop" or (found and found[-1].kind != "stop"):
            found.append(piece)
    return found[:-1] if found and found[-1].kind == "stop" else found


def _persons(told: list[Told]) -> list[Told]:
    """Who asks says nothing unless somebody is spoken to as well: "can I send you", "can you send me"."""
    if any(piece.kind == "two" or piece.text in _ROLES for piece in told):
        return [Told(piece.kind, f"<{piece.kind}>") if piece.kind in ("one", "two") else piece for piece in told]
    return [piece for piece in told if piece.kind != "one"]


def _signed(told: list[Told], *, whether: bool, moves: bool) -> Signature:
    fixed = any(piece.kind in _FIXES for piece in told)
    asks = [piece.text for piece in told if piece.kind == "ask"]
    open_ended = bool(asks)
    if open_ended and not fixed:
        told = [piece for piece in told if piece.kind != "may"]
    movable = [piece for piece in told if piece.kind in _MOVES]
    stays = not moves or fixed or len(movable) > 1
    head = () if stays else tuple(piece.text for piece in movable)
    rest = told if stays else [piece for piece in told if piece.kind not in _MOVES]
    if moves and not any(piece.kind in _ORDERED for piece in rest):
        rest = _verb_first(rest)
    yes_or_no = (whether or any(piece.kind == "may" for piece in told)) and not open_ended
    return Signature((*head, *(("?whether",) if yes_or_no else ())), tuple(piece.text for piece in rest))


def _verb_first(rest: list[Told]) -> list[Told]:
    """发票怎么开 as 怎么开发票: the only verb, at the end, comes first."""
    verbs = [piece for piece in rest if piece.kind == "do"]
    return [verbs[0], *rest[:-1]] if len(verbs) == 1 and rest[-1].kind == "do" else rest
