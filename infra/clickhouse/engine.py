"""The engine: chDB on one folder; every query on a link of its own, in the role of the one who asks."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.clickhouse import errors, existing, identity, output, processes
from infra.clickhouse.access import VIEWER
from infra.clickhouse.errors import READONLY, SET_NON_GRANTED_ROLE, Failure, failure
from infra.clickhouse.guard import Guard
from infra.clickhouse.link import CHANGED, Link, Progress
from infra.clickhouse.profiles import PROFILE, Limits, configured
from infra.clickhouse.query import Answer, Query
from infra.clickhouse.running import Running, Ticket
from infra.clickhouse.sessions import Sessions
from infra.clickhouse.statement import parse, quoted, setting

_Kind = tuple[bool, bool]
"""Of a link: whether it is a reader's, and whether it is read-only."""

_IDLE_LINKS = 4
_REPLACE_WITHIN = 5.0
_KILL_WITHIN = 30.0
_CHANGES_NOTHING = frozenset({"SET", "USE", "KILL"})
_COPIES = frozenset({"BACKUP", "RESTORE"})
"""The engine takes them for reading; a page of another site could ask for one by GET."""
_READ_ONLY_TEXT = (
    "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. "
    "You should use method POST for modifying queries."
)


class Engine:
    """ClickHouse on one folder. Any number of threads may ask at once; a failed query raises Failure."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        """Open the folder, which no other process may have open; limits are a reader's. Raises Unusable."""
        self._limits = limits or Limits()
        self._idle: defaultdict[_Kind, list[Link]] = defaultdict(list)
        self._own: dict[_Kind, dict[str, str]] = {}
        self._lock = threading.Lock()
        self.sessions = Sessions()
        self.running = Running(self._stop)
        try:
            # The engine lives as long as its first connection.
            self._first = self._opened(folder)
            self._learn()
        except RuntimeError as problem:
            reason = " ".join(str(problem).split())
            raise errors.Unusable(
                f"{folder} cannot be opened ({reason}); restore it, or remove it to start empty"
            ) from None

    def run(self, query: Query, outlet: int, listener: Progress = lambda _: None) -> Answer:
        """Run one query to its end; its result goes to the open file. An INSERT has its rows in the folder then."""
        if query.user.reads_only:
            self._check(query)
        if query.changes_nothing and query.statement.keyword in _COPIES:
            raise failure(READONLY, _READ_ONLY_TEXT)
        wait = _REPLACE_WITHIN if query.switched_on("replace_running_query") else 0.0
        try:
            with (
                self._linked(query) as link,
                self.running.entered(query.user.name, query.id, wait) as ticket,
            ):
                link.listener = listener
                return self._run(link, query, ticket, outlet)
        except RuntimeError as problem:
            raise errors.read(str(problem)) from None

    def timezone_of(self, query: Query) -> str:
        """The time zone in which the times of the query's answer are meant."""
        session = self.sessions.timezone(query.user.name, query.session) if query.session else ""
        return query.setting("session_timezone") or session or self.timezone

    def close(self) -> None:
        """Close the folder. No query may be running."""
        self.sessions.close()
        for links in self._idle.values():
            for link in links:
                link.close()
        self._first.close()

    def _run(self, link: Link, query: Query, ticket: Ticket, outlet: int) -> Answer:
        statement = query.statement
        changes = query.session is not None and statement.keyword in {"SET", "USE"}
        link.dress({} if changes else _settings(query), "" if changes else query.database, ticket.tag)
        if query.roles:
            link.query(f"SET ROLE {', '.join(quoted(role, '`') for role in query.roles)}")
        for table in query.external:
            name = quoted(table.name, "`")
            link.query(f"CREATE TEMPORARY TABLE {name} ({table.structure})")
            output.insert(link, f"INSERT INTO {name}", table.format, [table.rows], ticket)
        ticket.check()
        if wanted := processes.kill(statement.sql):
            return self._kill(link, query, wanted, ticket, outlet)
        sql = processes.rewritten(statement.sql)
        if query.user.reads_only and statement.keyword == "EXISTS":
            sql = existing.rewritten(sql)
        if statement.outlet >= 0:
            sql = identity.told(sql, query.user.name, query.id)
        asked = query if sql is statement.sql else replace(query, statement=parse(sql))
        try:
            return output.run(link, asked, ticket, outlet)
        finally:
            if changes:
                link.changed_itself()
                if b"session_timezone" in statement.sql:
                    link.timezone = setting(statement.sql, "session_timezone")
            with suppress(RuntimeError):
                if query.roles and query.session:
                    link.query(f"SET ROLE {VIEWER.name if query.user.reads_only else 'DEFAULT'}")
                for table in query.external if query.session else ():
                    link.query(f"DROP TEMPORARY TABLE IF EXISTS {quoted(table.name, '`')}")

    def _kill(self, link: Link, query: Query, wanted: processes.Kill, ticket: Ticket, outlet: int) -> Answer:
        found = processes.victims(link.query(processes.search(wanted), parameters=query.parameters).bytes().decode())
        others = [victim for victim in found if victim.id != ticket.id]
        rows = [(self._killed(victim, wanted.mode), victim) for victim in others if self._may_kill(query, victim)]
        if not rows:
            return Answer()
        form = f" FORMAT {query.statement.format}" if query.statement.format else ""
        report = replace(query, statement=parse((processes.report(rows) + form).encode()), parameters={})
        return output.run(link, report, ticket, outlet)

    def _killed(self, victim: processes.Victim, mode: str) -> str:
        ticket = self.running.found(victim.user, victim.id)
        if mode == "TEST":
            return "unknown_status"
        if ticket is None:
            return "finished"
        ended = self.running.stop(ticket, _KILL_WITHIN if mode == "SYNC" else 0)
        return "finished" if ended and mode == "SYNC" else "waiting"

    def _may_kill(self, query: Query, victim: processes.Victim) -> bool:
        return not query.user.reads_only or victim.user == query.user.name

    def _check(self, query: Query) -> None:
        if not {*query.roles} <= {VIEWER.name}:
            raise failure(SET_NON_GRANTED_ROLE, f"Role should be granted to set as a current: {query.roles[0]}.")
        self._guard.check(query.statement, query.parameters)
        for table in query.external:
            self._guard.check_structure(table.structure)

    @contextmanager
    def _linked(self, query: Query) -> Iterator[Link]:
        kind = query.user.reads_only, query.read_only
        if query.session:
            self._check_read_only(query)
            kept = kind[0], kind[0]
            with self.sessions.entered(query.user.name, query.session, lambda: self._link(kept)) as link:
                yield link
            return
        with self._lock:
            idle = self._idle[kind].pop() if self._idle[kind] else None
        link = idle or self._link(kind)
        try:
            yield link
        except BaseException:
            link.close()
            raise
        self._put_back(kind, link, query)

    def _put_back(self, kind: _Kind, link: Link, query: Query) -> None:
        bound = query.statement.rows is not None and query.parameters
        spoilt = any((query.statement.lasting, query.external, query.roles, bound, "readonly" in query.settings))
        with self._lock:
            if not spoilt and len(self._idle[kind]) < _IDLE_LINKS:
                self._idle[kind].append(link)
                return
        link.close()

    def _check_read_only(self, query: Query) -> None:
        """A session outlives its queries: a read-only one among them cannot make it so."""
        if query.settings.get("readonly") == "1" and query.statement.keyword == "SET":
            raise failure(READONLY, "Cannot execute query in readonly mode.")
        if not query.changes_nothing or query.user.reads_only or query.statement.keyword in _CHANGES_NOTHING:
            return
        kind = self._first.connection._conn.classify_query(query.statement.sql.decode(errors="replace"))
        temporary = query.statement.second == "TEMPORARY"
        if kind["query_class"].name != "READ_ONLY" and not temporary:
            raise failure(READONLY, _READ_ONLY_TEXT)

    def _opened(self, folder: Path) -> Link:
        with configured(self._limits) as file:
            arguments = {"config-file": file} | dict(PROFILE)
            self._address = f"{folder}?{'&'.join(f'{name}={value}' for name, value in arguments.items())}"
            return Link(self._address, (), None)

    def _learn(self) -> None:
        """What the engine is, and what its links begin with."""
        self.version, self.timezone, compression = self._first.lines(
            "SELECT version(), timezone(), getSetting('enable_http_compression')"
        )[0]
        self.compresses = compression == "true"
        formats = self._first.lines("SELECT name, content_type FROM system.formats WHERE is_output")
        self.content_types = {row[0]: row[1] for row in formats}
        names = [[row[0] for row in self._first.lines(sql)] for sql in _CALLABLE]
        self._guard = Guard(*names)
        rows = self._first.lines(CHANGED)
        self._own = {(False, False): {row[0]: row[1] for row in rows}}

    def _link(self, kind: _Kind) -> Link:
        if kind not in self._own:
            link = Link(self._address, self._opening(kind), None)
            rows = link.lines(CHANGED)
            link.close()
            self._own[kind] = {row[0]: row[1] for row in rows}
        return Link(self._address, self._opening(kind), self._own[kind])

    def _opening(self, kind: _Kind) -> list[str]:
        reader, read_only = kind
        if reader:
            # The profile bounds the session, the settings those that its connection sends along with each query.
            values = ", ".join(f"{name} = {value}" for name, value in self._limits.settings.items())
            closed = "input_format_values_interpret_expressions = 0"
            return ["SET ROLE viewer", f"SET {closed}", f"SET {values}", "SET profile = 'viewer'", "SET readonly = 2"]
        return ["SET readonly = 2"] if read_only else []

    def _stop(self, tag: str) -> None:
        with suppress(RuntimeError, Failure):
            killer: Any = Link(self._address, (), None)
            killer.query(processes.stop(tag))
            killer.close()


_CALLABLE = ("SELECT name FROM system.table_functions", "SELECT name FROM system.functions")


def _settings(query: Query) -> dict[str, str]:
    """Those to put on. Nothing takes readonly off again, thus a session never puts it on."""
    return {name: value for name, value in query.settings.items() if not (query.session and name == "readonly")}
