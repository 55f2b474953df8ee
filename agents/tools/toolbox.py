"""The tools that there are, and the one check that stands before every call: of a task and of a model."""

from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema
import msgspec
import referencing
from jsonschema.exceptions import best_match

from agents.tools.spec import ToolSpec, checked
from schemas.messages import JsonValue

LARGEST = 16_384
"""Bytes that arguments may have as JSON."""
EVERYTHING = "*"
"""The scope that stands for all of them."""


class Toolbox:
    """Tools by name, their schemas compiled. Raises Misconfigured for a bad spec and for two of one name."""

    def __init__(self, specs: Iterable[ToolSpec] = ()) -> None:
        self.specs = {spec.name: checked(spec) for spec in specs}
        nowhere: Any = referencing.Registry()
        self._validators = {
            name: jsonschema.Draft202012Validator(spec.arguments, registry=nowhere) for name, spec in self.specs.items()
        }

    def granted(self, name: str, scopes: frozenset[str]) -> bool:
        """Whether these scopes are enough for the tool."""
        return EVERYTHING in scopes or scopes.issuperset(self.specs[name].scopes)

    def problem(self, name: str, arguments: Mapping[str, JsonValue], scopes: frozenset[str]) -> str:
        """Why the tool must not be called so; empty where it may. Never repeats what the arguments say."""
        if name not in self.specs:
            return f"there is no tool {name[:64]!r}"
        if not self.granted(name, scopes):
            missing = ", ".join(sorted(set(self.specs[name].scopes) - scopes))
            return f"{name} needs {missing}, which this tenant does not grant"
        if len(msgspec.json.encode(arguments)) > LARGEST:
            return f"the arguments have more than {LARGEST} bytes"
        return self._misfit(name, arguments)

    def _misfit(self, name: str, arguments: Mapping[str, JsonValue]) -> str:
        try:
            error = best_match(self._validators[name].iter_errors(dict(arguments)))
        except referencing.exceptions.Unresolvable:
            return f"the schema of {name} refers to another document; put everything into one"
        return "" if error is None else f"{name}: {_words(error)}"


def _words(error: Any) -> str:
    place = ".".join(str(part) for part in error.absolute_path) or "the arguments"
    match error.validator:
        case "required":
            absent = [name for name in error.validator_value if name not in error.instance]
            return f"{', '.join(absent)} missing in {place}"
        case "additionalProperties":
            return f"{place} hold names that the tool does not know"
        case "type":
            return f"{place} must be of type {error.validator_value}"
        case validator:
            return f"{place} must satisfy {validator} {error.validator_value!r:.200}"
