"""How the embedded ClickHouse takes a request's text apart."""

import pytest

from infra.clickhouse.errors import Failure, read
from infra.clickhouse.request import Request, query
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
        (b"INSERT INTO t SELECT a FROM input('a UInt8') FORMAT CSV\n1", 48),
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


def test_the_address_is_parted_into_settings_parameters_and_the_rest() -> None:
    options = {"query": "SELECT", "database": "kefu", "max_threads": "1", "param_x": "y", "session_id": "s"}
    asked = query(Request("POST", options, {"x-clickhouse-format": "CSV"}, b"{x:String}"))
    assert asked.statement.sql == b"SELECT\n{x:String}"
    assert (asked.database, asked.settings, asked.parameters) == ("kefu", {"max_threads": "1"}, {"x": "y"})
    assert (asked.default_format, asked.read_only) == ("CSV", False)


@pytest.mark.parametrize(
    ("options", "headers", "code"),
    [
        ({"user": "joe"}, {}, 516),
        ({"password": "x"}, {}, 516),
        ({}, {"x-clickhouse-user": "joe"}, 516),
        ({}, {"authorization": "Basic ZGVmYXVsdDp4"}, 516),
        ({}, {"authorization": "Basic !"}, 516),
        ({}, {"authorization": "Bearer token"}, 516),
        ({}, {"host": "kefu.example:8123"}, 497),
        ({}, {"host": "["}, 497),
        ({}, {"origin": "https://kefu.example"}, 497),
        ({}, {"origin": "null"}, 497),
        ({"decompress": "1"}, {}, 48),
        ({}, {"content-encoding": "rot13"}, 89),
        ({}, {"content-encoding": "gzip"}, 271),
    ],
)
def test_who_may_not_ask_is_told_so(options: dict[str, str], headers: dict[str, str], code: int) -> None:
    with pytest.raises(Failure) as problem:
        query(Request("POST", options, headers, b"SELECT 1"))
    assert problem.value.code == code


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "localhost", "[::1]:8123"])
def test_this_machine_may_ask_without_a_password(host: str) -> None:
    headers = {"host": host, "origin": f"http://{host}", "authorization": "Basic ZGVmYXVsdDo="}
    assert query(Request("GET", {"query": "SELECT 1"}, headers, b"")).read_only
