"""Examples as operators write them, JSON lines or a YAML catalogue, become a training set; a slip names its line."""

from collections.abc import Iterable
from typing import Any

import msgspec
import yaml

from agents.understanding.intent import UNKNOWN, Example
from agents.understanding.rules import Rule, Rules
from schemas.errors import Misconfigured
from schemas.messages import Event


class TrainingSet(Event, frozen=True):
    """Examples, and the rules of those intents that have some."""

    examples: tuple[Example, ...]
    rules: tuple[Rule, ...] = ()


class _Entry(msgspec.Struct, frozen=True):
    name: str
    examples: tuple[str, ...] | dict[str, tuple[str, ...]]
    patterns: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


def from_lines(lines: Iterable[bytes]) -> TrainingSet:
    """Of JSON lines {"text", "intent"}. Raises Misconfigured with the number of the bad line and the mend."""
    decoder = msgspec.json.Decoder(Example)
    examples = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            example = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            shape = 'write one JSON object in a line, with "text", "intent"'
            raise Misconfigured(f"line {number}: {problem}; {shape}") from None
        if not example.text.strip() or not example.intent.strip():
            raise Misconfigured(f"line {number}: an empty text or intent; write it or remove the line")
        examples.append(example)
    return TrainingSet(tuple(examples))


def from_yaml(text: str) -> TrainingSet:
    """Of a list of entries with ``name`` and ``examples`` (a list, or lists by language), ``patterns``, ``keywords``.

    The entry ``unknown`` holds what is out of scope. Other fields are let be. Raises Misconfigured with the line of
    the bad entry and the mend.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        listed = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        said = getattr(problem, "problem", None) or "it cannot be read"
        raise Misconfigured(f"{where}not YAML: {said}; indent with spaces, quote texts that hold ': '") from None
    if not isinstance(listed, list) or not isinstance(node, yaml.SequenceNode):
        raise Misconfigured("line 1: no list; write entries that begin with '- name: ' and have examples")
    entries = [_entry(value, child.start_mark.line + 1) for value, child in zip(listed, node.value, strict=True)]
    examples = tuple(Example(text, entry.name) for entry in entries for text in _texts(entry))
    rules = (Rule(entry.name, entry.patterns, entry.keywords) for entry in entries)
    return _checked(TrainingSet(examples, tuple(rule for rule in rules if rule.patterns or rule.keywords)))


def _entry(value: Any, line: int) -> _Entry:
    try:
        entry = msgspec.convert(value, _Entry)
    except msgspec.ValidationError as problem:
        mend = "give each intent a name and examples, a list or lists under zh and en; quote numbers and yes or no"
        raise Misconfigured(f"line {line}: {problem}; {mend}") from None
    if not entry.name.strip() or any(not text.strip() for text in _texts(entry)):
        raise Misconfigured(f"line {line}: {entry.name}: an empty name or text; write it or remove it")
    return entry


def _texts(entry: _Entry) -> tuple[str, ...]:
    groups = entry.examples.values() if isinstance(entry.examples, dict) else (entry.examples,)
    return tuple(text for group in groups for text in group)


def _checked(read: TrainingSet) -> TrainingSet:
    Rules(read.rules)
    return read


def outside(text: str) -> tuple[Example, ...]:
    """Of a YAML mapping of languages to texts, as out_of_scope.yaml is: examples of ``unknown``."""
    try:
        groups = msgspec.convert(yaml.safe_load(text), dict[str, tuple[str, ...]])
    except (yaml.YAMLError, msgspec.ValidationError) as problem:
        said = " ".join(str(problem).split())
        raise Misconfigured(f"{said}; write texts out of scope as lists under zh and en") from None
    return tuple(Example(one, UNKNOWN) for group in groups.values() for one in group)
