"""Identity: who asks and under which id, in the words of the functions that tell it; the engine knows neither."""

from infra.clickhouse.statement import Word, quoted, tokens

_USER = frozenset({b"currentuser", b"current_user", b"user", b"authenticateduser"})
_ID = frozenset({b"queryid", b"query_id", b"initialqueryid", b"initial_query_id"})


def told(sql: bytes, user: str, query_id: str) -> bytes:
    """The SQL with the answers in the place of such calls; the same object where there are none."""
    lower = sql.lower()
    if b"user" not in lower and b"query" not in lower:
        return sql
    found = list(tokens(sql))
    for index in reversed(range(len(found) - 2)):
        if (name := _called(found, index)) in _USER | _ID:
            answer = quoted(user if name in _USER else query_id)
            column = quoted(f"{found[index].text.decode()}()", "`")
            sql = sql[: found[index].start] + f"({answer} AS {column})".encode() + sql[found[index + 2].end :]
    return sql


def _called(found: list[Word], index: int) -> bytes:
    """The function that is called there without arguments, in lower case; empty for none."""
    call = found[index + 1].text == b"(" and found[index + 2].text == b")"
    return found[index].text.lower() if call else b""
