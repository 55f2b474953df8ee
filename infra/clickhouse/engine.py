"""The engine: chDB on one folder, with a session of its own for every query."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from chdb.state.sqlitelike import Connection

from infra.clickhouse import errors
from infra.clickhouse.query import Answer, Query
from infra.clickhouse.statement import Statement

MIB = 1 << 20

# What a real server would have in its configuration: caches that fit a small machine, and a ceiling for all queries.
_SERVER = {
    "max_server_memory_usage": 2048 * MIB,
    "mark_cache_size": 32 * MIB,
    "index_mark_cache_size": 8 * MIB,
    "primary_index_cache_size": 16 * MIB,
    "query_condition_cache_size": 8 * MIB,
    "compiled_expression_cache_size": 16 * MIB,
    "parquet_metadata_cache_size": 8 * MIB,
    "vector_similarity_index_cache_size": 8 * MIB,
    "text_index_tokens_cache_size": 8 * MIB,
    "text_index_header_cache_size": 8 * MIB,
    "text_index_postings_cache_size": 8 * MIB,
}

# The default profile. The last two undo what chDB, as a shell, allows and a server does not.
_PROFILE = {
    "final": 1,
    "max_threads": 2,
    "max_memory_usage": 1024 * MIB,
    "implicit_select": 0,
    "allow_introspection_functions": 0,
}


class Engine:
    """ClickHouse on one folder. Any number of threads may ask at once; a failed query raises Failure."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, which no other process may have open. Raises Unusable."""
        arguments = "&".join(f"{name}={value}" for name, value in (_SERVER | _PROFILE).items())
        self._address = f"{folder}?{arguments}"
        try:
            # The engine lives as long as its first connection.
            self._first = Connection(self._address)
            self.version, self.timezone, compression = self._rows(
                "SELECT version(), timezone(), getSetting('enable_http_compression')"
            )[0]
            self.compresses = compression == "true"
            formats = self._rows("SELECT name, content_type FROM system.formats WHERE is_output")
            self.content_types = {row[0]: row[1] for row in formats}
        except RuntimeError as problem:
            reason = " ".join(str(problem).split())
            raise errors.Unusable(
                f"{folder} cannot be opened ({reason}); restore it, or remove it to start empty"
            ) from None

    def answer(self, query: Query) -> Answer:
        """Run one query to its end. An INSERT has its rows in the folder when this returns."""
        started = perf_counter_ns()
        try:
            with self._session(query) as session:
                return _run(session, query, started)
        except RuntimeError as problem:
            raise errors.read(str(problem)) from None

    def close(self) -> None:
        """Close the folder. No query may be running."""
        self._first.close()

    @contextmanager
    def _session(self, query: Query) -> Iterator[Connection]:
        # A connection is a session and costs 0.3 ms; a query during an open stream on the same one gets nothing.
        session = Connection(self._address)
        try:
            if query.database:
                session.query(f"USE {_quoted(query.database, '`')}")
            settings = dict(query.settings) | ({"readonly": "2"} if query.read_only else {})
            if assignments := [f"{_quoted(name, '`')} = {_quoted(value)}" for name, value in settings.items()]:
                session.query(f"SET {', '.join(assignments)}")
            for name, value in query.parameters.items():
                session.query(f"SET {_quoted('param_' + name, '`')} = {_quoted(value)}")
            yield session
        finally:
            session.close()

    def _rows(self, sql: str) -> list[tuple[str, ...]]:
        text = self._first.query(sql, "TabSeparated").bytes().decode()
        return [tuple(line.split("\t")) for line in text.splitlines()]


def _run(session: Any, query: Query, started: int) -> Answer:
    statement = query.statement
    if statement.rows is not None:
        result = _insert(session, statement, statement.rows)
        return Answer(
            read_rows=result.rows_written,
            read_bytes=result.bytes_written,
            written_rows=result.rows_written,
            written_bytes=result.bytes_written,
            elapsed_ns=perf_counter_ns() - started,
        )
    result = session.query(statement.sql, query.default_format)
    return Answer(
        body=result.bytes(),
        format=(statement.format or query.default_format) if statement.answers else "",
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        written_rows=result.rows_written(),
        written_bytes=result.bytes_written(),
        result_rows=result.rows_read(),
        elapsed_ns=perf_counter_ns() - started,
    )


def _insert(session: Any, statement: Statement, rows: bytes) -> Any:
    with session.send_insert(statement.sql.decode(errors="replace"), statement.format) as inserter:
        inserter.append(rows)
        return inserter.finish()


def _quoted(text: str, quote: str = "'") -> str:
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return f"{quote}{escaped}{quote}"
