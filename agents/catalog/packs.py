"""Loads the catalogue: the packs that were chosen, merged and checked as one."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from agents.catalog.checks import SPOKEN, check_articles, check_intents, check_rules, check_scripts, check_soothing
from agents.catalog.folder import Written, written
from agents.catalog.kinds import Catalog, Pack, Script, Scripts, Texts
from schemas.errors import Misconfigured

__all__ = ["FOLDER", "GENERAL", "PACKS", "SPOKEN", "load", "task_folder"]

PACKS = Path(__file__).parent
"""Where the packs that come with kefu are: a folder each."""
GENERAL = "general"
"""The pack that every desk has: greetings, the wish for a person, what the dialogue says on its own account."""
FOLDER = PACKS / "ecommerce"
DEFAULT = ("ecommerce",)


def load(folder: Path | None = None, packs: Sequence[str] = DEFAULT) -> Catalog:
    """Read and check a catalogue. Raises Misconfigured with the file, the entry and the mend.

    ``folder`` is one that stands alone (it has intents.yaml, scripts.yaml and the rest), or holds packs of one's own,
    each a folder; those of ``packs`` that it lacks, and ``general``, come from kefu.
    """
    if folder is not None and not _holds_packs(folder):
        return _merged([written(folder, alone=True)])
    names = [GENERAL, *(name for name in dict.fromkeys(packs) if name != GENERAL)]
    return _merged([written(_place(name, folder)) for name in names])


def task_folder(folder: Path | None = None, packs: Sequence[str] = DEFAULT) -> Path:
    """Where the tasks of the same choice are: in the first pack that has some."""
    if folder is not None and not _holds_packs(folder):
        return folder
    places = [_place(name, folder) for name in packs]
    return next((place for place in places if (place / "tasks").is_dir()), PACKS / GENERAL)


def _holds_packs(folder: Path) -> bool:
    """Whether there are packs in the folder, and it is none itself."""
    return not (folder / "intents.yaml").exists() and any(folder.glob("*/rules.yaml"))


def _place(name: str, folder: Path | None) -> Path:
    for root in (folder, PACKS):
        if root is not None and name.isidentifier() and (root / name / "rules.yaml").exists():
            return root / name
    known = sorted(inner.parent.name for root in (folder, PACKS) if root for inner in root.glob("*/rules.yaml"))
    raise Misconfigured(f"KEFU_PACKS: there is no pack {name!r} with a rules.yaml; there are {', '.join(known)}")


def _merged(parts: Sequence[Written]) -> Catalog:
    outside = _outside(parts)
    check_intents(parts, outside)
    names = {intent.name for part in parts for intent in part.intents}
    check_scripts(parts, names)
    check_rules(parts, names)
    check_soothing(parts, names)
    check_articles(parts, names)
    return Catalog(
        intents=tuple(intent for part in parts for intent in part.intents),
        outside=outside,
        scripts=Scripts(_scripts(parts)),
        articles=tuple(told.article for part in parts for told in part.articles),
        soothing=tuple(entry for part in parts for entry in part.soothing),
        personas=tuple({persona.name: persona for part in reversed(parts) for persona in part.personas}.values()),
        packs=tuple(map(_pack, parts)),
    )


def _pack(part: Written) -> Pack:
    return Pack(
        name=part.folder.name,
        intents=frozenset(intent.name for intent in part.intents),
        articles=frozenset(told.article.article_id for told in part.articles),
        rules=part.rules,
    )


def _scripts(parts: Sequence[Written]) -> dict[str, Script]:
    """A pack's script takes the place of the general one; of two packs that have it, the first one chosen counts."""
    general, *packs = parts
    chosen = [script for part in (*reversed(packs),) for script in part.scripts]
    return {script.name: script for script in (*general.scripts, *chosen)}


def _outside(parts: Sequence[Written]) -> Texts:
    """What is out of scope: less the general texts that are a chosen pack's business."""
    inside = [word.casefold() for part in parts for word in part.rules.inside]
    return Texts(
        zh=tuple(_kept((text for part in parts for text in part.outside.zh), inside)),
        en=tuple(_kept((text for part in parts for text in part.outside.en), inside)),
    )


def _kept(texts: Iterable[str], inside: Sequence[str]) -> Iterable[str]:
    return (text for text in texts if not any(word in text.casefold() for word in inside))
