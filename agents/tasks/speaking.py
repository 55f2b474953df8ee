"""What a task says: its texts with their values, in the language of the conversation."""

from collections.abc import Sequence

from msgspec.structs import replace

from agents.tasks import choosing
from agents.tasks.declaration import Said, Slot
from agents.tasks.move import Progress
from agents.tasks.ready import Ready
from agents.tasks.template import filled, has_places, variant
from schemas.messages import JsonValue

OFFER = "_offer"
"""In ``known``: the value that was proposed for the slot that is asked."""
FACTS = "_facts"
"""In ``known``: values said earlier that are to be proposed, by slot."""
BEFORE = "_before"
"""In ``known``: what is to be said before the next text, while a tool is awaited."""
LANGUAGE = "_language"
"""In ``known``: the language that the conversation is in."""
RETRIES = "_retries"
"""In ``known``: how often a value was refused and asked again, or a tool did not answer."""


def raw(progress: Progress) -> dict[str, JsonValue]:
    """Values for conditions and arguments: what tools have told, and the slots as they are."""
    told = {name: value for name, value in progress.known.items() if not name.startswith("_")}
    return told | progress.slots


class Speaker:
    """Says the texts of one task at one point of it. ``seed`` picks the variants."""

    def __init__(self, ready: Ready, progress: Progress, seed: str) -> None:
        self._ready, self._progress, self._seed = ready, progress, seed
        self.language = str(progress.known.get(LANGUAGE, "en"))

    def text(self, said: Said, **more: str) -> str:
        seed = f"{self._seed}\x1f{self._progress.asked}\x1f{self._progress.attempts}"
        chosen = variant(said, self.language, seed)
        if not has_places(chosen):
            return chosen
        slots = {name: self._slot(name, value) for name, value in self._progress.slots.items()}
        return filled(chosen, {**raw(self._progress), **slots, **more}, self.language, self._ready.common.labels)

    def common(self, name: str, **more: str) -> str:
        said: Said = getattr(self._ready.common.texts, name)
        return self.text(said, **more)

    def options(self, slot: Slot) -> Sequence[choosing.Option]:
        """The entries to choose from: all of them once a proposal was turned down."""
        if slot.choose is None:
            return ()
        choose = replace(slot.choose, prefer=()) if self._progress.known.get(OFFER) else slot.choose
        return choosing.options(choose, self._progress.known, self.language, self._ready.common.labels)

    def ask(self, slot: Slot) -> str:
        """The question for a slot, with the list to choose from where there is one."""
        listed = [option.shown for option in self.options(slot)]
        if len(listed) < 2:
            return self.text(slot.ask)
        lines = "\n".join(f"{place}. {shown}" for place, shown in enumerate(listed, 1))
        return f"{self.common('listed')}\n{lines}"

    def propose(self, slot: Slot, value: str) -> str:
        shown = next((option.shown for option in self.options(slot) if option.value == value), value)
        return self.common("propose", offer=shown)

    def joined(self, first: str, then: str) -> str:
        """Two sentences as one text; Chinese has no space between them."""
        return f"{first}{'' if self.language == 'zh' else ' '}{then}" if first and then else first or then

    def _slot(self, name: str, value: str) -> str:
        """A slot's value in words: a choice by its name, entries of a list by theirs."""
        slot = self._ready.slots.get(name)
        for choice in slot.choices if slot else ():
            if choice.value == value:
                return choice.zh[0] if self.language == "zh" else choice.en[0]
        if slot and slot.choose and slot.choose.several:
            names = {option.value: option.names for option in self.options(slot)}
            return " + ".join(names.get(one, one) for one in value.split(choosing.EVERY))
        return value
