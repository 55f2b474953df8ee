"""Processes: queries as their clients know them, in system.processes, in system.query_log and in KILL QUERY."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.clickhouse.profiles import TAG
from infra.clickhouse.statement import Word, quoted, tokens

# The engine gives ids of its own; the user and the id of the client are in the tag of the session.
_TAG = f"Settings['{TAG}']"
_USER = f"if({_TAG} = '', user, splitByChar(' ', {_TAG})[1])"
_ID = f"if({_TAG} = '', query_id, substring({_TAG}, position({_TAG}, ' ') + 1))"
_NAMED = f"{_USER} AS user, {_ID} AS query_id, {_USER} AS initial_user, {_ID} AS initial_query_id"
# A text of ours: where the result goes, and what dresses a session.
_TEXT = r"replaceRegexpOne(query, '\\nINTO OUTFILE \'/proc/self/fd/\\d+\' APPEND ', '') AS query"
_DRESSING = f"startsWith(query, 'SET ') AND position(query, '{TAG} = ') > 0"
_COLUMNS = f"SELECT * REPLACE ({_NAMED}, {_TEXT}) FROM system"  # noqa: S608  # nothing in it comes from outside
CLIENTS = f"({_COLUMNS}.processes)"
"""system.processes with the clients' users and query ids."""

_VIEWS = {b"processes": CLIENTS.encode(), b"query_log": f"({_COLUMNS}.query_log WHERE NOT ({_DRESSING}))".encode()}
_NO_ALIAS = frozenset(
    b"WHERE PREWHERE GROUP ORDER LIMIT FORMAT SETTINGS UNION EXCEPT INTERSECT JOIN INNER LEFT RIGHT FULL CROSS ANY "
    b"ALL ASOF SEMI ANTI GLOBAL ARRAY ON USING HAVING WINDOW QUALIFY OFFSET FINAL SAMPLE SELECT INTO".split()
)
_ENDS = frozenset({b"SYNC", b"ASYNC", b"TEST", b"FORMAT", b";"})
_BEFORE = frozenset({b"FROM", b"JOIN"})
_CLAUSES = _BEFORE | frozenset(b"SELECT BY WHERE PREWHERE HAVING ON USING WITH QUALIFY LIMIT SETTINGS WINDOW".split())


@dataclass(frozen=True, slots=True)
class Kill:
    """KILL QUERY: which of the running queries, and SYNC, ASYNC or TEST."""

    where: str
    mode: str


@dataclass(frozen=True, slots=True)
class Victim:
    """A query that KILL QUERY found."""

    id: str
    user: str
    query: str


def rewritten(sql: bytes) -> bytes:
    """The SQL with the clients' views of these tables in their place; the same object where neither occurs."""
    if not any(name in sql.lower() for name in (b"process", b"query_log")):
        return sql
    found = list(tokens(sql))
    if [word.text.upper() for word in found[:2]] == [b"SHOW", b"PROCESSLIST"]:
        return b"SELECT * FROM " + CLIENTS.encode() + sql[found[1].end :]
    for index in reversed(range(len(found) - 2)):
        name = _named(found, index)
        if name and found[index + 3 : index + 4] and found[index + 3].text == b".":
            sql = sql[: found[index].start] + sql[found[index + 2].start :]
        elif name and _is_table(found, index):
            alias = b"" if _aliased(found[index + 3 : index + 4]) else b" AS " + name
            sql = sql[: found[index].start] + _VIEWS[name] + alias + sql[found[index + 2].end :]
    return sql


def kill(sql: bytes) -> Kill | None:
    """The parts of KILL QUERY; None for any other statement."""
    found = list(tokens(sql))
    texts = [word.text.upper() for word in found]
    if texts[:2] != [b"KILL", b"QUERY"] or b"WHERE" not in texts:
        return None
    start = texts.index(b"WHERE")
    end = next((index for index in range(start, len(texts)) if texts[index] in _ENDS), len(texts))
    where = sql[found[start].end : found[end].start if end < len(found) else len(sql)]
    mode = next((text for text in texts[end:] if text in {b"SYNC", b"ASYNC", b"TEST"}), b"ASYNC")
    return Kill(where.decode(), mode.decode())


def search(wanted: Kill) -> str:
    """The query for the victims, an array of strings a line."""
    columns = f"SELECT query_id, user, query FROM {CLIENTS} AS processes"  # noqa: S608  # nor does it here
    return f"{columns} WHERE {wanted.where} FORMAT JSONCompactEachRow"


def victims(lines: str) -> list[Victim]:
    """Those that the search found."""
    return [Victim(*json.loads(line)) for line in lines.splitlines()]


def report(rows: Sequence[tuple[str, Victim]]) -> str:
    """The query that answers as KILL QUERY does: the status of each victim."""
    values = ", ".join(
        f"({', '.join(quoted(text) for text in (status, victim.id, victim.user, victim.query))})"
        for status, victim in rows
    )
    structure = "kill_status String, query_id String, user String, query String"
    return f"SELECT * FROM values({quoted(structure)}, {values})"  # noqa: S608  # all of it is quoted


def stop(tag: str) -> str:
    """The statement that stops the query of a tag in the engine."""
    return f"KILL QUERY WHERE Settings['{TAG}'] = {quoted(tag)} ASYNC"


def _named(found: list[Word], index: int) -> bytes:
    """The table that the three words name; empty for none of these."""
    names = [re.sub(rb'^[`"](.*)[`"]$', rb"\1", word.text) for word in found[index : index + 3]]
    return names[2] if names[:2] == [b"system", b"."] and names[2] in _VIEWS else b""


def _is_table(found: list[Word], index: int) -> bool:
    """Whether a table may stand there: behind FROM, JOIN, or the comma of a FROM."""
    before, depth = [word.text.upper() for word in reversed(found[:index])], 0
    if not before or before[0] not in {*_BEFORE, b","}:
        return False
    for text in before:
        depth += {b")": 1, b"(": -1}.get(text, 0)
        if depth < 0 or (depth == 0 and text in _CLAUSES):
            return text in _BEFORE
    return False


def _aliased(after: list[Word]) -> bool:
    text = after[0].text if after else b""
    return (text[:1].isalpha() or text[:1] in {b"`", b'"', b"_"}) and text.upper() not in _NO_ALIAS
