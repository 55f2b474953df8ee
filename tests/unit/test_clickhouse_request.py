"""What the embedded ClickHouse takes a request for."""

import pytest

from infra.clickhouse.access import OWNER, USERS, User, authenticated, check_origin
from infra.clickhouse.errors import Failure
from infra.clickhouse.query import Query, Session
from infra.clickhouse.request import Request, query

LOCKED = {**USERS, "viewer": User("viewer", "secret", reads_only=True, max_body=10)}


def asked(options: dict[str, str], *body: bytes, method: str = "POST", **headers: str) -> Query:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return query(Request(method, options, names, body), OWNER, "q-1")


def test_the_address_is_parted_into_settings_parameters_and_the_rest() -> None:
    options = {"query": "SELECT", "database": "kefu", "max_threads": "1", "param_x": "y", "session_id": "s"}
    found = asked(options, b"{x:", b"String}", x_clickhouse_format="CSV")
    assert found.statement.sql == b"SELECT\n{x:String}"
    assert (found.database, found.settings, found.parameters) == ("kefu", {"max_threads": "1"}, {"x": "y"})
    assert (found.default_format, found.read_only, found.session) == ("CSV", False, Session("s"))


def test_rows_are_read_only_as_they_are_needed() -> None:
    def endless() -> object:
        yield b"INSERT INTO t FORMAT CSV\n" + b"1\n" * 200_000
        for _ in range(3):
            yield b"2\n"
        raise AssertionError("read too far")

    found = query(Request("POST", {}, {}, endless()), OWNER, "q")  # type: ignore[arg-type]
    rows = iter(found.rows)
    assert next(rows)[:4] == b"1\n1\n"
    assert [next(rows) for _ in range(3)] == [b"2\n"] * 3


def test_a_session_has_a_time() -> None:
    options = {"session_id": "s", "session_timeout": "10", "session_check": "1", "close_session": "1"}
    assert asked(options, b"SELECT 1").session == Session("s", 10, must_exist=True, close=True)
    for timeout in ("3601", "x", "-1"):
        with pytest.raises(Failure) as problem:
            asked({"session_id": "s", "session_timeout": timeout}, b"SELECT 1")
        assert problem.value.code == 374


def test_files_become_tables_and_fields_options() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT * FROM t\r\n'
        b'--b\r\nContent-Disposition: form-data; name="t"; filename="t.csv"\r\nContent-Type: text/csv\r\n\r\n'
        b"1,\r\n--but no boundary\r\n\r\n--b--\r\n"
    )
    options = {"t_types": "UInt8, Map(String, UInt8)", "t_format": "CSV", "max_threads": "1"}
    found = asked(options, body, content_type='multipart/form-data; boundary="b"')
    assert found.statement.sql.strip() == b"SELECT * FROM t"
    assert found.settings == {"max_threads": "1"}
    (table,) = found.external
    assert (table.name, table.structure, table.format) == ("t", "_1 UInt8, _2 Map(String, UInt8)", "CSV")
    assert table.rows == b"1,\r\n--but no boundary\r\n"


@pytest.mark.parametrize("about", [{}, {"t_structure": "a UInt8", "t_types": "UInt8"}])
def test_a_table_needs_its_columns_once(about: dict[str, str]) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="t"; filename="t"\r\n\r\n1\r\n--b--'
    with pytest.raises(Failure) as problem:
        asked({"query": "SELECT 1"} | about, body, content_type="multipart/form-data; boundary=b")
    assert problem.value.code == 36


@pytest.mark.parametrize(
    ("options", "headers", "code"),
    [
        ({"user": "joe"}, {}, 516),
        ({"password": "x"}, {}, 516),
        ({}, {"x-clickhouse-user": "joe"}, 516),
        ({}, {"authorization": "Basic ZGVmYXVsdDp4"}, 516),
        ({}, {"authorization": "Basic !"}, 516),
        ({}, {"authorization": "Bearer token"}, 516),
        ({"user": "viewer"}, {}, 516),
        ({"user": "default"}, {"x-clickhouse-user": "default"}, 516),
    ],
)
def test_who_may_not_ask_is_told_so(options: dict[str, str], headers: dict[str, str], code: int) -> None:
    with pytest.raises(Failure) as problem:
        authenticated(LOCKED, options, headers)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("options", "headers", "name"),
    [
        ({}, {}, "default"),
        ({}, {"authorization": "Basic ZGVmYXVsdDo="}, "default"),
        ({"user": "viewer", "password": "secret"}, {}, "viewer"),
        ({}, {"x-clickhouse-user": "viewer", "x-clickhouse-key": "secret"}, "viewer"),
    ],
)
def test_who_may_ask_is_known(options: dict[str, str], headers: dict[str, str], name: str) -> None:
    assert authenticated(LOCKED, options, headers).name == name


@pytest.mark.parametrize(
    "headers", [{"host": "kefu.example:8123"}, {"host": "["}, {"origin": "https://kefu.example"}, {"origin": "null"}]
)
def test_other_machines_pages_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Failure) as problem:
        check_origin(headers)
    assert problem.value.code == 497


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "localhost", "[::1]:8123"])
def test_this_machine_may_ask_without_a_password(host: str) -> None:
    check_origin({"host": host, "origin": f"http://{host}"})
    assert asked({"query": "SELECT 1"}, method="GET", host=host).read_only


@pytest.mark.parametrize(
    ("encoding", "body", "code"), [("rot13", b"x", 89), ("gzip", b"SELECT 1", 271), ("lz4", b"\x04", 271)]
)
def test_a_body_that_cannot_be_read(encoding: str, body: bytes, code: int) -> None:
    with pytest.raises(Failure) as problem:
        asked({}, body, content_encoding=encoding)
    assert problem.value.code == code


def test_a_body_has_a_limit() -> None:
    with pytest.raises(Failure) as problem:
        query(Request("POST", {}, {}, [b"SELECT ", b"'12345'"]), LOCKED["viewer"], "q")
    assert (problem.value.code, problem.value.status) == (229, 413)
