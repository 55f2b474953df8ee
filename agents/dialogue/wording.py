"""Sensitive words in a conversation: covered, answered with a script only, or given to a person."""

from typing import Protocol

from agents.understanding.sensitive import Action, Hit, SensitiveWords, covered

_GRAVEST_FIRST: tuple[Action, ...] = ("hand_over", "block")


class Rules(Protocol):
    """Where the rules are that count now."""

    @property
    def words(self) -> SensitiveWords: ...


def cleaned(text: str, rules: Rules) -> str:
    """``text`` as it may be kept and shown: each word that is to be masked is covered, character by character."""
    hits = rules.words.known(text)
    return covered(text, hits) if hits else text


def gravest(text: str, rules: Rules) -> Hit | None:
    """The hit that decides over ``text``: the first one for a person, else the first that blocks."""
    hits = rules.words.known(text)
    return next((hit for action in _GRAVEST_FIRST for hit in hits if hit.action == action), None) if hits else None


def why(hit: Hit) -> str:
    """The rule that decided, for the log; the word itself is not repeated there."""
    return f"sensitive:{hit.category}"


def blocks(text: str, rules: Rules) -> bool:
    """Whether ``text`` must not be sent."""
    return any(hit.action == "block" for hit in rules.words.known(text))
