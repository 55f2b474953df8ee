"""What a catalogue holds, as values."""

from agents.catalog.reading import Value
from agents.catalog.soothing import Soothing
from agents.rules.rule import Rules
from schemas.ids import fingerprint
from schemas.operations import Article


class Texts(Value, frozen=True):
    """Texts per language."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.zh + self.en


class About(Value, frozen=True):
    """One line for people, in both languages."""

    zh: str
    en: str


class CatalogIntent(Value, frozen=True, kw_only=True):
    """Something that customers want, with ways in which they say it, and rules that recognise it for certain.

    ``label`` names it to customers, where it is not clear which of several they mean; without one it is no choice.
    """

    name: str
    domain: str
    about: About
    examples: Texts
    patterns: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    label: About | None = None


class Script(Value, frozen=True, kw_only=True):
    """A fixed answer: an intent's name or one of SPOKEN, with variants that say the same."""

    name: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


class Persona(Value, frozen=True, kw_only=True):
    """Who answers for a tenant, in a model's words."""

    name: str
    zh: str
    en: str


class Scripts(Value, frozen=True):
    """The fixed answers by name."""

    by_name: dict[str, Script]

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def pick(self, name: str, language: str, seed: str) -> str:
        """The variant for a seed, such as a message id: same seed, same text, on every machine.

        What is not ``zh`` is answered in English. Raises KeyError when there is no script of that name.
        """
        script = self.by_name[name]
        variants = script.zh if language == "zh" else script.en
        return variants[fingerprint(f"{name}\x1f{seed}") % len(variants)]


class Pack(Value, frozen=True, kw_only=True):
    """What came from one folder: whose intents and articles they are, and its rules."""

    name: str
    intents: frozenset[str]
    articles: frozenset[str]
    rules: Rules = Rules()


class Catalog(Value, frozen=True, kw_only=True):
    """All that the operators wrote, checked."""

    intents: tuple[CatalogIntent, ...]
    outside: Texts
    scripts: Scripts
    articles: tuple[Article, ...]
    soothing: tuple[Soothing, ...] = ()
    personas: tuple[Persona, ...] = ()
    packs: tuple[Pack, ...] = ()

    @property
    def served(self) -> frozenset[str]:
        """Intents that tools, people or scripts answer: no answer to them is cached."""
        return frozenset(intent for pack in self.packs for intent in pack.rules.never_cached)

    @property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """Every example of both languages as (text, name of its intent)."""
        return tuple((text, intent.name) for intent in self.intents for text in intent.examples.all)
