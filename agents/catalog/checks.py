"""Checks what the chosen packs say together; a mistake is told with the file, the entry and the mend."""

from collections.abc import Sequence
from pathlib import Path

from agents.catalog import reading
from agents.catalog.folder import Told, Written
from agents.catalog.kinds import CatalogIntent, Script, Texts
from agents.rules.phrase import is_well_formed
from agents.rules.rule import Rule
from schemas.errors import Misconfigured

SPOKEN = (
    "fallback", "offline", "soothe", "handover", "unknown", "attachment", "thinking", "nobody_came", "went_silent",
)  # fmt: skip
"""Scripts that the dialogue speaks on its own account: every catalogue has them, no intent has one of these names."""

OFFERS = "did_you_mean"
"""A script that a catalogue may have: before the choices, where it is not clear which of several things is meant."""


def check_intents(parts: Sequence[Written], outside: Texts) -> None:
    """Names stand once, texts belong to one intent, none is empty."""
    owner = {_same(text): "out_of_scope.yaml" for text in outside.all}
    named: dict[str, Path] = {}
    for part in parts:
        file = part.file("intents.yaml")
        for intent in part.intents:
            _check_intent(file, intent)
            if intent.name in named:
                there = "" if named[intent.name] == file else f", also in {named[intent.name]}"
                raise Misconfigured(f"{file}: {intent.name} stands twice{there}; merge the two or rename one")
            named[intent.name] = file
            _check_examples(file, intent, owner)


def _check_examples(file: Path, intent: CatalogIntent, owner: dict[str, str]) -> None:
    for text in intent.examples.all:
        other = owner.setdefault(_same(text), intent.name)
        if other != intent.name:
            raise Misconfigured(f"{file}: {intent.name}: {text!r} is also in {other}; keep it in one of them")


def _check_intent(file: Path, intent: CatalogIntent) -> None:
    if intent.name in (*SPOKEN, OFFERS):
        raise Misconfigured(f"{file}: {intent.name}: the name is kept for the script of that name; choose another")
    if not intent.examples.all:
        raise Misconfigured(f"{file}: {intent.name}: no examples; write some, 20 in each language is a good start")
    labels = (intent.label.zh, intent.label.en) if intent.label is not None else ()
    reading.check_written((intent.name, intent.domain, *labels, *intent.examples.all), f"{file}: {intent.name}")


def _same(text: str) -> str:
    return " ".join(text.casefold().split())


def check_scripts(parts: Sequence[Written], intents: set[str]) -> None:
    """All that the dialogue speaks is there; a script is of an intent, of the dialogue or of a rule of its pack."""
    for part in parts:
        file = part.file("scripts.yaml")
        reading.check_unique((script.name for script in part.scripts), file)
        called = {rule.script for rule in part.rules.rules}
        for script in part.scripts:
            _check_script(file, script, intents.union(SPOKEN, called, (OFFERS,)))
    missing = sorted(set(SPOKEN) - {script.name for part in parts for script in part.scripts})
    if missing:
        raise Misconfigured(f"{parts[0].file('scripts.yaml')}: no script {', '.join(missing)}; add an entry for each")


def _check_script(file: Path, script: Script, names: set[str]) -> None:
    if script.name not in names:
        raise Misconfigured(f"{file}: {script.name}: no intent has this name; correct it or add it to intents.yaml")
    if not (script.zh and script.en):
        raise Misconfigured(f"{file}: {script.name}: no variant in zh or en; write at least one in each")
    reading.check_written(script.zh + script.en, f"{file}: {script.name}")


def check_rules(parts: Sequence[Written], intents: set[str]) -> None:
    """Rules name intents and scripts that there are, are found by something, and lead to something."""
    scripts = {script.name for part in parts for script in part.scripts}
    named: set[str] = set()
    for part in parts:
        file = part.file("rules.yaml")
        unknown = sorted(set(part.rules.never_cached) - intents)
        if unknown:
            raise Misconfigured(f"{file}: never_cached: no intent {', '.join(unknown)}; correct it")
        reading.check_written(part.rules.inside, f"{file}: inside")
        for rule in part.rules.rules:
            if rule.name in named:
                raise Misconfigured(f"{file}: {rule.name} stands twice; merge the two or rename one")
            named.add(rule.name)
            _check_rule(f"{file}: {rule.name}", rule, intents, scripts)


def _check_rule(where: str, rule: Rule, intents: set[str], scripts: set[str]) -> None:
    phrases = (*rule.words.zh, *rule.words.en)
    unknown = sorted(set(rule.intents) - intents)
    if unknown:
        raise Misconfigured(f"{where}: no intent {', '.join(unknown)}; correct it")
    if rule.script and rule.script not in scripts:
        raise Misconfigured(f"{where}: no script {rule.script}; add it to scripts.yaml")
    if not (phrases or rule.intents):
        raise Misconfigured(f"{where}: nothing finds it; write words or intents")
    if not (rule.queue or rule.urgent or rule.disclaimer.zh):
        raise Misconfigured(f"{where}: nothing follows from it; write a queue, urgent: true or a disclaimer")
    if bool(rule.disclaimer.zh) != bool(rule.disclaimer.en):
        raise Misconfigured(f"{where}: the disclaimer is in one language only; write it in zh and en")
    all_phrases = (*phrases, *rule.unless.zh, *rule.unless.en)
    reading.check_written(all_phrases, where)
    for phrase in all_phrases:
        if not is_well_formed(phrase):
            raise Misconfigured(
                f"{where}: {phrase!r} is no phrase; write such as (a|b)*c, no * in brackets or at an end"
            )


def check_soothing(parts: Sequence[Written], intents: set[str]) -> None:
    """Causes stand once, name intents that there are, and have texts in both languages."""
    for part in parts:
        file, entries = part.file("soothing.yaml"), part.soothing
        reading.check_unique((entry.name for entry in entries), file)
        reading.check_unique((intent for entry in entries for intent in entry.intents), file)
        for entry in entries:
            unknown = sorted(set(entry.intents) - intents)
            if unknown:
                raise Misconfigured(f"{file}: {entry.name}: no intent {', '.join(unknown)}; correct it")
            if not (entry.zh and entry.en):
                raise Misconfigured(f"{file}: {entry.name}: no variant in zh or en; write at least two in each")
            reading.check_written(entry.zh + entry.en, f"{file}: {entry.name}")


def check_articles(parts: Sequence[Written], intents: set[str]) -> None:
    """Ids stand once, in whatever pack; intents are known; nothing is empty."""
    first: dict[str, str] = {}
    for told in (told for part in parts for told in part.articles):
        _check_article(told, intents)
        there = first.setdefault(told.article.article_id, told.where)
        if there != told.where:
            raise Misconfigured(f"{told.where}: {told.article.article_id} is already in {there}; rename one")


def _check_article(told: Told, intents: set[str]) -> None:
    article = told.article
    unknown = sorted(set(article.intents) - intents)
    if unknown:
        raise Misconfigured(f"{told.where}: {article.article_id}: no intent {', '.join(unknown)}; correct it")
    reading.check_written((article.article_id, article.title, article.text), f"{told.where}: {article.article_id}")
