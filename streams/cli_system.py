"""Commands that run and look after the system: up, worker, migrate, topics, doctor, bench."""

import functools
from typing import Annotated

import typer

from streams.settings import read


def register(app: typer.Typer) -> None:
    for command in (up, worker, migrate, topics, doctor, bench):
        app.command()(command)


def up() -> None:
    """Start everything embedded and run until Ctrl-C."""
    from streams.up import up as run_up

    raise typer.Exit(run_up(read()))


def worker(
    name: Annotated[str, typer.Argument(help="dialogue, inference, tools, sinks, gateway or monitoring")],
) -> None:
    """Run one worker of the system."""
    from streams import logs, workers

    settings = read()
    logs.configure(name, settings.log_level)
    workers.run(name, settings)


def migrate() -> None:
    """Create the topics that are missing and apply ClickHouse's migrations."""
    from streams import logs, store, topology
    from streams.waiting import until

    settings = read()
    logs.configure("migrate", settings.log_level)
    sizes = {"partitions": settings.partitions, "replication": settings.replication}
    for name in until("Kafka", functools.partial(topology.create, settings.kafka, **sizes)):
        typer.echo(f"created topic {name}")
    for step in until("ClickHouse", functools.partial(store.migrate, settings)):
        typer.echo(f"applied {step}")


def topics() -> None:
    """List the topics: partitions, records, policy, meaning."""
    from streams.listing import topic_table

    typer.echo(topic_table(read()))


def doctor() -> None:
    """Say what is wrong and how to mend it; exit code 1 when something is."""
    from streams.doctor import examine

    findings = examine(read())
    for finding in findings:
        typer.echo(finding.line())
    raise typer.Exit(1 if any(finding.wrong for finding in findings) else 0)


def bench(
    what: Annotated[list[str] | None, typer.Argument(help="p1, p3 …; all when left out")] = None,
    quick: Annotated[bool, typer.Option(help="Fewer records and repeats.")] = False,
) -> None:
    """Run the benchmarks and print ours beside the peers."""
    from streams.bench import run

    raise typer.Exit(run(what or [], quick=quick))
