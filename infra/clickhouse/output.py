"""Output: runs one statement on a link and lets its result flow into a pipe, in constant memory."""

import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from time import perf_counter_ns
from typing import Any

from infra.clickhouse import errors
from infra.clickhouse.errors import SYNTAX_ERROR, Failure
from infra.clickhouse.link import Link
from infra.clickhouse.native import each_for_protocol, for_protocol
from infra.clickhouse.query import Answer, Query
from infra.clickhouse.running import Ticket
from infra.clickhouse.statement import input_call, quoted

_NATIVE = "Native"
_STREAMED = frozenset({"SELECT", "WITH", "(", "FROM"})


def run(link: Link, query: Query, ticket: Ticket, outlet: int) -> Answer:
    """Run the statement; its result goes to the open file `outlet`. Raises RuntimeError and Failure."""
    started = perf_counter_ns()
    answer = _run(link, query, ticket, outlet)
    total = link.progress.get("total_rows_to_read", 0)
    return replace(answer, total_rows_to_read=total, elapsed_ns=perf_counter_ns() - started)


def insert(link: Link, sql: str, form: str, rows: Iterable[bytes], ticket: Ticket) -> Answer:
    """Insert the rows, part by part; those of a call that fails may be there up to the last whole block."""
    with link.connection.send_insert(sql, form) as inserter:
        for part in rows:
            ticket.check()
            inserter.append(part)
        ticket.check()
        done = inserter.finish()
    count, size = done.rows_written, done.bytes_written
    return Answer(read_rows=count, read_bytes=size, written_rows=count, written_bytes=size, result_rows=count)


def _run(link: Link, query: Query, ticket: Ticket, outlet: int) -> Answer:
    statement = query.statement
    if statement.feeds_input:
        return _insert_from_input(link, query)
    if statement.rows is not None:
        _bind(link, query.parameters)
        return insert(link, statement.sql.decode(errors="replace"), statement.format, query.rows, ticket)
    native = query.format == _NATIVE and query.protocol > 0
    if native and statement.keyword in _STREAMED:
        return _blocks(link, query, ticket, outlet)
    if statement.outlet >= 0 and not native:
        return _into(link, query, outlet)
    result = link.query(statement.sql, query.default_format, query.parameters)
    _write(outlet, each_for_protocol(result.bytes(), query.protocol) if native else result.bytes())
    return _answer(result)


def _bind(link: Link, parameters: Mapping[str, str]) -> None:
    for name, value in parameters.items():
        link.query(f"SET {quoted('param_' + name, '`')} = {quoted(value)}")


def _into(link: Link, query: Query, outlet: int) -> Answer:
    # The engine's own writer makes one document of the result, whatever its size; a pipe has a path as well.
    place, sql = query.statement.outlet, query.statement.sql
    clause = f"\nINTO OUTFILE '/proc/self/fd/{outlet}' APPEND ".encode()
    try:
        return _answer(link.query(sql[:place] + clause + sql[place:], query.default_format, query.parameters))
    except RuntimeError as problem:
        if errors.read(str(problem)).code != SYNTAX_ERROR[0]:
            raise
        # Nothing has run: without our clause the engine tells the same error in the words of the statement.
        result = link.query(sql, query.default_format, query.parameters)
        _write(outlet, result.bytes())
        return _answer(result)


def _blocks(link: Link, query: Query, ticket: Ticket, outlet: int) -> Answer:
    """Each part of a stream is a block; what is no SELECT has no stream."""
    rows, link.progress = 0, {}
    stream = link.connection.send_query(query.statement.sql, _NATIVE, params=dict(query.parameters))
    with stream:
        for part in stream:
            ticket.check()
            rows += part.rows_read()
            _write(outlet, for_protocol(part.bytes(), query.protocol))
    read = link.progress
    return Answer(read_rows=read.get("read_rows", rows), read_bytes=read.get("read_bytes", 0), result_rows=rows)


def _insert_from_input(link: Link, query: Query) -> Answer:
    # chDB drops the rows of input() without a word; read from a pipe by file(), they are the same.
    source, sink = os.pipe()
    problems: list[Failure] = []
    feeder = threading.Thread(target=_feed, args=(sink, query.rows, problems), daemon=True)
    feeder.start()
    try:
        result = link.query(_from_file(query, source), parameters=query.parameters)
    finally:
        os.close(source)
        feeder.join()
    if problems:
        raise problems[0]
    return _answer(result)


def _from_file(query: Query, source: int) -> bytes:
    sql = query.statement.sql
    place = input_call(sql)
    assert place is not None
    arguments = f"file('/proc/self/fd/{source}', {quoted(query.statement.format)}, ".encode()
    return sql[: place[0]] + arguments + sql[place[1] :]


def _feed(sink: int, rows: Iterable[bytes], problems: list[Failure]) -> None:
    try:
        with suppress(BrokenPipeError):
            for part in rows:
                _write(sink, part)
    except Failure as problem:
        problems.append(problem)
    finally:
        os.close(sink)


def _write(outlet: int, contents: bytes) -> None:
    rest = memoryview(contents)
    while rest:
        rest = rest[os.write(outlet, rest) :]


def _answer(result: Any) -> Answer:
    return Answer(
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        written_rows=result.rows_written(),
        written_bytes=result.bytes_written(),
        result_rows=result.rows_read(),
    )
