"""What a tool says of itself: its name, its arguments, what it needs, and whether it changes anything."""

import re

import jsonschema
import msgspec
from jsonschema.exceptions import SchemaError

from schemas.errors import Misconfigured
from schemas.messages import JsonValue

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
LONGEST_S = 15.0
"""Seconds of one try: all tries of a call stay below the time after which a silent worker is started again."""


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as data. ``arguments`` is a JSON Schema of an object; ``timeout_s`` are the seconds of one try.

    ``scopes`` are the rights that a tenant must have granted. A tool that ``changes`` something is called by tasks
    alone, after the person has confirmed; only the others are offered to models.
    """

    name: str
    about: str
    arguments: dict[str, JsonValue]
    scopes: tuple[str, ...] = ()
    timeout_s: float = 5.0
    changes: bool = True


def checked(spec: ToolSpec) -> ToolSpec:
    """The spec itself. Raises Misconfigured with what to mend."""
    if not NAME.fullmatch(spec.name):
        raise Misconfigured(
            f"the tool's name {spec.name!r} must be lower case letters, digits and _, such as order_lookup"
        )
    if not spec.about.strip():
        raise Misconfigured(f"{spec.name}: about is empty; say in a sentence what the tool does")
    if not 0 < spec.timeout_s <= LONGEST_S:
        raise Misconfigured(f"{spec.name}: timeout_s must be above 0 and at most {LONGEST_S:g}")
    if spec.arguments.get("type") != "object":
        raise Misconfigured(f'{spec.name}: arguments must be a JSON Schema with "type": "object"')
    try:
        jsonschema.Draft202012Validator.check_schema(spec.arguments)
    except SchemaError as problem:
        raise Misconfigured(f"{spec.name}: arguments are no JSON Schema: {problem.message}") from None
    return spec
