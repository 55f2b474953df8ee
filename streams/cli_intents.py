"""``kefu intents``: train a model on examples, use it, measure it, and ask what the examples lack."""

from pathlib import Path
from typing import Annotated, Any

import click
import msgspec
import typer

from schemas.errors import Misconfigured
from schemas.messages import Event
from streams.cli_lines import File, batches, intent_model, refused, write

OUTSIDE = "out_of_scope.yaml"
Examples = Annotated[
    str, typer.Argument(help='JSONL {"text", "intent"}, a YAML list of intents, or a folder; unknown is out of scope.')
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")]
Html = Annotated[Path | None, typer.Option(help="Write one page of HTML there.")]
Threshold = Annotated[
    float | None, typer.Option(min=0, max=1, help="Answer unknown below this confidence; 0 never does.")
]
ModelFile = Annotated[Path, typer.Option("--model", help="A file that `kefu intents train` wrote.")]


class Text(Event, frozen=True):
    """A line of ``kefu intents classify``."""

    text: str


def register(app: typer.Typer) -> None:
    """Mount the commands on ``app``."""
    intents = typer.Typer(help="Train, use and measure an intent model of your own.", no_args_is_help=True)
    for command in (train, classify, evaluate, suggest):
        intents.command()(command)
    app.add_typer(intents, name="intents")


def train(
    examples: Examples,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the model goes: one file.")],
    reject: Annotated[
        float | None,
        typer.Option(min=0, max=0.5, help="Without examples of unknown, the share in scope that may be answered so."),
    ] = None,
) -> None:
    """Train a model on examples and write it to one file."""
    from agents.understanding import intent
    from agents.understanding.rules import Rules

    shown = _training_set(examples)
    try:
        rejected = intent.REJECTED if reject is None else reject
        model = intent.train(shown.examples, rules=Rules(shown.rules), rejected=rejected)
        output.write_bytes(model.to_bytes())
    except Misconfigured as problem:
        raise refused(f"{examples}: {problem}") from None
    except OSError as problem:
        raise refused(f"{output}: {problem.strerror}; name a place that can be written") from None
    typer.echo(f"{len(shown.examples)} examples of {len(model.intents)} intents → {output}", err=True)
    typer.echo(_promise(model), err=True)


def _promise(model: Any) -> str:
    """What to expect of the model, from the examples that each fold of its training had not seen."""
    kept, recall = model.expected, model.expected.out_of_scope_recall
    outside = "" if recall is None else f"; of those out of scope {recall:.1%} are seen to be so"
    return f"unseen examples: {kept.accuracy:.1%} recognised, {kept.rejected:.1%} taken for out of scope{outside}"


def classify(model: ModelFile, file: File = "-", threshold: Threshold = None) -> None:
    """Name the intent of each text: JSONL {"text"} in, {"intent", "confidence"} out."""
    trained = intent_model(model, threshold)
    for lines in batches(file, Text):
        best = [intents[0] for intents in trained.classify([line.text for line in lines])]
        write([{"intent": intent.name, "confidence": intent.confidence} for intent in best])


def evaluate(
    model: ModelFile,
    test: Annotated[str, typer.Argument(help="Examples that the model has not seen, written like those for train.")],
    as_json: Json = False,
    html: Html = None,
    threshold: Threshold = None,
) -> None:
    """Measure a model: accuracy, out-of-scope recall, confusions, calibration."""
    from agents.understanding import evaluation, intent_page

    report = evaluation.evaluate(intent_model(model, threshold), _training_set(test).examples)
    _report(report, intent_page.of_report(report), "Intent model: evaluation", as_json, html)


def suggest(examples: Examples, as_json: Json = False, html: Html = None) -> None:
    """Say which examples are missing and which contradict each other, by training without each and asking."""
    from agents.understanding import intent_page, intent_review

    try:
        review = intent_review.review(_training_set(examples).examples)
    except Misconfigured as problem:
        raise refused(f"{examples}: {problem}") from None
    _report(review, intent_page.of_review(review), "Intent examples: what to mend", as_json, html)


def _report(value: Event, tables: Any, title: str, as_json: bool, html: Path | None) -> None:
    from agents.understanding import intent_page

    if html is not None:
        try:
            html.write_text(intent_page.page(title, tables), encoding="utf-8")
        except OSError as problem:
            raise refused(f"{html}: {problem.strerror}; name a place that can be written") from None
    if as_json:
        write([value])
    elif html is None:
        typer.echo(intent_page.text(tables))
    else:
        typer.echo(f"→ {html}", err=True)


def _training_set(source: str) -> Any:
    """Examples from JSON lines, a YAML file, or a catalogue's folder."""
    from agents.understanding import intent_examples

    file = source
    try:
        if not (Path(source).is_dir() or source.endswith((".yaml", ".yml"))):
            with click.open_file(source, "rb") as stream:
                return intent_examples.from_lines(stream)
        folder = Path(source) if Path(source).is_dir() else None
        file = str(folder / "intents.yaml") if folder else source
        shown = intent_examples.from_yaml(Path(file).read_text(encoding="utf-8"))
        if folder is None or not (folder / OUTSIDE).exists():
            return shown
        file = str(folder / OUTSIDE)
        others = intent_examples.outside((folder / OUTSIDE).read_text(encoding="utf-8"))
        return msgspec.structs.replace(shown, examples=(*shown.examples, *others))
    except Misconfigured as problem:
        raise refused(f"{file}: {problem}") from None
    except UnicodeDecodeError as problem:
        raise refused(f"{file}: not UTF-8 at byte {problem.start}; save it as UTF-8") from None
    except OSError as problem:
        raise refused(f"{file}: {problem.strerror}; name a file of JSON lines, YAML, or - for JSON lines") from None
