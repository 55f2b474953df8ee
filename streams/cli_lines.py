"""JSON lines in and out, and how a command of the terminal refuses what it was given."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeVar

import click
import msgspec
import typer

from schemas.errors import Misconfigured

BATCH = 256

T = TypeVar("T")
File = Annotated[str, typer.Argument(metavar="[FILE]", help="A file of JSON lines; - or nothing is standard input.")]


def intent_model(file: Path, threshold: float | None = None) -> Any:
    from agents.understanding.intent_model import from_bytes

    try:
        model = from_bytes(file.read_bytes())
        return model if threshold is None else model.with_threshold(threshold)
    except OSError as problem:
        raise refused(f"{file}: {problem.strerror}; write a model with: kefu intents train") from None
    except Misconfigured as problem:
        raise refused(f"{file}: {problem}") from None


def batches(file: str, kind: type[T]) -> Iterator[list[T]]:
    """The lines of a file, BATCH at a time; a bad one ends the command, after those before it were answered."""
    decoder = msgspec.json.Decoder(kind)
    with _opened(file) as stream:
        numbered = ((number, line) for number, line in enumerate(stream, 1) if line.strip())
        while lines := list(islice(numbered, BATCH)):
            good: list[T] = []
            for number, line in lines:
                try:
                    good.append(decoder.decode(line))
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
                    yield good
                    raise refused(f"{file}: line {number}: {problem}; write {_shape(kind)}") from None
            yield good


def _opened(file: str) -> Any:
    try:
        return click.open_file(file, "rb")
    except OSError as problem:
        raise refused(f"{file}: {problem.strerror}; name a file of JSON lines, or - for standard input") from None


def _shape(kind: type[Any]) -> str:
    fields = ", ".join(f'"{field.name}"' for field in msgspec.structs.fields(kind) if field.required)
    return f"one JSON object in a line, with {fields}"


def write(values: Sequence[Any]) -> None:
    encode = msgspec.json.encode
    sys.stdout.write("".join(f"{encode(value).decode()}\n" for value in values))
    sys.stdout.flush()


def refused(why: str) -> typer.Exit:
    typer.echo(f"kefu: {why}", err=True)
    return typer.Exit(2)
