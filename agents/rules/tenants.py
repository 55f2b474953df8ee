"""Which packs each tenant has chosen, and what follows: its rules, and the packs' articles that it sees."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from agents.catalog.kinds import Pack
from agents.dialogue.conversation import Question
from agents.rules.matcher import Matcher
from agents.rules.risk import Risk
from agents.rules.rule import Rule

DEFAULT = "default"
"""In the choice, all tenants that are not named."""
ALWAYS = "general"
"""The pack that every tenant has."""


class TenantPacks:
    """The packs of a catalogue, and the tenants' choice among them; who has chosen nothing has all of them."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = {pack.name: pack for pack in packs}
        self._all = frozenset(self._packs)
        self._owner = {article: pack.name for pack in packs for article in pack.articles}
        self._chosen: dict[str, frozenset[str]] = {}
        self._matcher = lru_cache(self._made)

    def choose(self, value: object) -> tuple[str, ...]:
        """Take a choice such as ``{"bank": ["finance"]}`` in the place of the one before; what is wrong with it.

        What is wrong is left out; a tenant of whose choice nothing is left has all packs, as more rules do less harm.
        """
        if value is not None and not isinstance(value, Mapping):
            return ('it is no object of tenants; write {"tenant": ["pack"]}',)
        wrong, chosen = list[str](), dict[str, frozenset[str]]()
        for tenant, names in (value or {}).items():
            listed = names if isinstance(names, list | tuple) else [names]
            known = frozenset(name for name in listed if isinstance(name, str) and name in self._packs)
            wrong += [self._unknown(tenant, name) for name in listed if name not in known]
            if known:
                chosen[str(tenant)] = known
        self._chosen = chosen
        return tuple(wrong)

    def risk(self, question: Question) -> Risk | None:
        """What the rules of the tenant's packs find in a message."""
        return self._matcher(self._of(question.tenant)).risk(question.text, question.intent.name, question.language)

    def shows(self, tenant: str, article_id: str) -> bool:
        """Whether a tenant sees an article: all but those of packs that it has not chosen."""
        owner = self._owner.get(article_id)
        return owner is None or owner == ALWAYS or owner in self._of(tenant)

    def _of(self, tenant: str) -> frozenset[str]:
        return self._chosen.get(tenant) or self._chosen.get(DEFAULT) or self._all

    def _made(self, names: frozenset[str]) -> Matcher:
        return Matcher(in_order(pack for name, pack in self._packs.items() if name in names or name == ALWAYS))

    def _unknown(self, tenant: object, name: object) -> str:
        there = ", ".join(self._packs)
        return f"{tenant}: no pack {name!r} is loaded, there are {there}; correct it, or add it to KEFU_PACKS"


def in_order(packs: Iterable[Pack]) -> list[Rule]:
    """All rules of some packs. A pack knows its own emergencies better: what is urgent to every desk comes last."""
    rules = [(pack.name == ALWAYS and rule.urgent, rule) for pack in packs for rule in pack.rules.rules]
    return [rule for late in (False, True) for yields, rule in rules if yields is late]
