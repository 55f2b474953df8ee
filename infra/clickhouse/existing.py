"""EXISTS for readers: chDB looks for a file of the table's name too, which a reader may not, and then it says yes."""

from infra.clickhouse.statement import quoted, unquoted, words

_KINDS = frozenset({b"TABLE", b"VIEW"})
_OTHERS = frozenset({b"TEMPORARY", b"DATABASE", b"DICTIONARY", b"("})


def rewritten(sql: bytes) -> bytes:
    """EXISTS of a table or view as a question to system.tables; the same object where it asks for something else."""
    found = list(words(sql))
    texts = [word.text.upper() for word in found]
    first = 2 if len(texts) > 2 and texts[1] in _KINDS else 1
    if len(texts) <= first or texts[first] in _OTHERS:
        return sql
    last = first + 2 if texts[first + 1 : first + 2] == [b"."] and len(texts) > first + 2 else first
    names = [quoted(unquoted(found[place].text)) for place in range(first, last + 1, 2)]
    database, table = ["currentDatabase()", *names][-2:]
    view = " AND endsWith(engine, 'View')" if texts[1] == b"VIEW" else ""
    of = f"database = {database} AND name = {table}{view}"
    question = f"SELECT toUInt8(count() > 0) AS result FROM system.tables WHERE {of}"  # noqa: S608  # names are quoted
    return question.encode() + sql[found[last].end :]
