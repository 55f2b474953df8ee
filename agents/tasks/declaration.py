"""What a task is, as its author writes it in YAML: what begins it, its slots, its steps and what it says."""

from typing import Literal

import msgspec

from agents.catalog.reading import Value

Outcome = Literal["done", "refused", "failed"]


class Said(Value, frozen=True, kw_only=True):
    """What the desk says, in both languages; variants of one language say the same.

    ``{order.status}`` is a value, ``{order.status|status}`` its label in words, ``{order.delivered_at|day}`` a day;
    what stands in ``[`` and ``]`` is left out where a value in it is missing.
    """

    zh: tuple[str, ...]
    en: tuple[str, ...]


class Patterns(Value, frozen=True, kw_only=True):
    """Regular expressions on plain text: small letters, simplified characters, half width. Languages may be mixed."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class Label(Value, frozen=True, kw_only=True):
    """How a value is called in words."""

    zh: str
    en: str


class Condition(Value, frozen=True, kw_only=True):
    """A condition on a value: a slot's name, or a path into what a tool has told.

    Exactly one of: ``is`` and ``is_not`` compare its text, ``past`` compares a day or time with the message's,
    ``given`` asks whether there is a value at all.
    """

    value: str
    any_of: tuple[str, ...] = msgspec.field(default=(), name="is")
    none_of: tuple[str, ...] = msgspec.field(default=(), name="is_not")
    past: bool | None = None
    given: bool | None = None


class Choice(Value, frozen=True, kw_only=True):
    """A value with the words that mean it; the first of each language is what the desk calls it."""

    value: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


class Choose(Value, frozen=True, kw_only=True):
    """The value is one of a list that a tool has told, ``among``: by number, position or name.

    ``value`` is the field that counts, ``names`` the one with the names that customers use; ``shown`` is one template
    a language, relative to an entry. ``hint`` is a slot with a product that was named before. The entry with the
    latest time ``newest`` comes first; those that meet ``prefer`` are offered alone where there are any. A single one
    is taken (``single: take``) or proposed. ``several`` allows "both" and "all of them".
    """

    among: str
    value: str
    names: str
    shown: Label
    hint: str = ""
    newest: str = ""
    prefer: tuple[Condition, ...] = ()
    single: Literal["take", "propose"] = "propose"
    several: bool = False


class Slot(Value, frozen=True, kw_only=True):
    """Something that the task has to know.

    It is read from any message by ``type`` (an entity) and ``always`` (patterns; the first group, else the whole
    match); from an answer to its own question or a correction also by ``choices`` and ``choose``; from an answer alone
    by ``answer`` (patterns) and, with ``free``, as the text itself. ``otherwise`` is the value of an answer that
    nothing else reads. ``fact`` says what is done with a value that was said earlier in the conversation. ``skip`` are
    patterns of answers that leave it empty. ``called`` is how customers refer to it.
    """

    name: str
    ask: Said
    called: Patterns = Patterns()
    type: str = ""
    always: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    choose: Choose | None = None
    free: bool = False
    open: bool = False
    """Whether the free text may also be put as a question."""
    opening: int = 0
    """Characters from which the message that begins the task is itself the free text; 0: it never is."""
    otherwise: str = ""
    capitals: bool = False
    shortest: int = 1
    longest: int = 200
    valid: str = ""
    wrong: Said | None = None
    fact: Literal["no", "take", "confirm"] = "no"
    skip: Patterns = Patterns()


class Branch(Value, frozen=True, kw_only=True):
    """What follows where all of ``when`` hold: slots to ask again, or an end in words or with a person."""

    say: Said | None = None
    when: tuple[Condition, ...] = ()
    forget: tuple[str, ...] = ()
    outcome: Outcome = "refused"
    hand_over: str = ""


class Ask(Value, frozen=True, kw_only=True, tag_field="do", tag="ask"):
    """Ask for a slot that is not known."""

    slot: str
    when: tuple[Condition, ...] = ()


class Look(Value, frozen=True, kw_only=True, tag_field="do", tag="look"):
    """Call a tool that only reads; ``keep`` names what it tells. Not ``needed``: without an answer the task goes on.

    An argument in brackets is a list of the values of a slot. ``refused`` are branches by code, ``other`` for the rest.
    """

    tool: str
    keep: str
    arguments: dict[str, str | tuple[str]] = {}
    when: tuple[Condition, ...] = ()
    needed: bool = True
    refused: dict[str, Branch] = {}


class Change(Value, frozen=True, kw_only=True, tag_field="do", tag="change"):
    """Call a tool that changes something: never before the customer has said yes to ``confirm``."""

    tool: str
    keep: str
    confirm: Said
    arguments: dict[str, str | tuple[str]] = {}
    when: tuple[Condition, ...] = ()
    refused: dict[str, Branch] = {}


class Stop(Value, frozen=True, kw_only=True, tag_field="do", tag="stop"):
    """Business rules and the end: the first branch whose conditions hold ends the task or asks a slot again."""

    branches: tuple[Branch, ...]


Step = Ask | Look | Change | Stop


class Task(Value, frozen=True, kw_only=True):
    """A task: it begins by an intent that is likely enough or by a pattern, unless a pattern of ``unless`` is found.

    ``interrupts``: whether its intent alone leads away from another task that is open. ``replaces`` names tasks that
    end when this one begins. After ``limit`` answers in a row that were not understood a person helps.
    """

    name: str
    title: Label
    intents: tuple[str, ...] = ()
    begin: Patterns = Patterns()
    unless: Patterns = Patterns()
    cancel: Patterns = Patterns()
    agree: Patterns = Patterns()
    opening: Said | None = None
    interrupts: bool = True
    replaces: tuple[str, ...] = ()
    limit: int = 3
    slots: tuple[Slot, ...]
    steps: tuple[Step, ...]


class Words(Value, frozen=True, kw_only=True):
    """Patterns of the answers that every task understands."""

    agree: Patterns
    deny: Patterns
    unsure: Patterns
    cancel: Patterns
    correct: Patterns
    other: Patterns
    every: Patterns
    latest: Patterns
    last: Patterns
    retry: Patterns
    question: Patterns
    filler: Patterns


class Texts(Value, frozen=True, kw_only=True):
    """What every task says on its own account."""

    again: Said
    changed: Said
    cancelled: Said
    denied: Said
    hold: Said
    propose: Said
    listed: Said
    unavailable: Said
    refused: Said
    waiting: Said
    unreadable: Said


class Common(Value, frozen=True, kw_only=True):
    """What all tasks share: tasks.yaml."""

    words: Words
    texts: Texts
    labels: dict[str, dict[str, Label]]


class Declared(Value, frozen=True, kw_only=True):
    """All tasks of a catalogue, checked."""

    common: Common
    tasks: tuple[Task, ...]
