"""Commands that read texts: understand, intents train, classify, evaluate. JSONL in, JSONL out."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeVar

import click
import msgspec
import typer

from schemas.errors import Misconfigured
from schemas.messages import Event
from streams.settings import read

BATCH = 256

T = TypeVar("T")
File = Annotated[str, typer.Argument(metavar="[FILE]", help="A file of JSON lines; - or nothing is standard input.")]
ModelFile = Annotated[Path, typer.Option("--model", help="A file that `kefu intents train` wrote.")]


class Line(Event, frozen=True):
    """A line of ``kefu understand``; ``id`` comes back unchanged."""

    text: str
    id: str | int | None = None
    occurred_at: str = ""


class Text(Event, frozen=True):
    """A line of ``kefu intents classify``."""

    text: str


def register(app: typer.Typer) -> None:
    """Mount the commands on ``app``."""
    app.command()(understand)
    intents = typer.Typer(help="Train, use and measure an intent model of your own.", no_args_is_help=True)
    for command in (train, classify, evaluate):
        intents.command()(command)
    app.add_typer(intents, name="intents")


def understand(
    file: File = "-",
    model: Annotated[
        Path | None, typer.Option(help="A trained model; left out, the catalogue's examples train one.")
    ] = None,
) -> None:
    """Say what each text means: JSONL {"id", "text"} in, the whole understanding of each line out."""
    from agents import catalog
    from agents.understanding import Understander, understander

    if model is not None:
        reader = Understander(_model(model))
    else:
        settings = read()
        reader = understander(catalog.load(settings.catalog, settings.chosen_packs))
    for lines in _batches(file, Line):
        understood = reader.understand([line.text for line in lines])
        _write([{"id": line.id} | msgspec.structs.asdict(one) for line, one in zip(lines, understood, strict=True)])


def train(
    examples: Annotated[str, typer.Argument(help='JSONL {"text", "intent"}; the intent unknown is out of scope.')],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the model goes: one file.")],
) -> None:
    """Train a model on examples and write it to one file."""
    from agents.understanding import intent

    shown = [example for lines in _batches(examples, intent.Example) for example in lines]
    try:
        model = intent.train(shown)
        output.write_bytes(model.to_bytes())
    except Misconfigured as problem:
        raise _refused(f"{examples}: {problem}") from None
    except OSError as problem:
        raise _refused(f"{output}: {problem.strerror}; name a place that can be written") from None
    typer.echo(f"{len(shown)} examples of {len(model.intents)} intents → {output}", err=True)


def classify(model: ModelFile, file: File = "-") -> None:
    """Name the intent of each text: JSONL {"text"} in, {"intent", "confidence"} out."""
    trained = _model(model)
    for lines in _batches(file, Text):
        best = [intents[0] for intents in trained.classify([line.text for line in lines])]
        _write([{"intent": intent.name, "confidence": intent.confidence} for intent in best])


def evaluate(
    model: ModelFile,
    test: Annotated[
        str, typer.Argument(help='JSONL {"text", "intent"} that the model has not seen; - is standard input.')
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Measure a model: accuracy, out-of-scope recall, confusions, calibration."""
    from agents.understanding import evaluation, intent

    shown = [example for lines in _batches(test, intent.Example) for example in lines]
    report = evaluation.evaluate(_model(model), shown)
    if as_json:
        _write([report])
    else:
        typer.echo(_table(report))


def _model(file: Path) -> Any:
    from agents.understanding.intent_model import from_bytes

    try:
        return from_bytes(file.read_bytes())
    except OSError as problem:
        raise _refused(f"{file}: {problem.strerror}; write a model with: kefu intents train") from None
    except Misconfigured as problem:
        raise _refused(f"{file}: {problem}") from None


def _batches(file: str, kind: type[T]) -> Iterator[list[T]]:
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
                    raise _refused(f"{file}: line {number}: {problem}; write {_shape(kind)}") from None
            yield good


def _opened(file: str) -> Any:
    try:
        return click.open_file(file, "rb")
    except OSError as problem:
        raise _refused(f"{file}: {problem.strerror}; name a file of JSON lines, or - for standard input") from None


def _shape(kind: type[Any]) -> str:
    fields = ", ".join(f'"{field.name}"' for field in msgspec.structs.fields(kind) if field.required)
    return f"one JSON object in a line, with {fields}"


def _write(values: Sequence[Any]) -> None:
    encode = msgspec.json.encode
    sys.stdout.write("".join(f"{encode(value).decode()}\n" for value in values))
    sys.stdout.flush()


def _refused(why: str) -> typer.Exit:
    typer.echo(f"kefu: {why}", err=True)
    return typer.Exit(2)


def _table(report: Any) -> str:
    def percent(share: float | None) -> str:
        return "-" if share is None else f"{share:.1%}"

    lines = [
        f"accuracy in scope    {percent(report.accuracy)} of {report.in_scope}, {percent(report.rejected)} rejected",
        f"out-of-scope recall  {percent(report.out_of_scope_recall)} of {report.out_of_scope}",
        f"calibration error    {percent(report.calibration_error)}",
        *(f"  said {held.confidence:4.0%}  right {held.accuracy:4.0%}  {held.count}" for held in report.calibration),
        "confusions" if report.confusions else "no confusions",
        *(f"  {pair.count:4}  {pair.expected} → {pair.got}" for pair in report.confusions[:20]),
    ]
    return "\n".join(lines)
