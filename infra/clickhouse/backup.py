"""Back up a database of a running ClickHouse into a folder, and restore it: ``python -m infra.clickhouse.backup``.

A backup is a folder: what ClickHouse's BACKUP writes of the structure and, layer by layer, of the data, and a list.
Each table is there as it was at one instant. What materialized views fill is saved before what they read, so that no
derived row is there without the row that it came from. The list is written last, and then the folder gets its name.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import httpx

from infra.clickhouse.errors import Unusable

LIST = "backup.json"
NOT_ALLOWED = "318"
"""ClickHouse's code for a server whose configuration names no folder for backups."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: its database, and its tables in the order in which their data was saved."""

    database: str
    layers: list[list[str]]
    version: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Server:
    """A ClickHouse on this machine."""

    url: str

    def ask(self, sql: str, **parameters: str) -> str:
        """The answer to one statement. Raises Unusable."""
        options = {f"param_{name}": value for name, value in parameters.items()}
        try:
            answer = httpx.post(self.url, content=sql, params=options, timeout=httpx.Timeout(3600, connect=5))
        except httpx.HTTPError as problem:
            raise Unusable(f"{self.url} does not answer ({problem}); start ClickHouse or give its --url") from None
        if answer.headers.get("X-ClickHouse-Exception-Code") == NOT_ALLOWED:
            raise Unusable(f"{self.url} allows no backups there; add the folder to its backups.allowed_path")
        if answer.status_code != httpx.codes.OK:
            raise Unusable(f"{self.url} refused: {' '.join(answer.text.split())}")
        return answer.text

    def rows(self, sql: str, **parameters: str) -> list[list[str]]:
        """The rows of an answer, all as text."""
        lines = self.ask(f"{sql} FORMAT JSONCompactStringsEachRow", **parameters).splitlines()
        return [json.loads(line) for line in lines]


def save(server: Server, database: str, folder: Path) -> Contents:
    """Back the database up into a folder that is not there yet, while others write. Raises Unusable."""
    folder = folder.absolute()
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    if folder.exists():
        raise Unusable(f"{folder} is there already; choose another folder or remove it")
    try:
        unfinished.mkdir(parents=True)
    except FileExistsError:
        raise Unusable(f"{unfinished} is left of a backup that was cut off; remove it, unless one is running") from None
    except OSError as problem:
        raise Unusable(f"{folder} cannot be made ({problem.strerror}); choose another folder") from None
    try:
        contents = _save(server, database, unfinished)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return contents


def _save(server: Server, database: str, folder: Path) -> Contents:
    before = _tables(server, database)
    if not before:
        raise Unusable(f"{server.url} has no tables in the database {database}; name another --database")
    layers = _layers(server, database)
    server.ask(f"BACKUP DATABASE {_name(database)} TO {_file(folder / 'structure')} SETTINGS structure_only = 1")
    for number, tables in enumerate(layers):
        listed = ", ".join(f"TABLE {_name(database)}.{_name(table)}" for table in tables)
        server.ask(f"BACKUP {listed} TO {_file(folder / _layer(number))}")
    if _tables(server, database) != before:
        raise Unusable(f"tables of {database} were made, changed or dropped meanwhile; back up again")
    version = server.ask("SELECT version()").strip()
    contents = Contents(database, layers, version, datetime.now(UTC).isoformat(timespec="seconds"))
    (folder / LIST).write_text(json.dumps(asdict(contents), indent=1))
    _sync(folder)
    return contents


TABLES = "SELECT name, uuid, create_table_query FROM system.tables WHERE database = {database:String} ORDER BY name"
# A materialized view without a target keeps its rows in a table .inner…, which BACKUP saves with the view.
HOLDERS = """
SELECT name, if(engine = 'MaterializedView' AND NOT startsWith(target_table, '.inner'), target_table, name),
    engine NOT IN ('View', 'WindowView', 'Dictionary') AND NOT startsWith(name, '.inner')
FROM system.tables WHERE database = {database:String}
"""
FEEDS = "SELECT name, arrayJoin(dependencies_table) FROM system.tables WHERE database = {database:String}"


def _tables(server: Server, database: str) -> list[list[str]]:
    return server.rows(TABLES, database=database)


def _layers(server: Server, database: str) -> list[list[str]]:
    """The tables that hold data, each after all that are filled from it."""
    found = server.rows(HOLDERS, database=database)
    holders = {name: holder for name, holder, _ in found}
    graph: dict[str, set[str]] = {name: set() for name, holder, holds in found if holds == "1" and name == holder}
    for source, view in server.rows(FEEDS, database=database):
        if source in graph and holders.get(view) in graph:
            graph[source].add(holders[view])
    return list(_batches(database, TopologicalSorter(graph)))


def _batches(database: str, order: TopologicalSorter[str]) -> Iterator[list[str]]:
    try:
        order.prepare()
    except CycleError:
        raise Unusable(f"the materialized views of {database} fill each other in a circle; drop one of them") from None
    while ready := order.get_ready():
        yield sorted(ready)
        order.done(*ready)


def restore(server: Server, folder: Path, database: str | None = None) -> Contents:
    """Restore a backup under its old name or another one, in which there is nothing yet. Raises Unusable."""
    folder = folder.absolute()
    contents = _contents(folder)
    target = database or contents.database
    if _tables(server, target):
        raise Unusable(f"{server.url} has tables in {target}; drop that database or name another --database")
    try:
        _restore(server, folder, contents, target)
    except BaseException:
        server.ask(f"DROP DATABASE IF EXISTS {_name(target)} SYNC")
        raise
    return contents


def _restore(server: Server, folder: Path, contents: Contents, target: str) -> None:
    old, new = _name(contents.database), _name(target)
    server.ask(f"RESTORE DATABASE {old} AS {new} FROM {_file(folder / 'structure')}")
    for number, tables in enumerate(contents.layers):
        listed = ", ".join(f"TABLE {old}.{_name(table)} AS {new}.{_name(table)}" for table in tables)
        # A view that holds rows names the old database in its definition; the structure is the same backup's.
        server.ask(f"RESTORE {listed} FROM {_file(folder / _layer(number))} SETTINGS allow_different_table_def = 1")


def _contents(folder: Path) -> Contents:
    if not folder.is_dir():
        raise Unusable(f"{folder} is not there; name the folder of a backup")
    try:
        contents = Contents(**json.loads((folder / LIST).read_text()))
    except (OSError, ValueError, TypeError):
        raise Unusable(f"{folder} is no backup, or half of one: its {LIST} is missing or broken") from None
    parts = ["structure", *map(_layer, range(len(contents.layers)))]
    if missing := [part for part in parts if not (folder / part / ".backup").is_file()]:
        raise Unusable(f"{folder} is half a backup: {missing[0]} is missing; use another one")
    return contents


@contextmanager
def started(data: Path) -> Iterator[str]:
    """A server on the folder for as long as the block lasts; gives its address. Raises Unusable."""
    command = [sys.executable, "-m", "infra.clickhouse", "--data", str(data), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    url = next((word for word in process.stdout.readline().split() if word.startswith("http://")), "")
    try:
        if not url:
            raise Unusable(process.communicate()[1].strip().removeprefix("clickhouse: ") or f"{data} cannot be opened")
        yield url
    finally:
        process.terminate()
        process.communicate()


def _layer(number: int) -> str:
    return f"data-{number}"


def _sync(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def _name(text: str) -> str:
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _file(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace("'", "\\'")
    return f"File('{escaped}')"


def main() -> int:
    """Do what the command line says; 0, or 1 with one line on stderr."""
    options = _options()
    try:
        if options.verb == "save":
            done = save(Server(options.url), options.database or "kefu", options.folder)
        else:
            with started(options.data) if options.data else nullcontext(options.url) as url:
                done = restore(Server(url), options.folder, options.database)
    except Unusable as problem:
        sys.stderr.write(f"backup: {problem}\n")
        return 1
    tables = sum(map(len, done.layers))
    sys.stdout.write(
        f"{options.verb}d: {tables} tables of {done.database}, as of {done.made_at}, in {options.folder}\n"
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.clickhouse.backup")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, text in (("save", "back a running server up"), ("restore", "bring a backup back")):
        command = verbs.add_parser(verb, help=text)
        command.add_argument("folder", type=Path, help="folder of the backup, on the server's machine")
        command.add_argument("--database", help="save: which (kefu); restore: its new name (the old one)")
        where = command.add_mutually_exclusive_group()
        where.add_argument("--url", default="http://127.0.0.1:8123", help="the running server")
        if verb == "restore":
            where.add_argument(
                "--data", type=Path, help="instead: a data folder that no server runs on, such as a new one"
            )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
