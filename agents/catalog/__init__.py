"""Loads the operators' catalogue: what customers want, what is no business of the desk, fixed answers, knowledge."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from agents.catalog import reading
from agents.catalog.reading import Value
from agents.catalog.soothing import Soothing
from schemas.errors import Misconfigured
from schemas.ids import fingerprint
from schemas.operations import Article

FOLDER = Path(__file__).parent
SPOKEN = (
    "fallback", "offline", "soothe", "handover", "unknown", "attachment", "thinking", "nobody_came", "went_silent",
)  # fmt: skip
"""Scripts that the dialogue speaks on its own account: every catalogue has them, no intent has one of these names."""


class Texts(Value, frozen=True):
    """Texts per language."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.zh + self.en


class About(Value, frozen=True):
    """One line for people, in both languages: what belongs to the intent and what does not."""

    zh: str
    en: str


class CatalogIntent(Value, frozen=True, kw_only=True):
    """Something that customers want, with ways in which they say it."""

    name: str
    domain: str
    about: About
    examples: Texts


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


class Catalog(Value, frozen=True, kw_only=True):
    """All that the operators wrote, checked."""

    intents: tuple[CatalogIntent, ...]
    outside: Texts
    scripts: Scripts
    articles: tuple[Article, ...]
    soothing: tuple[Soothing, ...] = ()
    personas: tuple[Persona, ...] = ()
    served: frozenset[str] = frozenset()
    """Intents that tools, people or scripts answer: no answer to them is cached."""

    @property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """Every example of both languages as (text, name of its intent)."""
        return tuple((text, intent.name) for intent in self.intents for text in intent.examples.all)


def load(folder: Path = FOLDER) -> Catalog:
    """Read and check a catalogue folder. Raises Misconfigured with the file, the entry and the mend."""
    intents = reading.entries(folder / "intents.yaml", CatalogIntent)
    outside = _texts(folder / "out_of_scope.yaml")
    scripts = reading.entries(folder / "scripts.yaml", Script)
    names = {intent.name for intent in intents}
    _check_intents(folder / "intents.yaml", intents, outside)
    _check_scripts(folder / "scripts.yaml", scripts, names)
    articles = tuple(_articles(sorted((folder / "articles").glob("*.jsonl")), names))
    by_name = {script.name: script for script in scripts}
    return Catalog(
        intents=intents,
        outside=outside,
        scripts=Scripts(by_name),
        articles=articles,
        soothing=_soothing(folder / "soothing.yaml", names),
        personas=_personas(folder / "personas.yaml"),
    )


def _texts(file: Path) -> Texts:
    texts = reading.converted(reading.parsed(file), Texts, f"{file}: zh and en")
    reading.check_written(texts.all, f"{file}: zh or en")
    return texts


def _check_intents(file: Path, intents: tuple[CatalogIntent, ...], outside: Texts) -> None:
    reading.check_unique((intent.name for intent in intents), file)
    owner = {_same(text): "out_of_scope.yaml" for text in outside.all}
    for intent in intents:
        _check_intent(file, intent)
        for text in intent.examples.all:
            other = owner.setdefault(_same(text), intent.name)
            if other != intent.name:
                raise Misconfigured(f"{file}: {intent.name}: {text!r} is also in {other}; keep it in one of them")


def _check_intent(file: Path, intent: CatalogIntent) -> None:
    if intent.name in SPOKEN:
        raise Misconfigured(f"{file}: {intent.name}: the name is kept for the script of that name; choose another")
    if not intent.examples.all:
        raise Misconfigured(f"{file}: {intent.name}: no examples; write some, 20 in each language is a good start")
    reading.check_written((intent.name, intent.domain, *intent.examples.all), f"{file}: {intent.name}")


def _same(text: str) -> str:
    return " ".join(text.casefold().split())


def _check_scripts(file: Path, scripts: tuple[Script, ...], intents: set[str]) -> None:
    reading.check_unique((script.name for script in scripts), file)
    missing = sorted(set(SPOKEN) - {script.name for script in scripts})
    if missing:
        raise Misconfigured(f"{file}: no script {', '.join(missing)}; add an entry for each")
    for script in scripts:
        if script.name not in intents.union(SPOKEN):
            raise Misconfigured(f"{file}: {script.name}: no intent has this name; correct it or add it to intents.yaml")
        if not (script.zh and script.en):
            raise Misconfigured(f"{file}: {script.name}: no variant in zh or en; write at least one in each")
        reading.check_written(script.zh + script.en, f"{file}: {script.name}")


def _soothing(file: Path, intents: set[str]) -> tuple[Soothing, ...]:
    """Where the file is missing, the script ``soothe`` is all there is."""
    entries = reading.entries(file, Soothing) if file.exists() else ()
    reading.check_unique((entry.name for entry in entries), file)
    reading.check_unique((intent for entry in entries for intent in entry.intents), file)
    for entry in entries:
        unknown = sorted(set(entry.intents) - intents)
        if unknown:
            raise Misconfigured(f"{file}: {entry.name}: no intent {', '.join(unknown)}; correct it")
        if not (entry.zh and entry.en):
            raise Misconfigured(f"{file}: {entry.name}: no variant in zh or en; write at least two in each")
        reading.check_written(entry.zh + entry.en, f"{file}: {entry.name}")
    return entries


def _personas(file: Path) -> tuple[Persona, ...]:
    personas = reading.entries(file, Persona) if file.exists() else ()
    reading.check_unique((persona.name for persona in personas), file)
    for persona in personas:
        reading.check_written((persona.zh, persona.en), f"{file}: {persona.name}")
    return personas


def _articles(files: Iterable[Path], intents: set[str]) -> Iterable[Article]:
    first: dict[str, str] = {}
    for file in files:
        for number, line in enumerate(reading.text(file).split("\n"), 1):
            if not line.strip():
                continue
            where = f"{file}: line {number}"
            article = _article(line, intents, where)
            if first.setdefault(article.article_id, where) != where:
                raise Misconfigured(
                    f"{where}: {article.article_id} is already in {first[article.article_id]}; rename one"
                )
            yield article


def _article(line: str, intents: set[str], where: str) -> Article:
    try:
        article = msgspec.json.decode(line, type=Article)
    except msgspec.DecodeError as problem:
        fields = ", ".join(Article.__struct_fields__)
        raise Misconfigured(f"{where}: {problem}; write one JSON object in a line, its fields are {fields}") from None
    unknown = sorted(set(article.intents) - intents)
    if unknown:
        raise Misconfigured(f"{where}: {article.article_id}: no intent {', '.join(unknown)}; correct it")
    reading.check_written((article.article_id, article.title, article.text), f"{where}: {article.article_id}")
    return article
