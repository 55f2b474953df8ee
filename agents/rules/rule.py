"""Rules as their authors write them: which words or intents of a message call for a person, a script, a disclaimer."""

import msgspec


class Spoken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Phrases in both languages: ``*`` stands for a few characters within a clause, ``=`` begins a whole message."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages."""

    zh: str = ""
    en: str = ""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is found by any of ``words``, or by the intent, and what follows: see Risk for the fields of that name.

    An intent finds what no list of words has; where a message denies anything it calls for nobody. ``unless`` are
    phrases in which the words mean something else (中风险 is no 中风). A word that is denied ("no chest pain") is not
    found, unless ``even_denied``.
    """

    name: str
    about: Told
    words: Spoken = Spoken()
    unless: Spoken = Spoken()
    intents: tuple[str, ...] = ()
    even_denied: bool = False
    reason: str = ""
    queue: str = ""
    skill: str = ""
    script: str = ""
    urgent: bool = False
    disclaimer: Told = Told()


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rules of a pack.

    ``never_cached`` are intents whose answers hold for one person or one moment. ``inside`` are words of the pack's
    trade: what is out of scope elsewhere and has one of them is no example of that here.
    """

    rules: tuple[Rule, ...] = ()
    never_cached: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
