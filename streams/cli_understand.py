"""``kefu understand``: JSONL in, JSONL out."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from schemas.messages import Event
from streams.cli_lines import File, batches, intent_model, write
from streams.settings import read


class Line(Event, frozen=True):
    """A line of ``kefu understand``; ``id`` comes back unchanged."""

    text: str
    id: str | int | None = None
    occurred_at: str = ""


def register(app: typer.Typer) -> None:
    """Mount the command on ``app``."""
    app.command()(understand)


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
        reader = Understander(intent_model(model))
    else:
        settings = read()
        reader = understander(catalog.load(settings.catalog, settings.chosen_packs))
    for lines in batches(file, Line):
        understood = reader.understand([line.text for line in lines], [line.occurred_at or None for line in lines])
        write([{"id": line.id} | msgspec.structs.asdict(one) for line, one in zip(lines, understood, strict=True)])
