"""The ``kefu`` command."""

import sys
from typing import Annotated

import typer
from confluent_kafka import KafkaException

from schemas.errors import KefuError
from streams import (
    cli_inbox,
    cli_intents,
    cli_knowledge,
    cli_models,
    cli_records,
    cli_system,
    cli_tools,
    cli_understand,
)
from streams.sender import refused

app = typer.Typer(
    help="kefu: customer service as a stream.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli_system.register(app)
cli_records.register(app)
cli_understand.register(app)
cli_models.register(app)
cli_inbox.register(app)
cli_tools.register(app)
cli_knowledge.register(app)
cli_intents.register(app)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version as installed

        typer.echo(f"kefu {installed('kefu')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
]


@app.callback()
def _root(version: Version = False) -> None:
    """Customer service as a stream."""


def main() -> None:
    """The entry point: what goes wrong is said in a line, never as a traceback."""
    try:
        app()
    except KefuError as problem:
        typer.echo(f"kefu: {problem}", err=True)
        sys.exit(1)
    except KafkaException as problem:
        typer.echo(f"kefu: Kafka says: {refused(problem)}; try again, or ask `kefu doctor`", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
