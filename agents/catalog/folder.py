"""Reads one pack's folder: what its author wrote, each part with the file that it came from."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from agents.catalog import reading
from agents.catalog.kinds import CatalogIntent, Persona, Script, Texts
from agents.catalog.soothing import Soothing
from agents.rules.rule import Rules
from schemas.errors import Misconfigured
from schemas.operations import Article


class Told(NamedTuple):
    """An article, and where it stands."""

    where: str
    article: Article


class Written(NamedTuple):
    """A folder's content, not yet checked against that of others."""

    folder: Path
    intents: tuple[CatalogIntent, ...]
    outside: Texts
    scripts: tuple[Script, ...]
    soothing: tuple[Soothing, ...]
    personas: tuple[Persona, ...]
    articles: tuple[Told, ...]
    rules: Rules

    def file(self, name: str) -> Path:
        return self.folder / name


def written(folder: Path, *, alone: bool = False) -> Written:
    """What a folder holds; one that stands ``alone`` has to have intents, texts out of scope and scripts."""

    def there(name: str) -> bool:
        return alone or (folder / name).exists()

    optional = {name: (folder / name).exists() for name in ("soothing.yaml", "personas.yaml", "rules.yaml")}
    return Written(
        folder=folder,
        intents=reading.entries(folder / "intents.yaml", CatalogIntent) if there("intents.yaml") else (),
        outside=_texts(folder / "out_of_scope.yaml") if there("out_of_scope.yaml") else Texts(),
        scripts=reading.entries(folder / "scripts.yaml", Script) if there("scripts.yaml") else (),
        soothing=reading.entries(folder / "soothing.yaml", Soothing) if optional["soothing.yaml"] else (),
        personas=_personas(folder / "personas.yaml") if optional["personas.yaml"] else (),
        articles=tuple(_articles(sorted((folder / "articles").glob("*.jsonl")))),
        rules=reading.entry(folder / "rules.yaml", Rules) if optional["rules.yaml"] else Rules(),
    )


def _texts(file: Path) -> Texts:
    texts = reading.converted(reading.parsed(file), Texts, f"{file}: zh and en")
    reading.check_written(texts.all, f"{file}: zh or en")
    return texts


def _personas(file: Path) -> tuple[Persona, ...]:
    personas = reading.entries(file, Persona)
    reading.check_unique((persona.name for persona in personas), file)
    for persona in personas:
        reading.check_written((persona.zh, persona.en), f"{file}: {persona.name}")
    return personas


def _articles(files: Iterable[Path]) -> Iterator[Told]:
    for file in files:
        for number, line in enumerate(reading.text(file).split("\n"), 1):
            if line.strip():
                where = f"{file}: line {number}"
                yield Told(where, _article(line, where))


def _article(line: str, where: str) -> Article:
    try:
        return msgspec.json.decode(line, type=Article)
    except msgspec.DecodeError as problem:
        fields = ", ".join(Article.__struct_fields__)
        raise Misconfigured(f"{where}: {problem}; write one JSON object in a line, its fields are {fields}") from None
