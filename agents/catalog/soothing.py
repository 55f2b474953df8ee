"""What soothes: a library of openings by cause, and which of them is said now."""

from collections.abc import Sequence

import msgspec

from schemas.ids import fingerprint

GENERAL = "general"
"""The cause of all others."""


class Soothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Openings for one cause: the id of a reason that a message may name, or a name of its own with intents."""

    name: str
    intents: tuple[str, ...] = ()
    zh: tuple[str, ...]
    en: tuple[str, ...]


class Library:
    """The openings of a catalogue."""

    def __init__(self, entries: Sequence[Soothing]) -> None:
        self._by_cause = {entry.name: entry for entry in entries}
        self._by_intent = {intent: entry for entry in entries for intent in entry.intents}

    def pick(self, reason: str, intent: str, language: str, turn: tuple[str, str]) -> tuple[str, str] | None:
        """An opening and its name, such as ``delay:1``: by the reason, else the intent, else for everybody.

        ``turn`` is a seed, such as a message id, and the name that was said last, which is not said again where there
        is another. None where the library has nothing.
        """
        entry = self._by_cause.get(reason) or self._by_intent.get(intent) or self._by_cause.get(GENERAL)
        if entry is None:
            return None
        seed, last = turn
        variants = entry.zh if language == "zh" else entry.en
        place = fingerprint(f"{entry.name}\x1f{seed}") % len(variants)
        if f"{entry.name}:{place}" == last:
            place = (place + 1) % len(variants)
        return variants[place], f"{entry.name}:{place}"
