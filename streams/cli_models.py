"""Commands about models: which answer, how they change over, how the pool fares."""

from typing import Annotated

import typer

from streams.settings import read

Model = Annotated[str, typer.Argument(help="A model as Ollama names it, such as qwen2.5:7b.")]
Percent = Annotated[float, typer.Argument(help="Share of the conversations, 0 to 100.")]
Force = Annotated[bool, typer.Option(help="Also where no server has the model now.")]


def register(app: typer.Typer) -> None:
    app.command()(pool)
    model = typer.Typer(
        help="Models: which answer, gray releases, shadows, options; the way back.", no_args_is_help=True
    )
    for name, command in (
        ("show", show), ("switch", switch), ("release", release), ("promote", promote), ("rollback", rollback),
        ("shadow", shadow), ("fallback", fallback), ("vision", vision), ("options", options),
    ):  # fmt: skip
        model.command(name)(command)
    app.add_typer(model, name="model")


def pool(watch: Annotated[bool, typer.Option(help="Go on showing it, until Ctrl-C.")] = False) -> None:
    """Show the model servers: slots, models, rates, breakers, as each inference worker sees them."""
    from streams.pool import table

    table.show(read(), watch=watch)


def show() -> None:
    """Show the plan of models that is in force."""
    from streams.pool import command

    typer.echo(command.shown(read()))


def switch(model: Model, force: Force = False) -> None:
    """Let another model answer: it is loaded first, the old one answers until then, no question is lost."""
    _change("switched", model, needs=model, force=force)


def release(
    model: Model,
    percent: Percent,
    name: Annotated[str, typer.Option(help="Name of the release; stands on every event as name:arm.")] = "",
    force: Force = False,
) -> None:
    """Give a share of the conversations to a candidate; the same conversations stay when the share grows."""
    _change("released", model, percent, name, needs=model, force=force)


def promote() -> None:
    """Make the candidate of the release the model that answers."""
    _change("promoted")


def rollback() -> None:
    """End the release; without one go back to the model before the last switch."""
    _change("rolled_back")


def shadow(model: Model, percent: Percent, force: Force = False) -> None:
    """Ask another model as well, logged and never shown; 0 ends it."""
    _change("shadowed", model, percent, needs=model if percent else "", force=force)


def fallback(model: Annotated[str, typer.Argument(help="A model, or '' for none.")], force: Force = False) -> None:
    """Choose the model that answers when the others cannot."""
    _change("fallen_back", model, needs=model, force=force)


def vision(model: Annotated[str, typer.Argument(help="A model, or '' for none.")], force: Force = False) -> None:
    """Choose the model that answers questions with images."""
    _change("seeing", model, needs=model, force=force)


def options(
    model: Model,
    changes: Annotated[list[str], typer.Argument(help="name=value …, such as num_ctx=4096; name= resets.")],
) -> None:
    """Change a model's options; a server loads the model again for the next question."""
    from streams.pool import command

    _change("given", model, command.options(changes))


def _change(how: str, *arguments: object, needs: str = "", force: bool = False) -> None:
    from streams.pool import command

    typer.echo(command.change(read(), how, arguments, needs="" if force else needs))
