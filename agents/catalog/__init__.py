"""The operators' catalogue: what customers want, what is no business of the desk, fixed answers, knowledge, rules."""

from agents.catalog.kinds import About, Catalog, CatalogIntent, Pack, Persona, Script, Scripts, Texts
from agents.catalog.packs import FOLDER, GENERAL, PACKS, SPOKEN, load, task_folder

__all__ = [
    "FOLDER",
    "GENERAL",
    "PACKS",
    "SPOKEN",
    "About",
    "Catalog",
    "CatalogIntent",
    "Pack",
    "Persona",
    "Script",
    "Scripts",
    "Texts",
    "load",
    "task_folder",
]
