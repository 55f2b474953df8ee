"""What a scripted conversation is: a YAML file of these, read and checked."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

FOLDER = Path(__file__).parent / "conversations"


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order of the customer; ``placed``, ``shipped`` and ``delivered`` are days ago."""

    number: str
    items: tuple[str, ...] = ("headphones",)
    placed: float = 6
    shipped: float | None = None
    delivered: float | None = None
    customer: str = "u1"


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happens, and what must follow. What is not mentioned is not checked, but for ``tools`` and ``handover``.

    Exactly one of ``say`` (a message, or several that come together), ``person`` (what a colleague does) and ``wait``
    (a timer that runs out). ``tools`` are the calls in order, by name or with arguments that they must have;
    ``handover`` is the reason for which a person is asked for; ``replies`` how many replies there are; ``to`` how many
    messages the last one answers; ``task`` the task under way afterwards, ``none`` for none.
    """

    say: str | tuple[str, ...] = ()
    person: Literal["takes", "returns", "notes"] | dict[Literal["replies"], str] | None = None
    wait: str = ""
    replies: int | None = None
    source: str = ""
    task: str = ""
    tools: tuple[str | dict[str, dict[str, Any]], ...] = ()
    text: str | tuple[str, ...] = ()
    not_text: str | tuple[str, ...] = msgspec.field(default=(), name="not")
    handover: str = ""
    cites: str = ""
    language: str = ""
    to: int = 0


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A conversation. ``faults`` are what the next calls of a tool become instead; ``model`` what a model answers.

    Without ``model`` no model can be asked. ``burst`` are the seconds of the window in which messages belong together.
    ``packs`` are those of the catalogue that the desk has besides the shop's.
    """

    name: str
    turns: tuple[Turn, ...]
    orders: tuple[Given, ...] = ()
    faults: dict[str, tuple[str, ...]] = {}
    model: str = ""
    burst: float = 0.0
    packs: tuple[str, ...] = ()


@cache
def scripts() -> tuple[Script, ...]:
    """All conversations, by file and in the order in which they are written."""
    files = sorted(FOLDER.glob("*.yaml"))
    read = [msgspec.convert(yaml.safe_load(file.read_text("utf-8")), tuple[Script, ...]) for file in files]
    named = [
        msgspec.structs.replace(script, name=f"{file.stem}: {script.name}")
        for file, of in zip(files, read, strict=True)
        for script in of
    ]
    assert len({script.name for script in named}) == len(named), "two conversations have one name"
    return tuple(named)


def several(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text
