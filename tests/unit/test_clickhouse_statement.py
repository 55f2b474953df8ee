"""How the embedded ClickHouse takes a request's text apart."""

import pytest

from infra.clickhouse.errors import Failure, read
from infra.clickhouse.statement import parse


@pytest.mark.parametrize(
    ("text", "sql", "form", "rows"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,2\n", b"INSERT INTO t ", "CSV", b"1,2\n"),
        (b"insert into t format RowBinary \r\n \x01", b"insert into t ", "RowBinary", b" \x01"),
        (
            b"INSERT INTO t (a, `values`) VALUES (1, 'FORMAT')",
            b"INSERT INTO t (a, `values`) ",
            "Values",
            b" (1, 'FORMAT')",
        ),
        (b"INSERT INTO db.values VALUES (1)", b"INSERT INTO db.values ", "Values", b" (1)"),
        (
            b"/* FORMAT CSV */ INSERT INTO t -- VALUES\n VALUES (1)",
            b"/* FORMAT CSV */ INSERT INTO t -- VALUES\n ",
            "Values",
            b" (1)",
        ),
        (
            b"INSERT INTO t SETTINGS x = 'FORMAT' FORMAT JSONEachRow {}",
            b"INSERT INTO t SETTINGS x = 'FORMAT' ",
            "JSONEachRow",
            b"{}",
        ),
        (b"INSERT INTO {t:Identifier} FORMAT CSV", b"INSERT INTO {t:Identifier} ", "CSV", b""),
    ],
)
def test_an_insert_is_parted_from_its_rows(text: bytes, sql: bytes, form: str, rows: bytes) -> None:
    statement = parse(text)
    assert (statement.sql, statement.format, statement.rows) == (sql, form, rows)


@pytest.mark.parametrize("text", [b"INSERT INTO t SELECT 1", b"INSERT INTO t", b"SELECT 'INSERT INTO t VALUES (1)'"])
def test_a_statement_without_rows_stays_whole(text: bytes) -> None:
    assert parse(text).sql == text
    assert parse(text).rows is None


def test_an_insert_that_reads_its_input_is_parted_from_it() -> None:
    statement = parse(b"INSERT INTO t SELECT a FROM input('a UInt8') FORMAT CSV\n1\n")
    assert statement.sql == b"INSERT INTO t SELECT a FROM input('a UInt8') "
    assert (statement.format, statement.rows, statement.feeds_input) == ("CSV", b"1\n", True)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        (b"SELECT 1", b"SELECT 1"),
        (b"SELECT {x:UInt8} ; -- that was it", b"SELECT {x:UInt8} "),
        (b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1", b"SELECT 1 "),
        (b"SHOW TABLES -- all", b"SHOW TABLES"),
        (b"WITH 1 AS x INSERT INTO t SELECT x", None),
        (b"ALTER TABLE t DELETE WHERE 1", None),
    ],
)
def test_a_result_has_a_place_for_where_it_goes(text: bytes, before: bytes | None) -> None:
    outlet = parse(text).outlet
    assert (text[:outlet] if outlet >= 0 else None) == before


@pytest.mark.parametrize(
    "text", [b"SELECT 1 // it's; a comment", b"SELECT 1 AS x$$, ';' AS y$$", b"SELECT $a$ ; $a$", b"SELECT 'it\\'s;'"]
)
def test_words_are_read_as_the_servers_lexer_reads_them(text: bytes) -> None:
    assert parse(text).keyword == "SELECT"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON"),
        (b"SELECT 1 FORMAT JSON;", "JSON"),
        (b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1 -- end", "JSON"),
        (b"SELECT 1 SETTINGS max_threads = 1\nformat Pretty", "Pretty"),
        (b"SELECT format('{}', 1)", ""),
        (b"SELECT 1 AS format FROM t", ""),
        (b"SELECT ' FORMAT JSON'", ""),
        ("SELECT '你好；' FORMAT CSV".encode(), "CSV"),
    ],
)
def test_the_format_at_the_end_is_found(text: bytes, form: str) -> None:
    assert parse(text).format == form


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", 62),
        (b" -- nothing\n", 62),
        (b"SELECT 1; DROP TABLE t", 62),
        (b"SELECT 1 INTO OUTFILE '/etc/x'", 358),
        (b"INSERT INTO t FROM INFILE '/etc/x' FORMAT CSV", 358),
    ],
)
def test_what_a_server_refuses_is_refused(text: bytes, code: int) -> None:
    with pytest.raises(Failure) as problem:
        parse(text)
    assert problem.value.code == code


def test_a_semicolon_at_the_end_or_in_quotes_is_no_second_statement() -> None:
    assert parse(b"SELECT ';' ; -- that was it").keyword == "SELECT"


def test_nested_reports_of_the_engine_become_one() -> None:
    problem = read(
        "Failed: Code: 73. DB::Exception: Code: 73. DB::Exception: No. (NO_F) (version 26.9). (NO_F) (version 26.9)"
    )
    assert (problem.code, problem.name, problem.text) == (73, "NO_F", "No.")
    assert problem.status == 404
