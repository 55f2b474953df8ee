"""The command ``kefu tools``: which plugins there are, and what a tenant grants to them."""

import time
from typing import Annotated

import typer

from schemas import codec, times, topics
from schemas.operations import Setting
from streams.settings import read


def register(app: typer.Typer) -> None:
    """Mount the commands on ``app``."""
    tools = typer.Typer(help="Plugins that call business systems.", no_args_is_help=True)
    tools.command("list")(list_tools)
    tools.command()(grant)
    app.add_typer(tools, name="tools")


def list_tools() -> None:
    """List the tools with their scopes; exit code 1 when a plugin is left out."""
    from streams.tools import registry

    found = registry.installed()
    for name, spec in sorted(found.toolbox().specs.items()):
        kind = "changes" if spec.changes else "reads"
        typer.echo(f"{name}  {kind}  {' '.join(spec.scopes)}\n    {spec.about}")
    for name, problem in found.problems.items():
        typer.echo(f"{name} is left out: {problem}", err=True)
    raise typer.Exit(1 if found.problems else 0)


def grant(
    tenant: Annotated[str, typer.Argument(help="A tenant's name, such as default.")],
    scopes: Annotated[
        list[str] | None, typer.Argument(help="Scopes, such as orders:read; none grants nothing.")
    ] = None,
    usual: Annotated[bool, typer.Option("--usual", help="Back to what KEFU_TOOLS_SCOPES grants.")] = False,
) -> None:
    """Say which scopes a tenant grants to tools; every worker follows at once."""
    from streams.sender import Sender
    from streams.tools.grants import PREFIX

    name, settings = f"{PREFIX}{tenant}", read()
    setting = Setting(name=name, value=scopes or [], actor="cli", occurred_at=times.rfc3339(time.time()))
    sender = Sender(settings.kafka, client_id="kefu-cli")
    sender.send(topics.SETTINGS.name, name.encode(), None if usual else codec.encode(setting))
    sender.flush_now()
