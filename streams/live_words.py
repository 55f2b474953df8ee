"""The sensitive words as settings have them now: the packaged ones until a setting brings others."""

import logging
from typing import Any

from agents.understanding.sensitive import Rule, SensitiveWords, difference, packaged_rules, replaced, rules_from
from schemas.errors import Rejected

log = logging.getLogger("kefu.desk")

NAME = "sensitive_words"
"""The setting with the rules; ``sensitive_words.<part>`` has more of them, where one record cannot hold all."""


class LiveWords:
    """Changed by the followed settings only; a value that cannot be read changes nothing."""

    def __init__(self) -> None:
        self._parts: dict[str, tuple[Rule, ...]] = {}
        self.words = SensitiveWords(packaged_rules())

    def changed(self, name: str, value: Any) -> None:
        """Follow a setting by its name; None removes it. Other settings do not matter."""
        if name != NAME and not name.startswith(f"{NAME}."):
            return
        try:
            parts = self._parts | {name: rules_from(value)}
        except Rejected as problem:
            log.warning("setting %s is passed over: %s", name, problem)
            return
        self._parts = {part: rules for part, rules in parts.items() if part != name or value is not None}
        rules = tuple(rule for part in self._parts.values() for rule in part) if self._parts else packaged_rules()
        added, removed = difference(self.words.rules, rules)
        self.words = replaced(self.words, rules)
        log.info("sensitive words: %d came, %d went, there are %d", len(added), len(removed), len(self.words.rules))
