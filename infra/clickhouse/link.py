"""A link: one session of the engine, dressed for each query in what its request asks for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chdb.state.sqlitelike import Connection

from infra.clickhouse.profiles import TAG
from infra.clickhouse.statement import quoted

CHANGED = "SELECT name, value FROM system.settings WHERE changed"
"""The query for the settings of a session that differ from the engine's."""

Progress = Callable[[dict[str, int]], None]


class Link:
    """A connection to the engine. One thread at a time may use it; what the engine refuses is a RuntimeError."""

    def __init__(self, address: str, opening: Sequence[str], own: Mapping[str, str] | None) -> None:
        """Connect and say the opening statements; `own` are the settings that differ from the engine's then."""
        self.connection: Any = Connection(address)
        self.progress: dict[str, int] = {}
        self.listener: Progress = lambda _: None
        self.connection.set_progress_callback(self._progressed)
        self._own = own
        self._covered: dict[str, str | None] = {}
        self._worn: dict[str, str] = {}
        self._home = self._database = ""
        self.timezone = ""
        """That of the session, where one of its statements has set it."""
        for statement in opening:
            self.connection.query(statement)

    def dress(self, settings: Mapping[str, str], database: str, tag: str) -> None:
        """Put on a request's settings and database, and take off those of the request before."""
        dropped = [name for name in self._worn if name not in settings]
        changed = {name: value for name, value in settings.items() if self._worn.get(name) != value}
        self._cover([name for name in changed if name not in self._covered])
        old = [f"{quoted(name, '`')} = {_literal(self._covered[name])}" for name in dropped]
        new = [f"{quoted(name, '`')} = {quoted(value)}" for name, value in changed.items()]
        self.connection.query(f"SET {', '.join([*old, *new, f'{TAG} = {quoted(tag)}'])}")
        self._worn = dict(settings)
        self._move(database)

    def changed_itself(self) -> None:
        """Forget what the undressed session was: a statement has changed its settings or its database."""
        self._own = None
        self._covered.clear()
        self._home = self._database = ""

    def query(self, sql: str | bytes, form: str = "TabSeparated", parameters: Mapping[str, str] | None = None) -> Any:
        """Run a statement to its end."""
        self.progress = {}
        return self.connection.query(sql, form, params=dict(parameters or {}))

    def lines(self, sql: str) -> list[list[str]]:
        """The answer of a small query, as text."""
        text: str = self.connection.query(sql, "TabSeparated").bytes().decode()
        return [line.split("\t") for line in text.splitlines()]

    def close(self) -> None:
        """End the session."""
        self.connection.close()

    def _progressed(self, progress: dict[str, int]) -> None:
        self.progress = progress
        self.listener(progress)

    def _move(self, database: str) -> None:
        if database == self._database:
            return
        self._home = self._home or self.lines("SELECT currentDatabase()")[0][0]
        self.connection.query(f"USE {quoted(database or self._home, '`')}")
        self._database = database

    def _cover(self, names: Sequence[str]) -> None:
        """Note what the session itself says about settings that are about to be put on."""
        if names and self._own is None:
            listed = ", ".join(quoted(name) for name in names)
            rows = self.lines(f"{CHANGED} AND name IN ({listed})")
            self._covered |= dict.fromkeys(names) | {row[0]: row[1] for row in rows}
        else:
            self._covered |= {name: (self._own or {}).get(name) for name in names}


def _literal(value: str | None) -> str:
    return "DEFAULT" if value is None else quoted(value)
