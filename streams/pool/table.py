"""The table that ``kefu pool`` prints."""

import time
from typing import Any

import click
import typer

from streams import control
from streams.pool.view import VIEW
from streams.settings import Settings

AGAIN_S = 1.0
_HEAD = ("server", "state", "in use", "loaded", "cached", "100 tokens in", "tokens/s", "problem")


def show(settings: Settings, *, watch: bool) -> None:
    """Print the table; with ``watch`` again and again."""
    while True:
        text = pool_table([setting.value for name, setting in sorted(_views(settings).items())])
        if watch:
            click.clear()
        typer.echo(text)
        if not watch:
            return
        time.sleep(AGAIN_S)


def pool_table(views: list[Any]) -> str:
    """A block per inference worker: its plan, what waits, a line per server."""
    if not views:
        return "no inference worker has said anything yet; start it with `make run` or `kefu worker inference`"
    return "\n\n".join(_block(view) for view in views)


def _views(settings: Settings) -> dict[str, Any]:
    return {name: setting for name, setting in control.current(settings).items() if name.startswith(VIEW)}


def _block(view: Any) -> str:
    plan = view["plan"]
    breakers = ", ".join(f"{model} {state}" for model, state in view["breakers"].items() if state != "closed")
    head = f"worker {view['worker']}: {plan['default']} answers, {view['waiting']} questions wait"
    rows = [_HEAD, *(_row(server) for server in view["servers"])]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([head, *([f"breakers: {breakers}"] if breakers else []), *lines])


def _row(server: Any) -> tuple[str, ...]:
    first, rate = server["first_ms"], server["tokens_per_s"]
    return (
        server["url"],
        server["state"].replace("_", " "),
        f"{server['in_flight']}/{server['slots']}",
        ", ".join(server["models"]) or "-",
        str(server["conversations"]),
        "-" if first is None else f"{first:g} ms",
        "-" if rate is None else f"{rate:g}",
        server["problem"] or "-",
    )
